//! The entry of a key, whether it is there or not, for a change in place.
//!
//! What is not needed any more is dropped by name, before the result is made: a result that is on its way to the caller when a
//! `Drop` panics is left undropped by the compiler, and a guard that is never dropped keeps its shard locked for ever.
#![forbid(unsafe_code)]

use std::{convert::Infallible, fmt, mem};

use super::{ItemWrite, Vacancy, one::RefMut};
use crate::shard::Item;

/// A key's entry, with its shard locked for writing; from [`Store::entry`](crate::Store::entry).
///
/// ```
/// let store = autoshard::Store::new();
/// for word in ["a", "b", "a"] {
///     *store.entry(word).or_insert(0) += 1;
/// }
/// assert_eq!(store.get_cloned("a"), Some(2));
/// ```
#[derive(Debug)]
pub enum Entry<'a, K, V> {
    /// The key is there.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key is not there.
    Vacant(VacantEntry<'a, K, V>),
}

impl<'a, K, V> Entry<'a, K, V> {
    /// Changes the value, if there is one.
    pub fn and_modify(mut self, f: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            f(entry.get_mut());
        }
        self
    }

    /// The key.
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }

    /// The key that the entry was asked for with.
    pub fn into_key(self) -> K {
        match self {
            Self::Occupied(entry) => entry.into_key(),
            Self::Vacant(entry) => entry.into_key(),
        }
    }

    /// The value, or the default, which is inserted.
    pub fn or_default(self) -> RefMut<'a, K, V>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// The value, or this one, which is inserted; if it is not needed, it is dropped while the shard is locked.
    pub fn or_insert(self, value: V) -> RefMut<'a, K, V> {
        self.or_insert_with(|| value)
    }

    /// The value, or what the function makes, which is inserted. A panic in it leaves the store as it was.
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> RefMut<'a, K, V> {
        let Ok(entry) = self.or_try_insert_with(|| Ok::<V, Infallible>(value()));
        entry
    }

    /// The value, or what the function makes, if it does, which is inserted.
    ///
    /// # Errors
    ///
    /// The function's; the store is then as it was.
    pub fn or_try_insert_with<E>(self, value: impl FnOnce() -> Result<V, E>) -> Result<RefMut<'a, K, V>, E> {
        match self {
            Self::Occupied(entry) => {
                drop(value);
                Ok(entry.into_ref())
            }
            Self::Vacant(entry) => Ok(entry.insert(value()?)),
        }
    }

    /// Sets the value.
    pub fn insert(self, value: V) -> RefMut<'a, K, V> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry.into_ref()
            }
            Self::Vacant(entry) => entry.insert(value),
        }
    }

    /// Sets the value, and keeps the entry.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V>
    where
        K: Clone,
    {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }
}

/// The entry of a key that is not there.
pub struct VacantEntry<'a, K, V> {
    vacancy: Vacancy<'a, K, V>,
    key: K,
}

impl<'a, K, V> VacantEntry<'a, K, V> {
    pub(crate) fn new(vacancy: Vacancy<'a, K, V>, key: K) -> Self {
        Self { vacancy, key }
    }

    /// Inserts the value.
    pub fn insert(self, value: V) -> RefMut<'a, K, V> {
        RefMut::new(self.vacancy.fill(self.key, value))
    }

    /// Inserts the value, and keeps the entry. The key is cloned, since the entry goes on having one of its own.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V>
    where
        K: Clone,
    {
        let key = self.key.clone();
        OccupiedEntry { item: self.vacancy.fill(self.key, value), key }
    }

    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key.
    pub fn into_key(self) -> K {
        let Self { vacancy, key } = self;
        drop(vacancy);
        key
    }
}

impl<K: fmt::Debug, V> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}

/// The entry of a key that is there.
pub struct OccupiedEntry<'a, K, V> {
    item: ItemWrite<'a, K, V>,
    /// The key that it was asked for with.
    key: K,
}

impl<'a, K, V> OccupiedEntry<'a, K, V> {
    pub(crate) fn new(item: ItemWrite<'a, K, V>, key: K) -> Self {
        Self { item, key }
    }

    /// The value.
    pub fn get(&self) -> &V {
        self.item.value()
    }

    /// The value, to be changed.
    pub fn get_mut(&mut self) -> &mut V {
        self.item.value_mut()
    }

    /// Sets the value; returns the one before.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// A guard of the entry.
    pub fn into_ref(self) -> RefMut<'a, K, V> {
        let Self { item, key } = self;
        drop(key);
        RefMut::new(item)
    }

    /// The key that the entry was asked for with.
    pub fn into_key(self) -> K {
        let Self { item, key } = self;
        drop(item);
        key
    }

    /// The key in the store.
    pub fn key(&self) -> &K {
        self.item.key()
    }

    /// Removes the entry; returns its value.
    pub fn remove(self) -> V {
        let (key, value) = self.remove_entry();
        drop(key);
        value
    }

    /// Removes the entry; returns key and value.
    pub fn remove_entry(self) -> (K, V) {
        let Self { item, key } = self;
        let removed = item.remove();
        drop(key);
        removed.into_pair()
    }

    /// Replaces the entry, the key by the one that it was asked for with; returns the old ones.
    pub fn replace_entry(self, value: V) -> (K, V) {
        let (mut shard, found, hash) = self.item.into_shard();
        let replaced = shard.replace(hash, found, Item::new(self.key, value));
        drop(shard);
        replaced.into_pair()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry").field("key", self.key()).field("value", self.get()).finish()
    }
}
