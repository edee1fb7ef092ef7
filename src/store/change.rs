//! Changing single entries.

use std::{
    error::Error,
    fmt,
    hash::{BuildHasher, Hash},
    mem,
    panic::Location,
};

use equivalent::Equivalent;

use super::{Store, access::inside};
use crate::{
    mapref::{
        ItemWrite, Vacancy,
        entry::{Entry, OccupiedEntry, VacantEntry},
        entry_ref::{EntryRef, OccupiedEntryRef, VacantEntryRef},
    },
    shard::{Errand, Item, Operation, ShardWrite, Stay, Visitor},
};

impl<K: Eq + Hash, V, S: BuildHasher> Store<K, V, S> {
    /// Sets the key's value; returns the one before. A key that is there stays as it is.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// assert_eq!(store.insert("a", 1), None);
    /// assert_eq!(store.insert("a", 2), Some(1));
    /// ```
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let hash = self.hash(&key);
        let errand = Errand::Operation(&Operation { name: "insert", stay: Stay::Brief });
        let before = inside!(self.insert(hash, errand), |mut shard| {
            let before = shard.set(hash, key, value, self.rehash());
            shard.leave();
            before
        });
        // The key that was not needed is dropped outside: that runs the user's code.
        // First: were the value on its way to the caller already, a panic here would leave it undropped.
        before.map(|(key, value)| {
            drop(key);
            value
        })
    }

    /// Removes the key; returns it with its value.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", 1);
    /// assert_eq!(store.remove("a"), Some(("a", 1)));
    /// assert_eq!(store.remove("a"), None);
    /// ```
    #[inline]
    pub fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<(K, V)> {
        self.remove_if_mut(key, |_, _| true)
    }

    /// Removes the key if the function says so of its entry; returns it with its value.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", 1);
    /// assert_eq!(store.remove_if("a", |_, &value| value > 1), None);
    /// ```
    pub fn remove_if<Q: Hash + Equivalent<K> + ?Sized>(
        &self,
        key: &Q,
        f: impl FnOnce(&K, &V) -> bool,
    ) -> Option<(K, V)> {
        self.remove_if_mut(key, |key, value| f(key, value))
    }

    /// As [`remove_if`](Self::remove_if), with a function that may change the value.
    #[inline]
    pub fn remove_if_mut<Q: Hash + Equivalent<K> + ?Sized>(
        &self,
        key: &Q,
        f: impl FnOnce(&K, &mut V) -> bool,
    ) -> Option<(K, V)> {
        let hash = self.hash(key);
        let errand = Errand::Operation(&Operation { name: "remove_if_mut", stay: Stay::Brief });
        let removed = inside!(self.write(hash, errand), |mut shard| {
            let removed = shard.remove_if(hash, key, f);
            shard.leave();
            removed
        });
        removed?.map(Item::into_pair)
    }

    /// Changes the key's value in place, if it is there; returns what the function does. It runs under the shard's exclusive lock.
    ///
    /// A panic in it leaves the value as the function left it, and the store whole.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", 1);
    /// assert_eq!(store.update("a", |value| { *value += 1; *value }), Some(2));
    /// assert_eq!(store.update("b", |value| *value += 1), None);
    /// ```
    #[inline]
    pub fn update<Q: Hash + Equivalent<K> + ?Sized, R>(&self, key: &Q, f: impl FnOnce(&mut V) -> R) -> Option<R> {
        let hash = self.hash(key);
        let errand = Errand::Operation(&Operation { name: "update", stay: Stay::Brief });
        let updated = inside!(self.write(hash, errand), |mut shard| {
            let found = shard.find(hash, key);
            let updated = found.map(|found| shard.write_in_place(hash, found.item, |_, value| f(value)));
            shard.leave_as_long();
            updated
        });
        updated?
    }

    /// Changes the key's value in place, or inserts one: whichever applies, at one moment.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// for word in ["a", "b", "a"] {
    ///     store.upsert(word, || 1, |count| *count += 1);
    /// }
    /// assert_eq!(store.get_cloned("a"), Some(2));
    /// ```
    #[inline]
    pub fn upsert(&self, key: K, insert: impl FnOnce() -> V, update: impl FnOnce(&mut V)) {
        let hash = self.hash(&key);
        let errand = Errand::Operation(&Operation { name: "upsert", stay: Stay::Brief });
        inside!(self.insert(hash, errand), |mut shard| {
            match shard.find(hash, &key) {
                Some(found) => shard.write_in_place(hash, found.item, |_, value| update(value)),
                None => {
                    shard.insert_new(hash, Item::new(key, insert()), self.rehash());
                }
            }
            shard.leave();
        });
    }

    /// Replaces the key's value by what the function makes of it, if it is there.
    ///
    /// The function owns the value; if it panics, the value is gone, and the key with it. The store is whole.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", 1);
    /// store.alter("a", |_, value| value * 10);
    /// assert_eq!(store.get_cloned("a"), Some(10));
    /// ```
    pub fn alter<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, f: impl FnOnce(&K, V) -> V) {
        let hash = self.hash(key);
        let errand = Errand::Operation(&Operation { name: "alter", stay: Stay::Brief });
        inside!(self.write(hash, errand), |mut shard| {
            let Some(found) = shard.find(hash, key) else { return };
            let (key, value) = shard.remove(hash, found).into_pair();
            let value = f(&key, value);
            shard.insert_new(hash, Item::new(key, value), self.rehash());
        });
    }

    /// Replaces the key's value, but only if it is what the caller expects; `None` stands for the key's absence, on both sides.
    /// Returns what was there.
    ///
    /// # Errors
    ///
    /// Key and new value, handed back, if something else was there.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// assert_eq!(store.compare_exchange("a", None, Some(1)), Ok(None)); // insert if absent
    /// assert_eq!(store.compare_exchange("a", Some(&1), Some(2)), Ok(Some(1))); // replace
    /// assert!(store.compare_exchange("a", Some(&1), Some(3)).is_err()); // it is 2 by now
    /// assert_eq!(store.compare_exchange("a", Some(&2), None), Ok(Some(2))); // remove
    /// ```
    pub fn compare_exchange(
        &self,
        key: K,
        expected: Option<&V>,
        new: Option<V>,
    ) -> Result<Option<V>, CompareExchangeError<K, V>>
    where
        V: PartialEq,
    {
        let hash = self.hash(&key);
        let errand = Errand::Operation(&Operation { name: "compare_exchange", stay: Stay::Brief });
        inside!(self.insert(hash, errand), |shard| self.exchange_in(shard, hash, key, expected, new))
    }

    /// What is not returned is dropped by name, after the shard has been left and before the result is made: that runs the user's code, whose
    /// panic would leave a result that is on its way undropped.
    fn exchange_in(
        &self,
        mut shard: ShardWrite<'_, K, V>,
        hash: u64,
        key: K,
        expected: Option<&V>,
        new: Option<V>,
    ) -> Result<Option<V>, CompareExchangeError<K, V>>
    where
        V: PartialEq,
    {
        let Some(found) = shard.find(hash, &key) else {
            return match (expected, new) {
                (Some(_), new) => Err(CompareExchangeError { key, new }),
                (None, None) => {
                    drop(shard);
                    drop(key);
                    Ok(None)
                }
                (None, Some(value)) => {
                    shard.insert_new(hash, Item::new(key, value), self.rehash());
                    Ok(None)
                }
            };
        };
        let mut item = ItemWrite::new(shard, found, hash);
        if expected != Some(item.value()) {
            drop(item);
            return Err(CompareExchangeError { key, new });
        }
        let before = match new {
            Some(value) => {
                let before = mem::replace(item.value_mut(), value);
                drop(item);
                before
            }
            None => {
                let (key, before) = item.remove().into_pair();
                drop(key);
                before
            }
        };
        drop(key);
        Ok(Some(before))
    }

    /// The key's entry, for a change in place. The shard is locked for writing while it lives.
    ///
    /// # Panics
    ///
    /// If this thread holds the shard already.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.entry("a").and_modify(|value| *value += 1).or_insert(1);
    /// ```
    #[track_caller]
    pub fn entry(&self, key: K) -> Entry<'_, K, V> {
        let hash = self.hash(&key);
        let errand = Errand::Guard(Location::caller());
        inside!(self.insert(hash, errand), |shard| self.entry_in(hash, key, shard))
    }

    /// As [`entry`](Self::entry), but does not wait: `None` where the shard is locked.
    #[track_caller]
    pub fn try_entry(&self, key: K) -> Option<Entry<'_, K, V>> {
        let hash = self.hash(&key);
        let visitor = Visitor::new(self.count(hash, true), Errand::Guard(Location::caller()));
        loop {
            match self.body.try_enter_exclusive(hash, visitor).ok()? {
                Some(shard) => {
                    if let Some(shard) = self.unless_split(shard, hash) {
                        return Some(self.entry_in(hash, key, shard));
                    }
                }
                None => self.body.lay_out(),
            }
        }
    }

    /// The shard comes last, since it is then left first where the user's code panics: the key's `Drop` is the user's, too.
    fn entry_in<'a>(&'a self, hash: u64, key: K, mut shard: ShardWrite<'a, K, V>) -> Entry<'a, K, V> {
        match shard.find(hash, &key) {
            Some(found) => Entry::Occupied(OccupiedEntry::new(ItemWrite::new(shard, found, hash), key)),
            None => {
                shard.reserve_one(self.rehash());
                Entry::Vacant(VacantEntry::new(Vacancy::new(shard, hash), key))
            }
        }
    }

    /// As [`entry`](Self::entry), of a key that is borrowed, and made into one of the store's own only where it is needed: by its `From`.
    ///
    /// ```
    /// let store: autoshard::Store<String, u32> = autoshard::Store::new();
    /// for word in ["a", "b", "a"] {
    ///     *store.entry_ref(word).or_default() += 1; // two strings are made
    /// }
    /// assert_eq!(store.get_cloned("a"), Some(2));
    /// ```
    #[track_caller]
    pub fn entry_ref<'q, Q: Hash + Equivalent<K> + ?Sized>(&self, key: &'q Q) -> EntryRef<'_, 'q, K, Q, V> {
        let hash = self.hash(key);
        let errand = Errand::Guard(Location::caller());
        inside!(self.insert(hash, errand), |mut shard| match shard.find(hash, key) {
            Some(found) => EntryRef::Occupied(OccupiedEntryRef::new(ItemWrite::new(shard, found, hash), key)),
            None => {
                shard.reserve_one(self.rehash());
                EntryRef::Vacant(VacantEntryRef::new(Vacancy::new(shard, hash), key))
            }
        })
    }
}

/// The value was not what the caller of [`Store::compare_exchange`] expected. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompareExchangeError<K, V> {
    /// The key, handed back.
    pub key: K,
    /// The new value, handed back.
    pub new: Option<V>,
}

impl<K, V> fmt::Display for CompareExchangeError<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key's value is not the expected one; nothing was changed")
    }
}

impl<K: fmt::Debug, V: fmt::Debug> Error for CompareExchangeError<K, V> {}
