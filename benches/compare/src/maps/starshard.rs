//! starshard: shards behind the standard library's locks, resharded by hand. A read clones, an update replaces by a changed
//! copy, and it cannot be told a capacity: its own way.

use ::starshard::{DEFAULT_SHARDS, ShardedHashMap};

use super::{Handle, Hasher, Map};
use crate::value::{Key, Value};

type Inner<K, V> = ShardedHashMap<K, V, Hasher>;

pub(super) struct Starshard<K: Key, V: Value>(Inner<K, V>);

impl<K: Key, V: Value> Map<K, V> for Starshard<K, V> {
    type Handle<'map> = &'map Inner<K, V>;

    fn with_capacity(_capacity: usize) -> Self {
        Self(Inner::with_shards_and_hasher(DEFAULT_SHARDS, Hasher::default()))
    }

    fn handle(&self) -> &Inner<K, V> {
        &self.0
    }
}

impl<K: Key, V: Value> Handle<K, V> for &Inner<K, V> {
    #[inline]
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        Inner::get(self, key).as_ref().map(f)
    }

    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        Inner::insert(self, key, value).is_none()
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        let changed = |value: &V| {
            let mut value = value.clone();
            change(&mut value);
            Some(value)
        };
        self.compute_if_present(key, changed).is_some()
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        Inner::remove(self, key).is_some()
    }

    fn len(&mut self) -> usize {
        Inner::len(self)
    }

    fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
        self.iter().for_each(|(key, value)| f(&key, &value));
    }
}
