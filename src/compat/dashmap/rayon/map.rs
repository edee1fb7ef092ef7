//! Parallel iterators over maps: the store's.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, Hash};

use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend};

use super::super::DashMap;
pub use crate::rayon::map::{Iter, IterMut, OwningIter};
use crate::{RefMulti, RefMutMulti};

impl<K: Eq + Hash + Send + Sync, V: Send + Sync, S: BuildHasher + Sync> DashMap<K, V, S> {
    /// As [`Store::par_iter`](crate::Store::par_iter).
    #[track_caller]
    pub fn par_iter(&self) -> Iter<'_, K, V, S> {
        (**self).par_iter()
    }

    /// As [`Store::par_iter_mut`](crate::Store::par_iter_mut).
    #[track_caller]
    pub fn par_iter_mut(&self) -> IterMut<'_, K, V, S> {
        (**self).par_iter_mut()
    }
}

impl<'a, K, V, S> IntoParallelIterator for &'a DashMap<K, V, S>
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

impl<'a, K, V, S> IntoParallelIterator for &'a mut DashMap<K, V, S>
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

impl<K: Send, V: Send, S> IntoParallelIterator for DashMap<K, V, S> {
    type Iter = OwningIter<K, V>;
    type Item = (K, V);

    fn into_par_iter(self) -> OwningIter<K, V> {
        self.into_store().into_par_iter()
    }
}

impl<K, V, S> FromParallelIterator<(K, V)> for DashMap<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Default + Sync,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        let map = Self::with_hasher(S::default());
        (&map).par_extend(entries);
        map
    }
}

/// Inserts in parallel. Where a key comes more than once, any of its values is the last.
impl<K, V, S> ParallelExtend<(K, V)> for &DashMap<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&***self).par_extend(entries);
    }
}

/// As for a reference.
impl<K, V, S> ParallelExtend<(K, V)> for DashMap<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).par_extend(entries);
    }
}
