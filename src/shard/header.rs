//! A header: a shard's fixed place, with all of the shard that is not generic.
#![deny(unsafe_code)]

use std::time::Duration;

use autoshard_tuning::{Bias, ShardId, Timing};
use hashbrown::HashTable;

use super::{
    cell::OpaqueCell,
    lock::{Pass, ShardLock, Stay, Waits},
    whereabouts::Whereabouts,
};
use crate::{
    presence::{self, Kind},
    sync::{
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
        statics,
    },
};

statics! {
    /// Ids of shards, never reused in the process: what a presence cell names.
    static NEXT_UID: AtomicU64 = AtomicU64::new(1);
}

/// A shard's fixed place.
///
/// The first cache line has all that an uncontended operation reads or writes: lock, length and table. The other two are for
/// those who wait, migrate or look on. Three lines, so that no two first ones are in one pair (which processors fetch together), and
/// so that first ones are spread over all sets of a cache.
#[repr(C, align(64))]
pub(crate) struct Header {
    /// The way in.
    pub(crate) lock: ShardLock,
    /// Entries, kept by writers as they leave.
    length: AtomicUsize,
    /// The table and the mark.
    pub(crate) opaque: OpaqueCell,
    /// Where the table is, for whoever has not entered.
    whereabouts: Whereabouts,
    /// Times that buckets of the table moved (growth, shrinking, rehash in place). Written under the exclusive lock.
    rehashes: AtomicU32,
    /// Slots that the directory gives to this shard; 0 for targets, retired and unused headers.
    slots: AtomicU32,
    /// Entries that the table holds before it grows; kept by whoever changes its size.
    capacity: AtomicUsize,
    /// Bytes of the table, likewise.
    table_bytes: AtomicUsize,
    /// Whether it is larger than its entries ask for, since somebody asked for room; likewise.
    is_reserved: AtomicBool,
    /// Waits at the lock; in a line of their own, since those who wait write them.
    pub(crate) waits: Waits,
}

const _: () = assert!(size_of::<Header>() == 192 || cfg!(autoshard_shuttle));
const _: () = assert!(
    size_of::<ShardLock>() + size_of::<AtomicUsize>() + size_of::<[usize; 4]>() <= 64 || cfg!(autoshard_shuttle)
);

/// A header's figures, for observers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderStats {
    pub(crate) id: ShardId,
    pub(crate) uid: u64,
    pub(crate) slots: u32,
    pub(crate) entries: usize,
    pub(crate) capacity: usize,
    pub(crate) table_bytes: usize,
    pub(crate) is_reserved: bool,
    pub(crate) waits: u64,
    pub(crate) wait: Duration,
    pub(crate) migrating: bool,
    pub(crate) bias: Bias,
    /// Times that somebody had to revoke the bias, since the shard was made.
    pub(crate) revocations: u64,
    pub(crate) revocation: Duration,
    pub(crate) looks: Timing,
    pub(crate) barriers: Timing,
}

impl Header {
    pub(crate) fn new() -> Self {
        Self {
            lock: ShardLock::new(),
            length: AtomicUsize::new(0),
            opaque: OpaqueCell::new(),
            whereabouts: Whereabouts::new(),
            rehashes: AtomicU32::new(0),
            slots: AtomicU32::new(0),
            capacity: AtomicUsize::new(0),
            table_bytes: AtomicUsize::new(0),
            is_reserved: AtomicBool::new(false),
            waits: Waits::default(),
        }
    }

    /// Makes the header a new shard's: a new id, counters at 0. It owns no slots yet.
    pub(crate) fn renew(&self) {
        let uid = NEXT_UID.fetch_add(1, Ordering::Relaxed);
        assert!(uid <= presence::UID_MAX, "this process has made more shards than ids exist");
        self.lock.renew(uid);
        self.waits.reset();
        self.set_length(0);
    }

    /// Whether a migration has marked the shard; for those inside it.
    #[inline]
    pub(crate) fn is_marked(&self) -> bool {
        self.lock.marked.load(Ordering::Relaxed)
    }

