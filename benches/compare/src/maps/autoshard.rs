//! Our own store. A get that copies out of the store takes no guard, as where the peers' own ways take none; [`Guards`] is the other way.

use std::hash::{BuildHasher, RandomState};

use ::autoshard::{BuildError, Store, StoreBuilder};
use rayon::iter::ParallelIterator;

use super::{Handle, Hasher, Map, add};
use crate::value::{Key, Value};

/// A store as it comes, with the hasher that all maps here have, used by its closed operations.
pub(crate) type Ours<K, V> = Store<K, V, Hasher>;

/// Entries of a shard that is not to be split by those who insert.
const MOVABLE_ENTRIES_MAX: u64 = 1 << 24;

/// As it comes, with the hasher that it has.
pub(super) struct Default<K, V>(Store<K, V, RandomState>);

/// With the tuner off: it keeps the shards that it starts with.
pub(super) struct Untuned<K, V>(Ours<K, V>);

/// As [`Ours`], used by guards.
pub(super) struct Guards<K, V>(Ours<K, V>);

/// A store with the tuner off, whose number of shards is set once and for all.
pub(crate) fn fixed_store<K: Key, V: Value>(capacity: usize, shards: Option<u32>) -> Result<Ours<K, V>, BuildError> {
    let builder = Store::builder().hasher(Hasher::default()).capacity(capacity).set("tuner.enabled", "false");
    match shards {
        Some(shards) => builder.set("shards.initial", shards).set("shards.max", shards).build(),
        None => builder.build(),
    }
}

/// A store whose tuner chooses modes and nothing else: its shards are replaced when somebody asks for it.
pub(crate) fn movable_store<K: Key, V: Value>(capacity: usize, shards: u32) -> Result<Ours<K, V>, BuildError> {
    settled(capacity, shards).set("shards.entries_max", MOVABLE_ENTRIES_MAX).build()
}

/// A store whose tuner chooses modes and nothing else, with so many shards.
pub(crate) fn settled_store<K: Key, V: Value>(capacity: usize, shards: u32) -> Result<Ours<K, V>, BuildError> {
    settled(capacity, shards).build()
}

/// A store as it comes, which is not told how many entries there will be, with another strategy.
pub(crate) fn strategic_store<K: Key, V: Value>(strategy: &str) -> Result<Ours<K, V>, BuildError> {
    Store::builder().hasher(Hasher::default()).set("tuner.strategy", strategy).build()
}

fn settled(capacity: usize, shards: u32) -> StoreBuilder<Hasher> {
    let builder = Store::builder().hasher(Hasher::default()).capacity(capacity).set("tuner.strategy", "fixed");
    builder.set("shards.initial", shards)
}

impl<K: Key, V: Value> Map<K, V> for Ours<K, V> {
    type Handle<'map> = &'map Self;

    fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, Hasher::default())
    }

    fn handle(&self) -> &Self {
        self
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}

impl<K: Key, V: Value> Map<K, V> for Default<K, V> {
    type Handle<'map> = &'map Store<K, V, RandomState>;

    fn with_capacity(capacity: usize) -> Self {
        Self(Store::with_capacity(capacity))
    }

    fn handle(&self) -> &Store<K, V, RandomState> {
        &self.0
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.0.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}

impl<K: Key, V: Value> Map<K, V> for Untuned<K, V> {
    type Handle<'map> = &'map Ours<K, V>;

    fn with_capacity(capacity: usize) -> Self {
        Self(fixed_store(capacity, None).expect("tuner.enabled may be false"))
    }

    fn handle(&self) -> &Ours<K, V> {
        &self.0
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.0.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}

impl<K: Key, V: Value> Map<K, V> for Guards<K, V> {
    type Handle<'map> = &'map Self;

    fn with_capacity(capacity: usize) -> Self {
        Self(Store::with_capacity_and_hasher(capacity, Hasher::default()))
    }

    fn handle(&self) -> &Self {
        self
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.0.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}

impl<K: Key, V: Value, S: BuildHasher> Handle<K, V> for &Store<K, V, S> {
    #[inline]
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        // As users do: a number is copied out, what owns memory is looked at where it is.
        if std::mem::needs_drop::<V>() {
            self.view(key, |_, value| f(value))
        } else {
            self.get_cloned(key).as_ref().map(f)
        }
    }

    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        Store::insert(self, key, value).is_none()
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        Store::update(self, key, change).is_some()
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        Store::remove(self, key).is_some()
    }

    fn len(&mut self) -> usize {
        Store::len(self)
    }

    fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
        self.iter().for_each(|entry| f(entry.key(), entry.value()));
    }
}

impl<K: Key, V: Value> Handle<K, V> for &Guards<K, V> {
    #[inline]
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        self.0.get(key).map(|value| f(&value))
    }

    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        self.0.insert(key, value).is_none()
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        self.0.get_mut(key).map(|mut value| change(&mut value)).is_some()
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        self.0.remove(key).is_some()
    }

    fn len(&mut self) -> usize {
        self.0.len()
    }

    fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
        self.0.iter().for_each(|entry| f(entry.key(), entry.value()));
    }
}
