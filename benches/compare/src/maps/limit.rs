//! The limit: the table that most of these maps are made of, without any synchronisation.

use hashbrown::HashMap;
use parking_lot::{Mutex, MutexGuard};

use super::{Handle, Hasher, Map};
use crate::value::{Key, Value};

type Inner<K, V> = HashMap<K, V, Hasher>;

/// Its lock is taken once a round.
pub(super) struct Limit<K, V>(Mutex<Inner<K, V>>);

impl<K: Key, V: Value> Map<K, V> for Limit<K, V> {
    type Handle<'map> = MutexGuard<'map, Inner<K, V>>;

    const SHARED: bool = false;

    fn with_capacity(capacity: usize) -> Self {
        Self(Mutex::new(HashMap::with_capacity_and_hasher(capacity, Hasher::default())))
    }

    fn handle(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.0.lock()
    }
}

impl<K: Key, V: Value> Handle<K, V> for MutexGuard<'_, Inner<K, V>> {
    #[inline]
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        Inner::get(self, key).map(f)
    }

    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        Inner::insert(self, key, value).is_none()
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        self.get_mut(key).map(change).is_some()
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        Inner::remove(self, key).is_some()
    }

    fn len(&mut self) -> usize {
        Inner::len(self)
    }

    fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
        self.iter().for_each(|(key, value)| f(key, value));
    }
}
