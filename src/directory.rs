//! The directory: which shard owns each slot.
//!
//! A slot is a range of hashes. hashbrown takes its tag from the top seven bits of a hash and its bucket from the low
//! ones, so slots take the bits right below the top seven: any others would give all keys of a shard the same tags or
//! neighbouring buckets.
//!
//! # Orderings
//!
//! An entry changes only while the shards that lose and gain the slot are held exclusively, and whoever relies on an
//! entry reads it while inside the shard that it names: the lock orders the two. The load before entry is a guess, for
//! which the Acquire that makes the shard's header visible is enough.
use autoshard_tuning::{ShardId, SlotId};

use std::ptr;

use crate::sync::{
    OnceLock,
    atomic::{AtomicPtr, AtomicU16, Ordering},
};

/// Bits at the top of a hash that hashbrown uses as its tag.
const TAG_BITS: u32 = 7;

/// The array slot → shard. Allocated when the store takes its first entry.
pub(crate) struct Directory {
    /// The first entry of `shards`; null until it is laid out. What operations read: one load less, and no check of bounds.
    first: AtomicPtr<AtomicU16>,
    /// Bits of a hash to the right of those that make its slot, after those of the tag were shifted out.
    shift: u32,
    slots: u32,
    shards: OnceLock<Box<[AtomicU16]>>,
}

impl Directory {
    /// A directory of `slots` slots, a power of two.
    pub(crate) fn new(slots: u32) -> Self {
        assert!(
            slots.is_power_of_two() && slots > 1 && slots <= u32::from(SlotId::MAX) + 1,
            "the policy checks the number of slots"
        );
        Self {
            shift: u64::BITS - slots.trailing_zeros(),
            slots,
            first: AtomicPtr::new(ptr::null_mut()),
            shards: OnceLock::new(),
        }
    }

    /// The slot of a hash.
    #[inline]
    pub(crate) fn slot(&self, hash: u64) -> SlotId {
        self.index(hash) as SlotId
    }

    #[inline(always)]
    fn index(&self, hash: u64) -> usize {
        (hash << TAG_BITS >> self.shift) as usize
    }

    /// Number of slots.
    pub(crate) fn slots(&self) -> u32 {
        self.slots
    }

    /// The shard of a slot; `None` while the store has never had an entry.
    #[inline]
    pub(crate) fn shard(&self, slot: SlotId) -> Option<ShardId> {
        self.entry(slot).map(|entry| entry.load(Ordering::Acquire))
    }

    /// Where the shard of a hash's slot is written, for those who look twice; `None` while the store has never had an entry.
    #[inline(always)]
    pub(crate) fn entry_of(&self, hash: u64) -> Option<&AtomicU16> {
        self.entry_at(self.index(hash))
    }

    /// As [`entry_of`](Self::entry_of), of a slot.
    pub(crate) fn entry(&self, slot: SlotId) -> Option<&AtomicU16> {
        self.entry_at(usize::from(slot))
    }

    #[inline(always)]
    fn entry_at(&self, slot: usize) -> Option<&AtomicU16> {
        // Acquire pairs with the Release in `lay_out`: the entries are there.
        let first = self.first.load(Ordering::Acquire);
        if first.is_null() {
            return None;
        }
        debug_assert!(slot < self.slots as usize);
        // SAFETY: `lay_out` stored the address of the first of `slots` entries, which live as long as the directory; slots are
        // made by `index`, which leaves so many bits of them, or come from plans that were checked against the directory.
        Some(unsafe { &*first.add(slot) })
    }

    /// All slots' shards; empty while the store has never had an entry.
    pub(crate) fn shards(&self) -> Vec<ShardId> {
        self.shards
            .get()
            .map_or_else(Vec::new, |shards| shards.iter().map(|shard| shard.load(Ordering::Acquire)).collect())
    }

    /// The slots of a shard, in order.
    pub(crate) fn slots_of(&self, shard: ShardId) -> impl Iterator<Item = SlotId> {
        let all = self.shards.get().into_iter().flatten().enumerate();
        all.filter(move |(_, owner)| owner.load(Ordering::Acquire) == shard).map(|(slot, _)| slot as SlotId)
    }

    /// Whether the store has ever had an entry.
    pub(crate) fn is_laid_out(&self) -> bool {
        !self.first.load(Ordering::Acquire).is_null()
    }

    /// Lays the directory out, once; callers that come at the same time wait for the first.
    pub(crate) fn lay_out(&self, make: impl FnOnce() -> Vec<ShardId>) {
        let shards = self.shards.get_or_init(|| {
            let shards = make();
            assert_eq!(shards.len(), self.slots as usize);
            shards.into_iter().map(AtomicU16::new).collect()
        });
        self.first.store(shards.as_ptr().cast_mut(), Ordering::Release);
    }

    /// Gives a slot to a shard. The caller holds the shards that lose and gain it exclusively.
    pub(crate) fn assign(&self, slot: SlotId, shard: ShardId) {
        if let Some(shards) = self.shards.get() {
            shards[usize::from(slot)].store(shard, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_lie_right_below_the_tag() {
        let directory = Directory::new(4096);
        assert_eq!(directory.slot(0), 0);
        assert_eq!(directory.slot(u64::MAX), 4095);
        assert_eq!(directory.slot(1 << 56), 2048);
        assert_eq!(directory.slot(0xFE << 56), 0, "the tag's bits have no part in it");
        assert_eq!(directory.slot((1 << 45) - 1), 0, "neither have the bits below");
    }

    #[test]
    fn a_directory_has_no_shards_until_it_is_laid_out() {
        let directory = Directory::new(64);
        assert_eq!(directory.shard(3), None);
        directory.lay_out(|| (0..64).collect());
        directory.lay_out(|| unreachable!("once is enough"));
        assert_eq!(directory.shard(3), Some(3));
        directory.assign(3, 9);
        assert_eq!(directory.shards()[3], 9);
    }
}
