//! The entry of a key that is borrowed: as [`entry`](super::entry), but the store's own key is made only where one is inserted.
//!
//! It is made by `From<&Q>`, of the user's code, while the shard is locked; a panic in it leaves the store as it was. What is not needed
//! any more is dropped by name, before the result is made, for the reason that `entry` has.
#![forbid(unsafe_code)]

use std::{convert::Infallible, fmt, mem};

use super::{
    ItemWrite, Vacancy,
    entry::{OccupiedEntry, VacantEntry},
    one::RefMut,
};

/// The entry of a borrowed key, with its shard locked for writing; from [`Store::entry_ref`](crate::Store::entry_ref).
///
/// A key that is inserted is made of the borrowed one, and must be equivalent to it and have its hash.
///
/// ```
/// let store: autoshard::Store<String, u32> = autoshard::Store::new();
/// *store.entry_ref("a").or_insert(0) += 1;
/// *store.entry_ref("a").or_insert(0) += 1; // makes no string
/// assert_eq!(store.get_cloned("a"), Some(2));
/// ```
#[derive(Debug)]
pub enum EntryRef<'a, 'q, K, Q: ?Sized, V> {
    /// The key is there.
    Occupied(OccupiedEntryRef<'a, 'q, K, Q, V>),
    /// The key is not there.
    Vacant(VacantEntryRef<'a, 'q, K, Q, V>),
}

impl<'a, 'q, K, Q: ?Sized, V> EntryRef<'a, 'q, K, Q, V> {
    /// Changes the value, if there is one.
    pub fn and_modify(mut self, f: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            f(entry.get_mut());
        }
        self
    }

    /// The key that the entry was asked for with.
    pub fn key(&self) -> &'q Q {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<'a, 'q, K: From<&'q Q>, Q: ?Sized, V> EntryRef<'a, 'q, K, Q, V> {
    /// A key of its own, made of the one that the entry was asked for with.
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
        self.insert_entry(value).into_ref()
    }

    /// Sets the value, and keeps the entry.
    pub fn insert_entry(self, value: V) -> OccupiedEntryRef<'a, 'q, K, Q, V> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }
}

/// The entry of a borrowed key that is not there.
pub struct VacantEntryRef<'a, 'q, K, Q: ?Sized, V> {
    vacancy: Vacancy<'a, K, V>,
    key: &'q Q,
}

impl<'a, 'q, K, Q: ?Sized, V> VacantEntryRef<'a, 'q, K, Q, V> {
    pub(crate) fn new(vacancy: Vacancy<'a, K, V>, key: &'q Q) -> Self {
        Self { vacancy, key }
    }

    /// The key that it was asked for with.
    pub fn key(&self) -> &'q Q {
        self.key
    }
}

impl<'a, 'q, K: From<&'q Q>, Q: ?Sized, V> VacantEntryRef<'a, 'q, K, Q, V> {
    /// Inserts the value.
    pub fn insert(self, value: V) -> RefMut<'a, K, V> {
        let key = K::from(self.key);
        VacantEntry::new(self.vacancy, key).insert(value)
    }

    /// Inserts the value, and keeps the entry.
    pub fn insert_entry(self, value: V) -> OccupiedEntryRef<'a, 'q, K, Q, V> {
        let key = K::from(self.key);
        OccupiedEntryRef::new(self.vacancy.fill(key, value), self.key)
    }

    /// A key of its own, made of the one that the entry was asked for with.
    pub fn into_key(self) -> K {
        let Self { vacancy, key } = self;
        drop(vacancy);
        K::from(key)
    }
}

impl<K, Q: fmt::Debug + ?Sized, V> fmt::Debug for VacantEntryRef<'_, '_, K, Q, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntryRef").field(&self.key).finish()
    }
}

/// The entry of a borrowed key that is there.
pub struct OccupiedEntryRef<'a, 'q, K, Q: ?Sized, V> {
    item: ItemWrite<'a, K, V>,
    /// The key that it was asked for with.
    key: &'q Q,
}

impl<'a, 'q, K, Q: ?Sized, V> OccupiedEntryRef<'a, 'q, K, Q, V> {
    pub(crate) fn new(item: ItemWrite<'a, K, V>, key: &'q Q) -> Self {
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
        RefMut::new(self.item)
    }

    /// The key that it was asked for with.
    pub fn key(&self) -> &'q Q {
        self.key
    }

    /// Removes the entry; returns its value.
    pub fn remove(self) -> V {
        let (key, value) = self.remove_entry();
        drop(key);
        value
    }

    /// Removes the entry; returns key and value.
    pub fn remove_entry(self) -> (K, V) {
        self.item.remove().into_pair()
    }
}

impl<'q, K: From<&'q Q>, Q: ?Sized, V> OccupiedEntryRef<'_, 'q, K, Q, V> {
    /// A key of its own, made of the one that the entry was asked for with.
    pub fn into_key(self) -> K {
        let Self { item, key } = self;
        drop(item);
        K::from(key)
    }

    /// Replaces the entry, the key by one that is made of the one it was asked for with; returns the old ones.
    pub fn replace_entry(self, value: V) -> (K, V) {
        let key = K::from(self.key);
        OccupiedEntry::new(self.item, key).replace_entry(value)
    }
}

impl<K: fmt::Debug, Q: ?Sized, V: fmt::Debug> fmt::Debug for OccupiedEntryRef<'_, '_, K, Q, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntryRef").field("key", self.item.key()).field("value", self.get()).finish()
    }
}
