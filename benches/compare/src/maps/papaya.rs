//! papaya: lock-free, with memory reclamation. It is pinned for each operation, as callers do who come one at a time; a
//! caller with a batch could pin once. An update replaces the value by a changed copy, and takes the key by value: its own way.

use super::{Handle, Hasher, Map};
use crate::value::{Key, Value};

type Inner<K, V> = ::papaya::HashMap<K, V, Hasher>;

pub(super) struct Papaya<K, V>(Inner<K, V>);

impl<K: Key, V: Value> Map<K, V> for Papaya<K, V> {
    type Handle<'map> = &'map Inner<K, V>;

    fn with_capacity(capacity: usize) -> Self {
        Self(Inner::with_capacity_and_hasher(capacity, Hasher::default()))
    }

    fn handle(&self) -> &Inner<K, V> {
        &self.0
    }
}

impl<K: Key, V: Value> Handle<K, V> for &Inner<K, V> {
    #[inline]
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        self.pin().get(key).map(f)
    }

    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        self.pin().insert(key, value).is_none()
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        let changed = |value: &V| {
            let mut value = value.clone();
            change(&mut value);
            value
        };
        self.pin().update(key.clone(), changed).is_some()
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        self.pin().remove(key).is_some()
    }

    fn len(&mut self) -> usize {
        Inner::len(self)
    }

    fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
        self.pin().iter().for_each(|(key, value)| f(key, value));
    }
}
