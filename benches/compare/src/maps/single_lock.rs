//! One table behind one lock: what people start with.

use std::{collections, sync};

use super::{Handle, Hasher, Map};
use crate::value::{Key, Value};

type HashbrownTable<K, V> = hashbrown::HashMap<K, V, Hasher>;
type StandardTable<K, V> = collections::HashMap<K, V, Hasher>;

/// hashbrown's map in `parking_lot`'s lock.
pub(super) struct ParkingLot<K, V>(parking_lot::RwLock<HashbrownTable<K, V>>);

/// The standard library's map in its own lock.
pub(super) struct Standard<K, V>(sync::RwLock<StandardTable<K, V>>);

impl<K: Key, V: Value> Map<K, V> for ParkingLot<K, V> {
    type Handle<'map> = &'map Self;

    fn with_capacity(capacity: usize) -> Self {
        Self(parking_lot::RwLock::new(HashbrownTable::with_capacity_and_hasher(capacity, Hasher::default())))
    }

    fn handle(&self) -> &Self {
        self
    }
}

impl<K: Key, V: Value> Map<K, V> for Standard<K, V> {
    type Handle<'map> = &'map Self;

    fn with_capacity(capacity: usize) -> Self {
        Self(sync::RwLock::new(StandardTable::with_capacity_and_hasher(capacity, Hasher::default())))
    }

    fn handle(&self) -> &Self {
        self
    }
}

impl<K: Key, V: Value> Standard<K, V> {
    fn read(&self) -> sync::RwLockReadGuard<'_, StandardTable<K, V>> {
        self.0.read().expect("no thread panics under the lock")
    }

    fn write(&self) -> sync::RwLockWriteGuard<'_, StandardTable<K, V>> {
        self.0.write().expect("no thread panics under the lock")
    }
}

impl<K: Key, V: Value> ParkingLot<K, V> {
    fn read(&self) -> parking_lot::RwLockReadGuard<'_, HashbrownTable<K, V>> {
        self.0.read()
    }

    fn write(&self) -> parking_lot::RwLockWriteGuard<'_, HashbrownTable<K, V>> {
        self.0.write()
    }
}

/// The same through either lock.
macro_rules! handle {
    ($map:ident) => {
        impl<K: Key, V: Value> Handle<K, V> for &$map<K, V> {
            #[inline]
            fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
                self.read().get(key).map(f)
            }

            #[inline]
            fn insert(&mut self, key: K, value: V) -> bool {
                self.write().insert(key, value).is_none()
            }

            #[inline]
            fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
                self.write().get_mut(key).map(change).is_some()
            }

            #[inline]
            fn remove(&mut self, key: &K) -> bool {
                self.write().remove(key).is_some()
            }

            fn len(&mut self) -> usize {
                self.read().len()
            }

            fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
                self.read().iter().for_each(|(key, value)| f(key, value));
            }
        }
    };
}

handle!(ParkingLot);
handle!(Standard);
