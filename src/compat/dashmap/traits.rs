//! What the map has by traits.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    ops::{BitAnd, BitOr, Shl, Shr, Sub},
};

use equivalent::Equivalent;

use super::DashMap;
use crate::{Iter, OwningIter, Ref, RefMulti, RefMut};

impl<K: Eq + Hash, V, S: BuildHasher + Default> Default for DashMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// A copy of its own, of all entries: one shard at a time is locked for reading.
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Clone for DashMap<K, V, S> {
    fn clone(&self) -> Self {
        (**self).clone().into()
    }
}

/// As of [`Store`](crate::Store).
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for DashMap<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for DashMap<K, V, S> {}

impl<K: Eq + Hash + fmt::Debug, V: fmt::Debug, S: BuildHasher> fmt::Debug for DashMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<K: Eq + Hash, V, S: BuildHasher + Default> FromIterator<(K, V)> for DashMap<K, V, S> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Self::with_capacity_and_hasher(entries.size_hint().0, S::default());
        map.extend(entries);
        map
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Extend<(K, V)> for DashMap<K, V, S> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        (**self).extend(entries);
    }
}

impl<K, V, S> IntoIterator for DashMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = OwningIter<K, V, S>;

    fn into_iter(self) -> OwningIter<K, V, S> {
        self.into_store().into_iter()
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> IntoIterator for &'a DashMap<K, V, S> {
    type Item = RefMulti<'a, K, V>;
    type IntoIter = Iter<'a, K, V, S>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, K, V, S> {
        self.iter()
    }
}

/// `&map << (key, value)` inserts.
impl<K: Eq + Hash, V, S: BuildHasher> Shl<(K, V)> for &DashMap<K, V, S> {
    type Output = Option<V>;

    #[track_caller]
    fn shl(self, entry: (K, V)) -> Option<V> {
        &**self << entry
    }
}

/// `&map >> &key` gets, and panics if the key is not there.
impl<'a, K: Eq + Hash, V, S: BuildHasher, Q: Hash + Equivalent<K> + ?Sized> Shr<&Q> for &'a DashMap<K, V, S> {
    type Output = Ref<'a, K, V>;

    #[track_caller]
    fn shr(self, key: &Q) -> Ref<'a, K, V> {
        &**self >> key
    }
}

/// `&map | &key` gets to change, and panics if the key is not there.
impl<'a, K: Eq + Hash, V, S: BuildHasher, Q: Hash + Equivalent<K> + ?Sized> BitOr<&Q> for &'a DashMap<K, V, S> {
    type Output = RefMut<'a, K, V>;

    #[track_caller]
    fn bitor(self, key: &Q) -> RefMut<'a, K, V> {
        &**self | key
    }
}

/// `&map - &key` removes.
impl<K: Eq + Hash, V, S: BuildHasher, Q: Hash + Equivalent<K> + ?Sized> Sub<&Q> for &DashMap<K, V, S> {
    type Output = Option<(K, V)>;

    #[track_caller]
    fn sub(self, key: &Q) -> Option<(K, V)> {
        &**self - key
    }
}

/// `&map & &key` says whether the key is there.
impl<K: Eq + Hash, V, S: BuildHasher, Q: Hash + Equivalent<K> + ?Sized> BitAnd<&Q> for &DashMap<K, V, S> {
    type Output = bool;

    #[track_caller]
    fn bitand(self, key: &Q) -> bool {
        &**self & key
    }
}
