//! The map.
#![forbid(unsafe_code)]

use std::{
    hash::{BuildHasher, Hash, RandomState},
    ops::{Deref, DerefMut},
};

use equivalent::Equivalent;

use super::ReadOnlyView;
use crate::{
    Entry, Iter, IterMut, Ref, RefMut, Store, TryReserveError, TryResult,
    body::Capabilities,
    builder::{build_ambient, build_ambient_with_shards},
    mapref::entry_ref::EntryRef,
};

/// A [`Store`] under the name of dashmap's map, for any keys and values; methods of the store that dashmap lacks are there by `Deref`.
///
/// ```
/// use autoshard::compat::dashmap::DashMap;
///
/// let words: DashMap<&str, std::cell::Cell<u32>> = DashMap::new();
/// words.insert("be", std::cell::Cell::new(2));
/// words.get("be").unwrap().set(3);
/// assert_eq!(words.remove("be").unwrap().1.get(), 3);
/// ```
pub struct DashMap<K, V, S = RandomState> {
    store: Store<K, V, S>,
}

impl<K: Eq + Hash, V> DashMap<K, V, RandomState> {
    /// An empty map; as [`Store::new`], for any types.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty map with room for so many entries, which is made with the first one.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }

    /// An empty map that begins with so many shards; see [`with_capacity_and_hasher_and_shard_amount`](Self::with_capacity_and_hasher_and_shard_amount).
    #[must_use]
    pub fn with_shard_amount(shard_amount: usize) -> Self {
        Self::with_capacity_and_shard_amount(0, shard_amount)
    }

    /// An empty map with room for so many entries that begins with so many shards.
    #[must_use]
    pub fn with_capacity_and_shard_amount(capacity: usize, shard_amount: usize) -> Self {
        Self::with_capacity_and_hasher_and_shard_amount(capacity, RandomState::new(), shard_amount)
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> DashMap<K, V, S> {
    /// An empty map with this hasher.
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// An empty map with this hasher and room for so many entries.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self { store: build_ambient(Capabilities::cooperative(), capacity, hasher) }
    }

    /// An empty map with this hasher that begins with so many shards.
    #[must_use]
    pub fn with_hasher_and_shard_amount(hasher: S, shard_amount: usize) -> Self {
        Self::with_capacity_and_hasher_and_shard_amount(0, hasher, shard_amount)
    }

    /// An empty map with this hasher and room for so many entries that begins with so many shards.
    ///
    /// The tuner splits and merges them later. Any number will do, within what the policy allows (`shards.min`, `shards.max`): dashmap
    /// panics unless it is a power of two above 1. Such a map has a policy of its own, and so costs more to make than others.
    ///
    /// ```
    /// use autoshard::compat::dashmap::DashMap;
    ///
    /// let map = DashMap::with_shard_amount(32);
    /// map.insert(1, 1);
    /// assert_eq!(map.shard_count(), 32);
    /// ```
    #[must_use]
    pub fn with_capacity_and_hasher_and_shard_amount(capacity: usize, hasher: S, shard_amount: usize) -> Self {
        Self { store: build_ambient_with_shards(Capabilities::cooperative(), capacity, hasher, shard_amount) }
    }
}

/// What dashmap has, by the store's own methods.
impl<K: Eq + Hash, V, S: BuildHasher> DashMap<K, V, S> {
    /// As [`Store::insert`].
    #[inline]
    #[track_caller]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        self.store.insert(key, value)
    }

