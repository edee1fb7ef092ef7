//! scc: a lock for each bucket.

use super::{Handle, Hasher, Map};
use crate::value::{Key, Value};

type Inner<K, V> = ::scc::HashMap<K, V, Hasher>;

pub(super) struct Scc<K, V>(Inner<K, V>);

impl<K: Key, V: Value> Map<K, V> for Scc<K, V> {
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
        self.read_sync(key, |_, value| f(value))
    }

    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        self.upsert_sync(key, value).is_none()
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        self.update_sync(key, |_, value| change(value)).is_some()
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        self.remove_sync(key).is_some()
    }

    fn len(&mut self) -> usize {
        Inner::len(self)
    }

    fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
        self.iter_sync(|key, value| {
            f(key, value);
            true
        });
    }
}
