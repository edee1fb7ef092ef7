//! Parallel iterators over stores.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    panic::Location,
};

use hashbrown::HashTable;
use rayon::iter::{
    FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator, plumbing::UnindexedConsumer,
};

use super::part::drive;
use crate::{
    RefMulti, RefMutMulti, Store, Tunable,
    shard::{Item, ShardRead, ShardWrite},
};

impl<K: Eq + Hash + Send + Sync, V: Send + Sync, S: BuildHasher + Sync> Store<K, V, S> {
    /// Iterates over entries by shared reference, in parallel; see [`rayon`](crate::rayon).
    ///
    /// # Panics
    ///
    /// When it is driven by a thread that holds a guard for writing.
    ///
    /// ```
    /// use rayon::prelude::*;
    ///
    /// let store: autoshard::Store<_, _> = (0..100).map(|key| (key, key * 2)).collect();
    /// assert_eq!(store.par_iter().map(|entry| *entry.value()).sum::<i32>(), 9900);
    /// ```
    #[track_caller]
    pub fn par_iter(&self) -> Iter<'_, K, V, S> {
        Iter { store: self, place: Location::caller() }
    }

    /// Iterates over entries by exclusive reference, in parallel; see [`rayon`](crate::rayon). Migrations of the shards that it enters are given up.
    ///
    /// # Panics
    ///
    /// When it is driven by a thread that holds a guard.
    ///
    /// ```
    /// use rayon::prelude::*;
    ///
    /// let store: autoshard::Store<_, _> = (0..3).map(|key| (key, key)).collect();
    /// store.par_iter_mut().for_each(|mut entry| *entry *= 2);
    /// assert_eq!(store.get_cloned(&2), Some(4));
    /// ```
    #[track_caller]
    pub fn par_iter_mut(&self) -> IterMut<'_, K, V, S> {
        IterMut { store: self, place: Location::caller() }
    }
}

/// Iterates over entries by shared reference; from [`Store::par_iter`].
pub struct Iter<'a, K, V, S = RandomState> {
    store: &'a Store<K, V, S>,
    /// Where it was made.
    place: &'static Location<'static>,
}

impl<'a, K, V, S> ParallelIterator for Iter<'a, K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    type Item = RefMulti<'a, K, V>;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        drive::<ShardRead<'a, K, V>, _, _, _, _>(self.store, self.place, consumer)
    }
}

impl<'a, K, V, S> IntoParallelIterator for &'a Store<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    type Iter = Iter<'a, K, V, S>;
    type Item = RefMulti<'a, K, V>;

    #[track_caller]
    fn into_par_iter(self) -> Iter<'a, K, V, S> {
        self.par_iter()
    }
}

/// Iterates over entries by exclusive reference; from [`Store::par_iter_mut`].
pub struct IterMut<'a, K, V, S = RandomState> {
    store: &'a Store<K, V, S>,
    /// Where it was made.
    place: &'static Location<'static>,
}

impl<'a, K, V, S> ParallelIterator for IterMut<'a, K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    type Item = RefMutMulti<'a, K, V>;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        drive::<ShardWrite<'a, K, V>, _, _, _, _>(self.store, self.place, consumer)
    }
}

impl<'a, K, V, S> IntoParallelIterator for &'a mut Store<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    type Iter = IterMut<'a, K, V, S>;
    type Item = RefMutMulti<'a, K, V>;

    #[track_caller]
    fn into_par_iter(self) -> IterMut<'a, K, V, S> {
        self.par_iter_mut()
    }
}

/// Iterates over entries by value.
pub struct OwningIter<K, V> {
    tables: Vec<HashTable<Item<K, V>>>,
}

impl<K: Send, V: Send> ParallelIterator for OwningIter<K, V> {
    type Item = (K, V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        let entries = |table: HashTable<Item<K, V>>| table.into_iter().map(Item::into_pair);
        self.tables.into_par_iter().flat_map_iter(entries).drive_unindexed(consumer)
    }
}

impl<K: Send, V: Send, S> IntoParallelIterator for Store<K, V, S> {
    type Iter = OwningIter<K, V>;
    type Item = (K, V);

    /// As [`into_iter`](IntoIterator::into_iter).
    fn into_par_iter(self) -> OwningIter<K, V> {
        OwningIter { tables: self.into_tables() }
    }
}

impl<K, V, S> FromParallelIterator<(K, V)> for Store<K, V, S>
where
    K: Eq + Hash + Tunable,
    V: Tunable,
    S: BuildHasher + Default + Send + Sync + 'static,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        let store = Self::with_hasher(S::default());
        (&store).par_extend(entries);
        store
    }
}

/// Inserts in parallel. Where a key comes more than once, any of its values is the last.
impl<K, V, S> ParallelExtend<(K, V)> for &Store<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_par_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

/// As for a reference.
impl<K, V, S> ParallelExtend<(K, V)> for Store<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).par_extend(entries);
    }
}

impl<K, V, S> fmt::Debug for Iter<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

impl<K, V, S> fmt::Debug for IterMut<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").finish_non_exhaustive()
    }
}

impl<K, V> fmt::Debug for OwningIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwningIter").finish_non_exhaustive()
    }
}