    /// For those inside exclusively.
    pub(crate) fn set_marked(&self, marked: bool) {
        self.lock.marked.store(marked, Ordering::Relaxed);
    }

    /// How often buckets have moved; for those inside. A cursor over buckets is void once this has changed.
    pub(crate) fn rehashes(&self) -> u32 {
        self.rehashes.load(Ordering::Relaxed)
    }

    /// Buckets are about to move; for those inside exclusively.
    pub(crate) fn note_rehash(&self) {
        self.rehashes.store(self.rehashes.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Entries. Release pairs with the Acquire in [`length`](Self::length): a caller who saw an operation return, and
    /// then asks for the length, finds it counted.
    #[inline]
    pub(crate) fn set_length(&self, length: usize) {
        if self.length.load(Ordering::Relaxed) != length {
            self.length.store(length, Ordering::Release);
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.length.load(Ordering::Acquire)
    }

    /// The table's size has changed; for those inside exclusively.
    pub(crate) fn note_table<T>(&self, table: &HashTable<T>) {
        self.capacity.store(table.capacity(), Ordering::Relaxed);
        self.table_bytes.store(table.allocation_size(), Ordering::Relaxed);
        self.is_reserved.store(false, Ordering::Relaxed);
        self.whereabouts.note_anew(table);
    }

    /// The table has room that somebody asked for; until its size changes again.
    pub(crate) fn note_reserved(&self) {
        self.is_reserved.store(true, Ordering::Relaxed);
    }

    /// As [`note_table`](Self::note_table), unless the table has as many buckets as when that was last done.
    pub(crate) fn note_table_if_grown<T>(&self, table: &HashTable<T>) {
        if !self.whereabouts.is_of_size_of(table) {
            self.note_table(table);
        }
    }

    /// Notes where the table is, unless that is known; for those inside.
    pub(crate) fn note_whereabouts<T>(&self, table: &HashTable<T>) {
        self.whereabouts.note(table);
    }

    #[cfg(test)]
    pub(crate) fn knows_whereabouts_of<T>(&self, table: &HashTable<T>) -> bool {
        self.whereabouts.are_those_of(table)
    }

    /// Asks for the lines that a look-up of the hash begins with, in a table of `T`s; for whoever is about to enter.
    #[inline(always)]
    pub(crate) fn prefetch<T>(&self, hash: u64) {
        self.whereabouts.prefetch::<T>(hash);
    }

    /// Slots that it owns.
    pub(crate) fn slots(&self) -> u32 {
        self.slots.load(Ordering::Relaxed)
    }

    /// For whoever changes the directory.
    pub(crate) fn set_slots(&self, slots: u32) {
        self.slots.store(slots, Ordering::Relaxed);
    }

    /// Leaves a shard that was entered at once in vain: a migration has marked it, or a slot has just gone to another one.
    #[inline(always)]
    pub(crate) fn leave_unwanted(&self, kind: Kind, pass: Pass, stay: Stay) {
        match stay {
            Stay::Brief => self.lock.leave_brief(kind, pass),
            Stay::Long => self.leave_outlined(kind, pass),
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_outlined(&self, kind: Kind, pass: Pass) {
        self.lock.leave(kind, pass);
    }

    pub(crate) fn stats(&self, id: ShardId) -> HeaderStats {
        let (waits, wait_ns) = self.waits.waits.read();
        let (revocations, revocation_ns) = self.waits.revocations.read();
        HeaderStats {
            id,
            uid: self.lock.uid(),
            slots: self.slots(),
            entries: self.length(),
            capacity: self.capacity.load(Ordering::Relaxed),
            table_bytes: self.table_bytes.load(Ordering::Relaxed),
            is_reserved: self.is_reserved.load(Ordering::Relaxed),
            waits,
            wait: Duration::from_nanos(wait_ns),
            migrating: self.is_marked(),
            bias: self.lock.chosen(),
            revocations,
            revocation: Duration::from_nanos(revocation_ns),
            looks: self.waits.looks.timing(),
            barriers: self.waits.barriers.timing(),
        }
    }
}
