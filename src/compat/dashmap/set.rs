//! The set: a map without values.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    ops::Deref,
};

use equivalent::Equivalent;

use super::DashMap;

/// A concurrent set: a [`DashMap`] without values.
///
/// ```
/// use autoshard::compat::dashmap::DashSet;
///
/// let seen = DashSet::new();
/// assert!(seen.insert("ada"));
/// assert!(!seen.insert("ada"));
/// assert_eq!(seen.remove("ada"), Some("ada"));
/// ```
pub struct DashSet<K, S = RandomState> {
    map: DashMap<K, (), S>,
}

impl<K: Eq + Hash> DashSet<K, RandomState> {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty set with room for so many keys, which is made with the first one.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K: Eq + Hash, S: BuildHasher> DashSet<K, S> {
    /// An empty set with this hasher.
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// An empty set with this hasher and room for so many keys.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self { map: DashMap::with_capacity_and_hasher(capacity, hasher) }
    }

    /// Inserts a key; `false` if it was there.
    #[track_caller]
    pub fn insert(&self, key: K) -> bool {
        self.map.insert(key, ()).is_none()
    }

    /// Removes a key, and gives it back.
    #[track_caller]
    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<K> {
        self.map.remove(key).map(|(key, ())| key)
    }

    /// Removes a key if the function says so, and gives it back.
    #[track_caller]
    pub fn remove_if<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, f: impl FnOnce(&K) -> bool) -> Option<K> {
        self.map.remove_if(key, |key, ()| f(key)).map(|(key, ())| key)
    }

    /// The key as the set has it, whose shard stays locked for reading.
    #[track_caller]
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<Ref<'_, K>> {
        self.map.get(key).map(|guard| Ref { guard })
    }

    /// Whether the key is there.
    #[track_caller]
    pub fn contains<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> bool {
        self.map.contains_key(key)
    }

    /// Iterates over keys; as [`Store::iter`](crate::Store::iter).
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, K, S> {
        Iter { entries: self.map.iter() }
    }

    /// Removes the keys of which the function says `false`; as [`Store::retain`](crate::Store::retain).
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&K) -> bool) {
        self.map.retain(|key, ()| f(key));
    }

    /// Removes all keys, and gives their memory back.
    #[track_caller]
    pub fn clear(&self) {
        self.map.clear();
    }

    /// Gives back what tables hold beyond their keys.
    #[track_caller]
    pub fn shrink_to_fit(&self) {
        self.map.shrink_to_fit();
    }

    /// The hash of anything, by the set's hasher.
    pub fn hash_usize<T: Hash>(&self, item: &T) -> usize {
        self.map.hash_usize(item)
    }
}

impl<K, S> DashSet<K, S> {
    /// The map below.
    #[cfg(feature = "rayon")]
    pub(super) fn map(&self) -> &DashMap<K, (), S> {
        &self.map
    }

    /// The map below.
    #[cfg(feature = "rayon")]
    pub(super) fn into_map(self) -> DashMap<K, (), S> {
        self.map
    }

    /// Keys; as [`Store::len`](crate::Store::len).
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Keys that the tables hold before one of them grows.
    pub fn capacity(&self) -> usize {
        self.map.capacity()
    }

    /// The hasher.
    pub fn hasher(&self) -> &S {
        self.map.hasher()
    }
}

impl<K: Eq + Hash, S: BuildHasher + Default> Default for DashSet<K, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// A copy of its own, of all keys.
impl<K: Eq + Hash + Clone, S: BuildHasher + Clone> Clone for DashSet<K, S> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

/// The same keys; as of [`Store`](crate::Store).
impl<K: Eq + Hash, S: BuildHasher> PartialEq for DashSet<K, S> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K: Eq + Hash, S: BuildHasher> Eq for DashSet<K, S> {}

impl<K: Eq + Hash + fmt::Debug, S: BuildHasher> fmt::Debug for DashSet<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        for key in self.iter() {
            set.entry(key.key());
        }
        set.finish()
    }
}

impl<K: Eq + Hash, S: BuildHasher + Default> FromIterator<K> for DashSet<K, S> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self { map: keys.into_iter().map(|key| (key, ())).collect() }
    }
}

impl<K: Eq + Hash, S: BuildHasher> Extend<K> for DashSet<K, S> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        self.map.extend(keys.into_iter().map(|key| (key, ())));
    }
}

impl<K, S> IntoIterator for DashSet<K, S> {
    type Item = K;
    type IntoIter = OwningIter<K, S>;

    fn into_iter(self) -> OwningIter<K, S> {
        OwningIter { entries: self.map.into_iter() }
    }
}

/// Iterates over the keys of a set; from [`DashSet::iter`].
pub struct Iter<'a, K, S = RandomState> {
    entries: crate::Iter<'a, K, (), S>,
}

impl<'a, K: Eq + Hash, S: BuildHasher> Iterator for Iter<'a, K, S> {
    type Item = RefMulti<'a, K>;

    fn next(&mut self) -> Option<RefMulti<'a, K>> {
        self.entries.next().map(RefMulti::of)
    }
}

/// Takes the keys out of a set.
pub struct OwningIter<K, S = RandomState> {
    entries: crate::OwningIter<K, (), S>,
}

impl<K, S> Iterator for OwningIter<K, S> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        self.entries.next().map(|(key, ())| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

/// A key that was looked up; from [`DashSet::get`].
#[derive(Debug)]
pub struct Ref<'a, K> {
    guard: crate::Ref<'a, K, ()>,
}

impl<K> Ref<'_, K> {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        self.guard.key()
    }
}

impl<K> Deref for Ref<'_, K> {
    type Target = K;

    fn deref(&self) -> &K {
        self.key()
    }
}

/// A key that an iterator has met; from [`DashSet::iter`].
#[derive(Debug)]
pub struct RefMulti<'a, K> {
    guard: crate::RefMulti<'a, K, ()>,
}

impl<'a, K> RefMulti<'a, K> {
    pub(super) fn of(guard: crate::RefMulti<'a, K, ()>) -> Self {
        Self { guard }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        self.guard.key()
    }
}

impl<K> Deref for RefMulti<'_, K> {
    type Target = K;

    fn deref(&self) -> &K {
        self.key()
    }
}
