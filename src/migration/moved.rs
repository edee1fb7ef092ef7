//! The mark's part in a hand-over: items that have moved from a source into targets.
//!
//! Whose an item is, is not asked of the user's `Hash` and `Eq`, which may contradict themselves: a look-up for one source that
//! found another's item would give out a second mutable reference to its value. Each target has a list of *owners*,
//! one for each bucket, which is good for as long as the target's buckets stay where they are: in a hand-over, targets
//! never grow.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
};

use autoshard_tuning::ShardId;
use hashbrown::HashTable;

use super::{
    mark::{Mark, place_of_copy},
    shadow::{Mode, TargetLock},
};
use crate::{
    mutants::{Mutant, is_on},
    presence::Kind,
    shard::{Contents, Header, Item},
    sync::Arc,
};

/// Buckets of a target that are looked through under one lock.
const BUCKETS_PER_LOCK: usize = 256;

impl<K, V> Contents<K, V> {
    /// Whether a bucket of this target has an item that came from the mark's source.
    fn is_of(&self, mark: &Mark<K, V>, bucket: usize) -> bool {
        self.table.get_bucket(bucket).is_some()
            && self.owners.as_ref().is_some_and(|owners| owners.get(bucket) == Some(&mark.source))
    }
}

impl<K, V> Mark<K, V> {
    /// The item of a hash in its target. It stays where it is while the source is held: targets of a hand-over never grow,
    /// and only those inside its source touch an item.
    pub(crate) fn find_moved(&self, hash: u64, mut equal: impl FnMut(&K) -> bool) -> Option<NonNull<Item<K, V>>> {
        if self.shadow.mode != Mode::HandOver || self.moved == 0 || is_on(Mutant::LooksInSourceOnly) {
            return None;
        }
        let target = self.target(hash, Kind::Shared)?;
        let contents = target.contents();
        let mut ours = contents.table.iter_hash_buckets(hash).filter(|&bucket| contents.is_of(self, bucket));
        let item = ours.find_map(|bucket| contents.table.get_bucket(bucket).filter(|item| equal(item.key())));
        item.map(NonNull::from)
    }

    /// All items of this source that are in targets, for whoever holds the source. They stay where they are for as long. Each
    /// target is locked for a stretch of buckets at a time.
    pub(crate) fn moved_items(&self) -> Vec<NonNull<Item<K, V>>> {
        let mut items = Vec::with_capacity(self.moved);
        for &target in &self.shadow.targets {
            let (mut from, mut buckets) = (0, usize::MAX);
            while from < buckets && items.len() < self.moved {
                // SAFETY: a target of this mark, whose source the caller holds.
                let target = unsafe { TargetLock::<K, V>::new(self.shadow.header(target), Kind::Shared) };
                let contents = target.contents();
                buckets = contents.table.num_buckets();
                let ours = (from..buckets.min(from + BUCKETS_PER_LOCK)).filter(|&bucket| contents.is_of(self, bucket));
                items.extend(ours.filter_map(|bucket| contents.table.get_bucket(bucket)).map(NonNull::from));
                from += BUCKETS_PER_LOCK;
            }
        }
        items
    }

    /// Takes an item, which was found here, out of its target, and puts another one, if there is one, in its bucket.
    pub(crate) fn take_moved(
        &mut self,
        hash: u64,
        item: NonNull<Item<K, V>>,
        instead: Option<Item<K, V>>,
    ) -> Option<Item<K, V>> {
        let mut target = self.target(hash, Kind::Exclusive)?;
        let found = target.contents_mut().table.find_entry(hash, |other| std::ptr::eq(other, item.as_ptr())).ok()?;
        let (taken, vacant) = found.remove();
        let leaves_empty = instead.is_none();
        if let Some(instead) = instead {
            // The same bucket, so that its owner stays right.
            vacant.insert(instead);
        }
        drop(target);
        self.moved -= usize::from(leaves_empty);
        Some(taken)
    }

