//! Directories: a shard for each slot.

use crate::{ShardId, SlotId};

/// The directory of a fresh store: shards 0, 1, … own ranges of neighbouring slots, whose lengths differ by one at
/// most.
///
/// `shards` is taken as at least 1 and at most `slots`.
///
/// ```
/// assert_eq!(autoshard_tuning::initial_directory(8, 3), [0, 0, 0, 1, 1, 1, 2, 2]);
/// ```
#[must_use]
pub fn initial_directory(slots: usize, shards: usize) -> Vec<ShardId> {
    let shards = shards.clamp(1, slots.max(1));
    // There are at most 2^16 slots, for a slot is named by 16 bits; so the quotient fits.
    (0..slots).map(|slot| (slot * shards / slots) as ShardId).collect()
}

/// Slots in so many runs, whose lengths differ by one at most, in their order.
///
/// `parts` is taken as at least 1 and at most the number of slots.
///
/// ```
/// let parts: Vec<_> = autoshard_tuning::even_parts(&[4, 5, 6, 9], 3).collect();
/// assert_eq!(parts, [&[4][..], &[5], &[6, 9]]);
/// ```
pub fn even_parts(slots: &[SlotId], parts: usize) -> impl ExactSizeIterator<Item = &[SlotId]> {
    let parts = parts.clamp(1, slots.len().max(1));
    (0..parts).map(move |part| &slots[part * slots.len() / parts..(part + 1) * slots.len() / parts])
}

/// The shards of a directory with their slots, in the order of their first slots.
pub(crate) fn slots_by_shard(directory: &[ShardId]) -> Vec<(ShardId, Vec<SlotId>)> {
    let ids = directory.iter().max().map_or(0, |&id| usize::from(id) + 1);
    let mut index_of_shard = vec![usize::MAX; ids];
    let mut shards: Vec<(ShardId, Vec<SlotId>)> = Vec::new();
    for (slot, &shard) in directory.iter().enumerate() {
        let index = &mut index_of_shard[usize::from(shard)];
        if *index == usize::MAX {
            *index = shards.len();
            shards.push((shard, Vec::new()));
        }
        shards[*index].1.push(slot as SlotId);
    }
    shards
}
