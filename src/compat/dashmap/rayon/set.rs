//! Parallel iterators over sets: a map's, of which the keys are taken.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
};

use rayon::iter::{
    FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator, plumbing::UnindexedConsumer,
};

use super::{super::DashSet, map};
use crate::compat::dashmap::setref::multiple::RefMulti;

/// Iterates over the keys of a set.
pub struct Iter<'a, K, S = RandomState> {
    entries: map::Iter<'a, K, (), S>,
}

impl<'a, K: Eq + Hash + Send + Sync, S: BuildHasher + Sync> ParallelIterator for Iter<'a, K, S> {
    type Item = RefMulti<'a, K>;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        self.entries.map(RefMulti::of).drive_unindexed(consumer)
    }
}

/// Takes the keys out of a set.
pub struct OwningIter<K> {
    entries: map::OwningIter<K, ()>,
}

impl<K: Send> ParallelIterator for OwningIter<K> {
    type Item = K;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        self.entries.map(|(key, ())| key).drive_unindexed(consumer)
    }
}

impl<'a, K: Eq + Hash + Send + Sync, S: BuildHasher + Sync> IntoParallelIterator for &'a DashSet<K, S> {
    type Iter = Iter<'a, K, S>;
    type Item = RefMulti<'a, K>;

    #[track_caller]
    fn into_par_iter(self) -> Iter<'a, K, S> {
        Iter { entries: self.map().par_iter() }
    }
}

impl<K: Send, S> IntoParallelIterator for DashSet<K, S> {
    type Iter = OwningIter<K>;
    type Item = K;

    fn into_par_iter(self) -> OwningIter<K> {
        OwningIter { entries: self.into_map().into_par_iter() }
    }
}

impl<K, S> FromParallelIterator<K> for DashSet<K, S>
where
    K: Eq + Hash + Send + Sync,
    S: BuildHasher + Default + Sync,
{
    fn from_par_iter<I: IntoParallelIterator<Item = K>>(keys: I) -> Self {
        let set = Self::with_hasher(S::default());
        (&set).par_extend(keys);
        set
    }
}

/// Inserts in parallel.
impl<K: Eq + Hash + Send + Sync, S: BuildHasher + Sync> ParallelExtend<K> for &DashSet<K, S> {
    fn par_extend<I: IntoParallelIterator<Item = K>>(&mut self, keys: I) {
        self.map().par_extend(keys.into_par_iter().map(|key| (key, ())));
    }
}

/// As for a reference.
impl<K: Eq + Hash + Send + Sync, S: BuildHasher + Sync> ParallelExtend<K> for DashSet<K, S> {
    fn par_extend<I: IntoParallelIterator<Item = K>>(&mut self, keys: I) {
        (&*self).par_extend(keys);
    }
}

impl<K, S> fmt::Debug for Iter<'_, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

impl<K> fmt::Debug for OwningIter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwningIter").finish_non_exhaustive()
    }
}