    /// Moves the item in a bucket of this source's table to its target; `false` if that cannot take it. The caller holds the
    /// source exclusively.
    pub(crate) fn hand_over(&mut self, table: &mut HashTable<Item<K, V>>, bucket: usize) -> bool {
        let Some(item) = table.get_bucket(bucket) else { return true };
        let hash = self.functions.hash(item.key());
        let Some(mut target) = self.target(hash, Kind::Exclusive) else { return false };
        let Contents { table: into, owners, .. } = target.contents_mut();
        let Some(owners) = owners.as_deref_mut().filter(|_| into.len() < into.capacity()) else { return false };
        let Ok(item) = table.get_bucket_entry(bucket) else { unreachable!("the bucket is full") };
        let no_hasher = |_: &Item<K, V>| unreachable!("there is room, so nothing is rehashed");
        let inserted = into.insert_unique(place_of_copy(hash), item.remove().0, no_hasher).bucket_index();
        owners[inserted] = self.source;
        drop(target);
        self.moved += 1;
        true
    }

    /// Moves items of this source back out of the targets, into its table, looking at no more than `limit` buckets; `true`
    /// once none is left. For an abort: nothing moves into the targets any more.
    pub(crate) fn fetch_back(&mut self, header: &Header, table: &mut HashTable<Item<K, V>>, mut limit: usize) -> bool {
        let functions = self.functions;
        let shadow = Arc::clone(&self.shadow);
        while let Some((target, bucket)) = self.next_moved(&mut limit) {
            // SAFETY: a target of this mark, whose source the caller holds.
            let mut target = unsafe { TargetLock::<K, V>::new(shadow.header(target), Kind::Exclusive) };
            let from = &mut target.contents_mut().table;
            let Some(item) = from.get_bucket(bucket) else { unreachable!("`next_moved` names full buckets") };
            let hash = functions.hash(item.key());
            // Room first: it may call the user's `Hash`, and a panic there must find the item in one of the tables.
            table.reserve(1, |item| {
                header.note_rehash();
                functions.hash(item.key())
            });
            let Ok(item) = from.get_bucket_entry(bucket) else { unreachable!("it was full a moment ago") };
            table.insert_unique(hash, item.remove().0, |item| functions.hash(item.key()));
            self.moved -= 1;
        }
        // With some of the limit left, it is at the targets' end.
        debug_assert!(self.moved == 0 || limit == 0, "what has moved is in one of the targets");
        self.moved == 0 || limit > 0
    }

    /// Takes the next item that [`fetch_back`](Self::fetch_back) would move, if its key's `Hash` panics: no table can take it,
    /// and no look-up would find it.
    pub(super) fn take_unhashable(&mut self) -> Option<Item<K, V>> {
        let shadow = Arc::clone(&self.shadow);
        let mut limit = usize::MAX;
        let (target, bucket) = self.next_moved(&mut limit)?;
        // SAFETY: a target of this mark, whose source the caller holds.
        let mut target = unsafe { TargetLock::<K, V>::new(shadow.header(target), Kind::Exclusive) };
        let item = target.contents_mut().table.get_bucket_entry(bucket).ok()?;
        let hash = catch_unwind(AssertUnwindSafe(|| self.functions.hash(item.get().key())));
        if hash.is_ok() {
            return None;
        }
        let item = item.remove().0;
        self.moved -= 1;
        Some(item)
    }

    /// The next bucket of a target that has an item of this source; `None` at the end, or once so many buckets were looked at.
    fn next_moved(&mut self, limit: &mut usize) -> Option<(ShardId, usize)> {
        let shadow = Arc::clone(&self.shadow);
        while self.moved > 0 {
            let &target = shadow.targets.get(self.fetched.0)?;
            // SAFETY: a target of this mark, whose source the caller holds.
            let lock = unsafe { TargetLock::<K, V>::new(shadow.header(target), Kind::Shared) };
            let contents = lock.contents();
            while self.fetched.1 < contents.table.num_buckets() {
                if contents.is_of(self, self.fetched.1) {
                    return Some((target, self.fetched.1));
                }
                *limit = limit.checked_sub(1)?;
                self.fetched.1 += 1;
            }
            self.fetched = (self.fetched.0 + 1, 0);
        }
        None
    }
}