    /// As [`Store::get`].
    #[inline]
    #[track_caller]
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<Ref<'_, K, V>> {
        self.store.get(key)
    }

    /// As [`Store::get_mut`].
    #[inline]
    #[track_caller]
    pub fn get_mut<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<RefMut<'_, K, V>> {
        self.store.get_mut(key)
    }

    /// As [`Store::try_get`].
    #[inline]
    #[track_caller]
    pub fn try_get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> TryResult<Ref<'_, K, V>> {
        self.store.try_get(key)
    }

    /// As [`Store::try_get_mut`].
    #[inline]
    #[track_caller]
    pub fn try_get_mut<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> TryResult<RefMut<'_, K, V>> {
        self.store.try_get_mut(key)
    }

    /// As [`Store::view`].
    #[inline]
    #[track_caller]
    pub fn view<Q: Hash + Equivalent<K> + ?Sized, R>(&self, key: &Q, f: impl FnOnce(&K, &V) -> R) -> Option<R> {
        self.store.view(key, f)
    }

    /// As [`Store::contains_key`].
    #[inline]
    #[track_caller]
    pub fn contains_key<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> bool {
        self.store.contains_key(key)
    }

    /// As [`Store::remove`].
    #[inline]
    #[track_caller]
    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<(K, V)> {
        self.store.remove(key)
    }

    /// As [`Store::remove_if`].
    #[inline]
    #[track_caller]
    pub fn remove_if<Q: Hash + Equivalent<K> + ?Sized>(
        &self,
        key: &Q,
        f: impl FnOnce(&K, &V) -> bool,
    ) -> Option<(K, V)> {
        self.store.remove_if(key, f)
    }

    /// As [`Store::remove_if_mut`].
    #[inline]
    #[track_caller]
    pub fn remove_if_mut<Q: Hash + Equivalent<K> + ?Sized>(
        &self,
        key: &Q,
        f: impl FnOnce(&K, &mut V) -> bool,
    ) -> Option<(K, V)> {
        self.store.remove_if_mut(key, f)
    }

    /// As [`Store::alter`].
    #[inline]
    #[track_caller]
    pub fn alter<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, f: impl FnOnce(&K, V) -> V) {
        self.store.alter(key, f)
    }

    /// As [`Store::entry`].
    #[inline]
    #[track_caller]
    pub fn entry(&self, key: K) -> Entry<'_, K, V> {
        self.store.entry(key)
    }

    /// As [`Store::try_entry`].
    #[inline]
    #[track_caller]
    pub fn try_entry(&self, key: K) -> Option<Entry<'_, K, V>> {
        self.store.try_entry(key)
    }

    /// As [`Store::entry_ref`].
    #[inline]
    #[track_caller]
    pub fn entry_ref<'q, Q: Hash + Equivalent<K> + ?Sized>(&self, key: &'q Q) -> EntryRef<'_, 'q, K, Q, V> {
        self.store.entry_ref(key)
    }

    /// As [`Store::alter_all`].
    #[inline]
    #[track_caller]
    pub fn alter_all(&self, f: impl FnMut(&K, V) -> V) {
        self.store.alter_all(f)
    }

    /// As [`Store::retain`].
    #[inline]
    #[track_caller]
    pub fn retain(&self, f: impl FnMut(&K, &mut V) -> bool) {
        self.store.retain(f)
    }

    /// As [`Store::iter`].
    #[inline]
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, K, V, S> {
        self.store.iter()
    }

    /// As [`Store::iter_mut`].
    #[inline]
    #[track_caller]
    pub fn iter_mut(&self) -> IterMut<'_, K, V, S> {
        self.store.iter_mut()
    }

    /// As [`Store::clear`].
    #[inline]
    #[track_caller]
    pub fn clear(&self) {
        self.store.clear()
    }

    /// As [`Store::shrink_to_fit`].
    #[inline]
    #[track_caller]
    pub fn shrink_to_fit(&self) {
        self.store.shrink_to_fit()
    }

    /// As [`Store::try_reserve`].
    ///
    /// # Errors
    ///
    /// If there is no memory for so many.
    #[inline]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.store.try_reserve(additional)
    }

    /// As [`Store::hash_usize`].
    #[inline]
    pub fn hash_usize<T: Hash>(&self, item: &T) -> usize {
        self.store.hash_usize(item)
    }
}

impl<K, V, S> DashMap<K, V, S> {
    /// As [`Store::len`].
    #[inline]
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// As [`Store::is_empty`].
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// As [`Store::capacity`].
    #[inline]
    pub fn capacity(&self) -> usize {
        self.store.capacity()
    }

    /// As [`Store::hasher`].
    #[inline]
    pub fn hasher(&self) -> &S {
        self.store.hasher()
    }

    /// As [`Store::into_read_only`].
    #[must_use]
    pub fn into_read_only(self) -> ReadOnlyView<K, V, S> {
        ReadOnlyView::of(self.store.into_read_only())
    }

    /// The store that the map is.
    #[must_use]
    pub fn into_store(self) -> Store<K, V, S> {
        self.store
    }
}

/// Any store will do, also one that the tuner's own thread tunes.
///
/// ```
/// use autoshard::{Store, compat::dashmap::DashMap};
///
/// let map: DashMap<u64, u64> = Store::with_capacity(100).into();
/// # map.insert(1, 1);
/// ```
impl<K, V, S> From<Store<K, V, S>> for DashMap<K, V, S> {
    fn from(store: Store<K, V, S>) -> Self {
        Self { store }
    }
}

impl<K, V, S> Deref for DashMap<K, V, S> {
    type Target = Store<K, V, S>;

    #[inline]
    fn deref(&self) -> &Store<K, V, S> {
        &self.store
    }
}

impl<K, V, S> DerefMut for DashMap<K, V, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Store<K, V, S> {
        &mut self.store
    }
}
