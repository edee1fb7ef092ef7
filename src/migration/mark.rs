//! The mark on a source: how those who write there keep the targets in step.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
};

use autoshard_tuning::ShardId;
use hashbrown::HashTable;

use super::shadow::{Mode, Shadow, TargetLock};
use crate::{
    presence::Kind,
    shard::{Header, Item},
    sync::{Arc, atomic::Ordering},
};

/// Buckets of a target that are looked through under one lock.
const BUCKETS_PER_LOCK: usize = 256;

/// How keys and values are cloned.
pub(crate) struct Clones<K, V> {
    pub(crate) key: fn(&K) -> K,
    pub(crate) value: fn(&V) -> V,
}

impl<K, V> Clone for Clones<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Clones<K, V> {}

/// What a migration needs to do with keys and values, captured as pointers where the bounds for it were at hand.
///
/// Guards have no hasher in their type and no bounds, and yet must keep a target in step when they are dropped.
pub(crate) struct Functions<K, V> {
    pub(crate) equal: fn(&K, &K) -> bool,
    hasher: *const (),
    hash: unsafe fn(*const (), &K) -> u64,
    /// Clones of keys and of values; `None` where the store was built without.
    pub(crate) clones: Option<Clones<K, V>>,
    /// The user's comparison of values, for verification.
    pub(crate) same_value: Option<fn(&V, &V) -> bool>,
}

impl<K, V> Clone for Functions<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Functions<K, V> {}

impl<K, V> Functions<K, V> {
    /// # Safety
    ///
    /// `hasher` is what `hash` takes, and stays where it is for as long as the functions, or copies of them, are used.
    pub(crate) unsafe fn new(
        equal: fn(&K, &K) -> bool,
        hasher: *const (),
        hash: unsafe fn(*const (), &K) -> u64,
        clones: Option<Clones<K, V>>,
        same_value: Option<fn(&V, &V) -> bool>,
    ) -> Self {
        Self { equal, hasher, hash, clones, same_value }
    }

    pub(crate) fn hash(&self, key: &K) -> u64 {
        // SAFETY: the creator promised that `hasher` suits `hash` and lives on.
        unsafe { (self.hash)(self.hasher, key) }
    }
}

/// A source's mark. Made and taken off under the source's exclusive lock.
pub(crate) struct Mark<K, V> {
    pub(crate) shadow: Arc<Shadow>,
    pub(crate) functions: Functions<K, V>,
    /// The shard that it is on.
    pub(crate) source: ShardId,
    /// Entries of this source that are in targets (hand-over).
    pub(crate) moved: usize,
    /// How far [`fetch_back`](Self::fetch_back) has come: the target by its place in the list, and the bucket.
    fetched: (usize, usize),
}

impl<K, V> Mark<K, V> {
    pub(crate) fn new(shadow: Arc<Shadow>, functions: Functions<K, V>, source: ShardId) -> Self {
        Self { shadow, functions, source, moved: 0, fetched: (0, 0) }
    }

