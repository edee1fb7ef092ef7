//! Operations on all entries: shard by shard, by [slots](crate::tour).

use std::{
    hash::{BuildHasher, Hash},
    mem,
    panic::{Location, resume_unwind},
    ptr::NonNull,
};

use hashbrown::HashTable;

use super::Store;
use crate::{
    iter::{Iter, IterMut},
    migration::{Mode, drop_table},
    presence,
    shard::{Item, Operation, ShardWrite, Stay, Visitor},
    tour::{Fresh, Tour},
};

impl<K: Eq + Hash, V, S: BuildHasher> Store<K, V, S> {
    /// Iterates over entries by shared reference. One shard at a time is locked for reading.
    ///
    /// An entry that is there throughout is met exactly once; what comes and goes meanwhile, may or may not be met. A thread that writes to
    /// the store where its own iterator stands would wait for itself, and panics. Iterators do not stop the tuner.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (0..100).map(|key| (key, key * 2)).collect();
    /// assert_eq!(store.iter().map(|entry| *entry.value()).sum::<i32>(), 9900);
    /// ```
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, K, V, S> {
        Iter::new(self, Location::caller())
    }

    /// Iterates over entries by exclusive reference. One shard at a time is locked for writing; a migration of it is given up.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (0..3).map(|key| (key, key)).collect();
    /// store.iter_mut().for_each(|mut entry| *entry *= 2);
    /// assert_eq!(store.get_cloned(&2), Some(4));
    /// ```
    #[track_caller]
    pub fn iter_mut(&self) -> IterMut<'_, K, V, S> {
        IterMut::new(self, Location::caller())
    }

    /// Removes the entries of which the function says `false`. One shard at a time is locked, for as long as all its entries take.
    ///
    /// A panic in the function leaves the store whole: what was removed so far is gone, the rest is there.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (0..10).map(|key| (key, key)).collect();
    /// store.retain(|_, value| *value % 2 == 0);
    /// assert_eq!(store.len(), 5);
    /// ```
    pub fn retain(&self, mut f: impl FnMut(&K, &mut V) -> bool) {
        self.each_shard(&Operation { name: "retain", stay: Stay::Long }, |shard, fresh| {
            if shard.contents().mark.as_deref().is_some_and(|mark| mark.shadow.mode == Mode::HandOver) {
                shard.abandon_migration("retain goes over one of the shards");
            }
            for bucket in 0..shard.contents().table.num_buckets() {
                self.retain_bucket(shard, bucket, fresh, &mut f);
            }
        });
    }

    /// One bucket's part of [`retain`](Self::retain).
    fn retain_bucket(
        &self,
        shard: &mut ShardWrite<'_, K, V>,
        bucket: usize,
        fresh: &Fresh,
        f: &mut impl FnMut(&K, &mut V) -> bool,
    ) {
        let is_marked = shard.header().is_marked();
        let Some(item) = shard.contents_mut().table.get_bucket_mut(bucket) else { return };
        if !matches!(fresh, Fresh::All) && !fresh.contains(self.slot_of(item.key())) {
            return;
        }
        // Only a migration wants to know the hash; and before anything is changed, since the user's `Hash` may panic.
        let hash = if is_marked { self.rehash()(item.key()) } else { 0 };
        let item = NonNull::from(item);
        if shard.write_in_place(hash, item, f) {
            return;
        }
        if let Ok(found) = shard.contents_mut().table.get_bucket_entry(bucket) {
            let (removed, _) = found.remove();
            shard.mirror_remove(hash, removed.key());
            shard.discard(removed);
        }
    }

    /// Replaces every value by what the function makes of it. One shard at a time is locked; a migration of it is given up.
    ///
    /// A panic in the function costs the entry that it was called with, and leaves the store whole.
    pub fn alter_all(&self, mut f: impl FnMut(&K, V) -> V) {
        self.each_shard(&Operation { name: "alter_all", stay: Stay::Long }, |shard, fresh| {
            shard.abandon_migration("alter_all goes over one of the shards");
            for bucket in 0..shard.contents().table.num_buckets() {
                let Ok(entry) = shard.contents_mut().table.get_bucket_entry(bucket) else { continue };
                if !matches!(fresh, Fresh::All) && !fresh.contains(self.slot_of(entry.get().key())) {
                    continue;
                }
                let (item, vacant) = entry.remove();
                let (key, value) = item.into_pair();
                let value = f(&key, value);
                vacant.insert(Item::new(key, value));
            }
        });
    }

    /// Removes all entries, and gives their memory back. What is inserted meanwhile may or may not be removed.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (0..10).map(|key| (key, key)).collect();
    /// store.clear();
    /// assert!(store.is_empty());
    /// ```
    pub fn clear(&self) {
        // Dropped when no shard is held, and all of them though an entry's `Drop` panics.
        let mut tables = Cleared(Vec::new());
        self.each_shard(&Operation { name: "clear", stay: Stay::Long }, |shard, fresh| match fresh {
            Fresh::All => {
                shard.abandon_migration("clear empties one of the shards");
                tables.0.push(mem::take(&mut shard.contents_mut().table));
                shard.header().note_rehash();
                shard.note_table_size();
            }
            Fresh::Some(_) => {
                shard.abandon_migration("clear empties one of the shards");
                for bucket in 0..shard.contents().table.num_buckets() {
                    self.retain_bucket(shard, bucket, fresh, &mut |_, _| false);
                }
            }
        });
    }

    /// Gives back what tables hold beyond their entries. One shard at a time is locked, for as long as rebuilding its table takes; a
    /// migration of it is given up. The tuner does this by itself for stores that have been idle, without locking anybody out.
    pub fn shrink_to_fit(&self) {
        self.each_shard(&Operation { name: "shrink_to_fit", stay: Stay::Long }, |shard, _| {
            shard.abandon_migration("shrink_to_fit rebuilds one of the shards");
            let header = shard.header();
            let hash = self.rehash();
            shard.contents_mut().table.shrink_to_fit(|item| {
                header.note_rehash();
                hash(item.key())
            });
            shard.note_table_size();
        });
    }

    /// Visits each slot's shard, once, under its exclusive lock.
    pub(super) fn each_shard(
        &self,
        operation: &'static Operation,
        mut visit: impl FnMut(&mut ShardWrite<'_, K, V>, &Fresh),
    ) {
        self.control.revoke_together();
        let mut tour = Tour::new(&self.control.directory);
        let visitor = Visitor::passing(presence::current(), operation);
        while let Some(slot) = tour.next_slot() {
            let Some(mut shard) = self.body.enter_slot(slot, visitor) else { return };
            let fresh = tour.visit(&self.control.directory, slot, shard.header().slots());
            visit(&mut shard, &fresh);
        }
    }
}

/// Tables that were taken out of their shards.
struct Cleared<K, V>(Vec<HashTable<Item<K, V>>>);

impl<K, V> Drop for Cleared<K, V> {
    fn drop(&mut self) {
        let panics = self.0.drain(..).filter_map(drop_table);
        if let Some(panic) = panics.fold(None, |first, panic| first.or(Some(panic)))
            && !std::thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

impl<K, V, S> Store<K, V, S> {
    /// Entries. Takes no lock: exact while nothing is under way, and off by at most the operations under way.
    ///
    /// Takes time in proportion to the number of shards.
    pub fn len(&self) -> usize {
        self.control.length()
    }

    /// Whether there are no entries; as [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries that the tables hold before one of them grows; as [`len`](Self::len).
    pub fn capacity(&self) -> usize {
        self.control.stats().iter().map(|shard| shard.capacity).sum()
    }
}
