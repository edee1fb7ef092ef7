//! Parallel iterators over read-only views: the store's.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, Hash};

use rayon::iter::IntoParallelIterator;

use super::{
    super::ReadOnlyView,
    map::{Iter, OwningIter},
};
use crate::RefMulti;

impl<'a, K, V, S> IntoParallelIterator for &'a ReadOnlyView<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    type Iter = Iter<'a, K, V, S>;
    type Item = RefMulti<'a, K, V>;

    #[track_caller]
    fn into_par_iter(self) -> Iter<'a, K, V, S> {
        (&**self).into_par_iter()
    }
}

impl<K: Send, V: Send, S> IntoParallelIterator for ReadOnlyView<K, V, S> {
    type Iter = OwningIter<K, V>;
    type Item = (K, V);

    fn into_par_iter(self) -> OwningIter<K, V> {
        self.into_inner().into_par_iter()
    }
}
