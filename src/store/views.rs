//! The traits that collections have.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
};

use hashbrown::HashTable;

use super::{Store, Tunable};
use crate::{
    body::Body,
    control::Control,
    iter::{Iter, OwningIter},
    shard::Item,
};

impl<K, V, S> Default for Store<K, V, S>
where
    K: Eq + Hash + Tunable,
    V: Tunable,
    S: BuildHasher + Default + Send + Sync + 'static,
{
    /// As [`Store::new`].
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// A copy of its own, of all entries: one shard at a time is locked for reading. It has the policy of the original.
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Clone for Store<K, V, S> {
    fn clone(&self) -> Self {
        let copy = self.empty_alike();
        for entry in self {
            copy.insert(entry.key().clone(), entry.value().clone());
        }
        copy
    }
}

impl<K, V, S: Clone> Store<K, V, S> {
    /// An empty store with the policy, the hasher and the abilities of this one, and room for as many entries.
    pub(crate) fn empty_alike(&self) -> Self {
        let control = Control::new(self.control.policy.alike(), self.control.driver());
        let body = Body::new(control, self.body.hasher.clone(), self.body.capabilities, self.len());
        let alike = Self::from_body(body);
        match self.body.same_value.get() {
            Some(&same) => alike.verify_values_with(same),
            None => alike,
        }
    }
}

/// The same keys with equal values. Locks a shard of one and a shard of the other at a time, for reading: if somebody writes meanwhile, what is
/// compared are entries of different moments.
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for Store<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        let is_in_other = |key: &K, value: &V| other.view(key, |_, its| value == its).unwrap_or(false);
        self.len() == other.len() && self.iter().all(|entry| is_in_other(entry.key(), entry.value()))
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for Store<K, V, S> {}

impl<K: Eq + Hash + fmt::Debug, V: fmt::Debug, S: BuildHasher> fmt::Debug for Store<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for entry in self {
            map.entry(entry.key(), entry.value());
        }
        map.finish()
    }
}

impl<K, V, S> FromIterator<(K, V)> for Store<K, V, S>
where
    K: Eq + Hash + Tunable,
    V: Tunable,
    S: BuildHasher + Default + Send + Sync + 'static,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let store = Self::with_capacity_and_hasher(entries.size_hint().0, S::default());
        entries.for_each(|(key, value)| drop(store.insert(key, value)));
        store
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Extend<(K, V)> for Store<K, V, S> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> IntoIterator for &'a Store<K, V, S> {
    type Item = crate::RefMulti<'a, K, V>;
    type IntoIter = Iter<'a, K, V, S>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, K, V, S> {
        self.iter()
    }
}

impl<K, V, S> IntoIterator for Store<K, V, S> {
    type Item = (K, V);
    type IntoIter = OwningIter<K, V, S>;

    /// Takes the entries out, without a clone. Waits for the step of a migration that may be under way; what was staged is among the
    /// entries, and the workers are gone.
    ///
    /// # Panics
    ///
    /// If it is called by code of a key or value in one of the store's own workers.
    fn into_iter(self) -> OwningIter<K, V, S> {
        OwningIter::new(self.into_tables())
    }
}

impl<K, V, S> Store<K, V, S> {
    /// All entries, in tables; as [`into_iter`](IntoIterator::into_iter).
    pub(crate) fn into_tables(self) -> Vec<HashTable<Item<K, V>>> {
        assert!(self.control.dismiss_workers(), "a store cannot be consumed by one of its own workers");
        self.body.close();
        // SAFETY: the store is ours, and has just been closed.
        unsafe { self.body.take_tables() }
    }
}
