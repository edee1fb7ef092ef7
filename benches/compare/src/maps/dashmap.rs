//! dashmap: shards of a fixed number, each behind a lock. A guard dropped at once is its own way to read.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{Handle, Hasher, Map, add};
use crate::value::{Key, Value};

type Six<K, V> = ::dashmap::DashMap<K, V, Hasher>;
type Seven<K, V> = dashmap_7::DashMap<K, V, Hasher>;

/// Shards of somebody who tunes by hand: as many as our store has at most by default.
const MANY_SHARDS: usize = 1024;

pub(super) struct DashMap6<K, V>(Six<K, V>);

pub(super) struct DashMap1024<K, V>(Six<K, V>);

pub(super) struct DashMap7<K, V>(Seven<K, V>);

impl<K: Key, V: Value> Map<K, V> for DashMap6<K, V> {
    type Handle<'map> = &'map Six<K, V>;

    fn with_capacity(capacity: usize) -> Self {
        Self(Six::with_capacity_and_hasher(capacity, Hasher::default()))
    }

    fn handle(&self) -> &Six<K, V> {
        &self.0
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.0.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}

impl<K: Key, V: Value> Map<K, V> for DashMap1024<K, V> {
    type Handle<'map> = &'map Six<K, V>;

    fn with_capacity(capacity: usize) -> Self {
        Self(Six::with_capacity_and_hasher_and_shard_amount(capacity, Hasher::default(), MANY_SHARDS))
    }

    fn handle(&self) -> &Six<K, V> {
        &self.0
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.0.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}

impl<K: Key, V: Value> Map<K, V> for DashMap7<K, V> {
    type Handle<'map> = &'map Seven<K, V>;

    fn with_capacity(capacity: usize) -> Self {
        Self(Seven::with_capacity_and_hasher(capacity, Hasher::default()))
    }

    fn handle(&self) -> &Seven<K, V> {
        &self.0
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.0.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}

/// Two versions of one interface.
macro_rules! handle {
    ($map:ident) => {
        impl<K: Key, V: Value> Handle<K, V> for &$map<K, V> {
            #[inline]
            fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
                $map::get(self, key).map(|value| f(&value))
            }

            #[inline]
            fn insert(&mut self, key: K, value: V) -> bool {
                $map::insert(self, key, value).is_none()
            }

            #[inline]
            fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
                self.get_mut(key).map(|mut value| change(&mut value)).is_some()
            }

            #[inline]
            fn remove(&mut self, key: &K) -> bool {
                $map::remove(self, key).is_some()
            }

            fn len(&mut self) -> usize {
                $map::len(self)
            }

            fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
                self.iter().for_each(|entry| f(entry.key(), entry.value()));
            }
        }
    };
}

handle!(Six);
handle!(Seven);
