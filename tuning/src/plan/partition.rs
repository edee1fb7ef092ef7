//! Dividing slots among shards.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::SlotId;

/// The weight of each slot, from its load and from its mere existence, for a slot without load holds entries, too.
///
/// All load together weighs `emphasis` times what all slots together do. Loads may be empty: then all slots are equal.
pub(crate) fn slot_weights(slots: usize, loads: impl Iterator<Item = u64> + Clone, emphasis: u64) -> Vec<u64> {
    /// What a slot weighs by its mere existence: a unit fine enough for the rounding of loads not to matter.
    const SLOT_WEIGHT: u64 = 1 << 10;
    let total: u128 = loads.clone().map(u128::from).sum();
    let of_load = |load: u64| {
        let scaled = u128::from(load) * slots as u128 * u128::from(emphasis * SLOT_WEIGHT) / total.max(1);
        // At most the weight of all loads together: slots * emphasis * SLOT_WEIGHT, far below 64 bits.
        scaled as u64
    };
    let mut weights: Vec<u64> = loads.map(|load| SLOT_WEIGHT + of_load(load)).collect();
    weights.resize(slots, SLOT_WEIGHT);
    weights
}

/// Divides slots into `parts` parts of nearly equal weight, none of them empty; of `weights`, a slot takes that at its
/// index.
///
/// The greatest weight first, each to the lightest part (Graham 1969: the heaviest part is at most 4/3 of the best
/// possible). `parts` is taken as at least 1 and at most the number of slots.
pub(crate) fn partition(slots: &[SlotId], weights: &[u64], parts: usize) -> Vec<Vec<SlotId>> {
    let parts = parts.clamp(1, slots.len().max(1));
    let weight = |slot: SlotId| weights.get(usize::from(slot)).copied().unwrap_or(0);
    let mut heaviest_first = slots.to_vec();
    heaviest_first.sort_by_key(|&slot| (Reverse(weight(slot)), slot));

    let mut partition: Vec<Vec<SlotId>> = vec![Vec::new(); parts];
    // The number of slots breaks ties, so that an empty part comes before one whose slots weigh nothing.
    let mut lightest: BinaryHeap<_> = (0..parts).map(|part| Reverse((0_u64, 0_usize, part))).collect();
    for slot in heaviest_first {
        if let Some(Reverse((part_weight, count, part))) = lightest.pop() {
            partition[part].push(slot);
            lightest.push(Reverse((part_weight.saturating_add(weight(slot)), count + 1, part)));
        }
    }
    partition.iter_mut().for_each(|part| part.sort_unstable());
    partition
}