    /// Locks the target of a hash. The caller is inside the marked source.
    pub(crate) fn target(&self, hash: u64, kind: Kind) -> TargetLock<'_, K, V> {
        // SAFETY: the mark is a source's of this store, and whoever has a reference to it is inside that source.
        unsafe { TargetLock::new(self.shadow.header(self.shadow.target(hash)), kind) }
    }

    /// The entry of a hash in its target (hand-over). It stays where it is while the source is held: targets of a
    /// hand-over never grow, and only those inside the source touch its entries.
    pub(crate) fn find_moved(&self, hash: u64, mut equal: impl FnMut(&K) -> bool) -> Option<NonNull<Item<K, V>>> {
        if self.shadow.mode != Mode::HandOver || self.moved == 0 {
            return None;
        }
        self.target(hash, Kind::Shared).contents().table.find(hash, |entry| equal(entry.key())).map(NonNull::from)
    }

    /// All items of this source that are in targets (hand-over), for whoever holds the source. They stay where they are for as
    /// long: targets of a hand-over never grow. Each target is locked for a stretch of buckets at a time.
    pub(crate) fn moved_items(&self) -> Vec<NonNull<Item<K, V>>> {
        let mut items = Vec::with_capacity(self.moved);
        for &target in &self.shadow.targets {
            let (mut from, mut buckets) = (0, usize::MAX);
            while from < buckets && items.len() < self.moved {
                // SAFETY: a target of this mark, whose source the caller holds.
                let target = unsafe { TargetLock::<K, V>::new(self.shadow.header(target), Kind::Shared) };
                let table = &target.contents().table;
                buckets = table.num_buckets();
                let stretch =
                    (from..buckets.min(from + BUCKETS_PER_LOCK)).filter_map(|bucket| table.get_bucket(bucket));
                let of_source =
                    |item: &&Item<K, V>| self.shadow.source(self.functions.hash(item.key())) == Some(self.source);
                items.extend(stretch.filter(of_source).map(NonNull::from));
                from += BUCKETS_PER_LOCK;
            }
        }
        items
    }

    /// Takes an entry out of its target (hand-over).
    pub(crate) fn remove_moved(&mut self, hash: u64, entry: NonNull<Item<K, V>>) -> Option<Item<K, V>> {
        let mut target = self.target(hash, Kind::Exclusive);
        let found = target.contents_mut().table.find_entry(hash, |other| std::ptr::eq(other, entry.as_ptr())).ok()?;
        let (removed, _) = found.remove();
        drop(target);
        self.moved -= 1;
        Some(removed)
    }

    /// Moves entries of this source back out of the targets, into its table, looking at no more than `limit` buckets; `true`
    /// once none is left. For an abort of a hand-over: nothing moves into the targets any more, and these never grow, so
    /// that their buckets stay where they are from one call to the next.
    pub(crate) fn fetch_back(&mut self, header: &Header, table: &mut HashTable<Item<K, V>>, limit: usize) -> bool {
        let functions = self.functions;
        let shadow = Arc::clone(&self.shadow);
        for _ in 0..limit {
            if self.moved == 0 {
                return true;
            }
            let Some(&target) = shadow.targets.get(self.fetched.0) else {
                // Only a `Hash` that contradicts itself hides entries here; they go with the targets.
                self.moved = 0;
                return true;
            };
            // SAFETY: a target of this source's mark, and the caller is inside the source.
            let mut target = unsafe { TargetLock::<K, V>::new(shadow.header(target), Kind::Exclusive) };
            let from = &mut target.contents_mut().table;
            if self.fetched.1 == from.num_buckets() {
                self.fetched = (self.fetched.0 + 1, 0);
                continue;
            }
            if let Some(entry) = from.get_bucket(self.fetched.1) {
                let hash = functions.hash(entry.key());
                if shadow.source(hash) == Some(self.source) {
                    // Room first: it may call the user's `Hash`, and a panic there must find the entry in one of the tables.
                    table.reserve(1, |entry| {
                        header.note_rehash();
                        functions.hash(entry.key())
                    });
                    let Ok(entry) = from.get_bucket_entry(self.fetched.1) else { unreachable!("the bucket is full") };
                    table.insert_unique(hash, entry.remove().0, |entry| functions.hash(entry.key()));
                    self.moved -= 1;
                }
            }
            self.fetched.1 += 1;
        }
        self.moved == 0
    }

    /// Copies an item of this source to its target, unless that has the key already (dual-write); `true` if it had not.
    /// The caller holds the source shared, so nobody writes the item meanwhile.
    pub(crate) fn copy(&self, item: &Item<K, V>) -> bool {
        let hash = self.functions.hash(item.key());
        let target = self.target(hash, Kind::Shared);
        let known =
            target.contents().table.find(hash, |other| (self.functions.equal)(item.key(), other.key())).is_some();
        drop(target);
        let (false, Some(clones)) = (known, self.functions.clones) else { return false };
        // SAFETY: the source is held shared, so there is no mutable reference to its values.
        let value = (clones.value)(unsafe { item.value() });
        self.insert_new(hash, Item::new((clones.key)(item.key()), value));
        true
    }

    /// Moves the item in a bucket of this source's table to its target (hand-over); `false` if that is full.
    /// The caller holds the source exclusively.
    pub(crate) fn hand_over(&mut self, table: &mut HashTable<Item<K, V>>, bucket: usize) -> bool {
        let Some(item) = table.get_bucket(bucket) else { return true };
        let hash = self.functions.hash(item.key());
        let mut target = self.target(hash, Kind::Exclusive);
        let into = &mut target.contents_mut().table;
        if into.len() == into.capacity() {
            return false;
        }
        let Ok(item) = table.get_bucket_entry(bucket) else { unreachable!("the bucket is full") };
        into.insert_unique(hash, item.remove().0, |_| unreachable!("there is room, so nothing is rehashed"));
        drop(target);
        self.moved += 1;
        true
    }

    /// Applies to the target what was just written to the source (dual-write). Returns what it displaced, to be dropped
    /// by the caller once it has left the source. A panic in the user's functions gives the migration up, and harms
    /// neither the source nor the caller.
    pub(crate) fn mirror_write(&self, hash: u64, item: &Item<K, V>) -> Option<V> {
        let clones = self.functions.clones?;
        self.mirror(|| {
            // SAFETY: the caller is inside the item's source exclusively and has no mutable reference any more.
            let value = (clones.value)(unsafe { item.value() });
            let mut target = self.target(hash, Kind::Exclusive);
            if let Some(found) =
                target.contents_mut().table.find_mut(hash, |other| (self.functions.equal)(item.key(), other.key()))
            {
                return Some(std::mem::replace(found.own_value_mut(), value));
            }
            drop(target);
            let key = (clones.key)(item.key());
            self.insert_new(hash, Item::new(key, value));
            None
        })
    }

    /// Applies to the target that the source no longer has the key (dual-write). As [`mirror_write`](Self::mirror_write).
    pub(crate) fn mirror_remove(&self, hash: u64, key: &K) -> Option<Item<K, V>> {
        self.mirror(|| {
            let mut target = self.target(hash, Kind::Exclusive);
            let found = target.contents_mut().table.find_entry(hash, |other| (self.functions.equal)(key, other.key()));
            found.ok().map(|found| found.remove().0)
        })
    }

    /// Adds an entry that the target does not have. It may grow (dual-write only: nobody has references into it).
    pub(crate) fn insert_new(&self, hash: u64, item: Item<K, V>) {
        let mut target = self.target(hash, Kind::Exclusive);
        let header = target.header();
        let functions = self.functions;
        target.contents_mut().table.insert_unique(hash, item, |entry| {
            header.note_rehash();
            functions.hash(entry.key())
        });
    }

    fn mirror<T>(&self, apply: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.shadow.mode != Mode::DualWrite || self.shadow.is_aborted() {
            return None;
        }
        self.shadow.dual_writes.fetch_add(1, Ordering::Relaxed);
        catch_unwind(AssertUnwindSafe(apply)).unwrap_or_else(|panic| {
            self.shadow
                .abort(&format!("the user's code panicked while a write was copied: {}", panic_message(&*panic)));
            None
        })
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
