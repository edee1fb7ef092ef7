//! 64 shards for ever: what people write who know that one lock is too few.

use std::{hash::BuildHasher, mem};

use crossbeam_utils::CachePadded;
use hashbrown::{HashTable, hash_table::Entry};
use parking_lot::RwLock;

use super::{Handle, Hasher, Map};
use crate::value::{Key, Value};

/// Binary digits of the number of shards.
const SHARD_BITS: u32 = 6;

/// Top bits of a hash that hashbrown tells entries apart by.
const TAG_BITS: u32 = 7;

type Shard<K, V> = CachePadded<RwLock<HashTable<(K, V)>>>;

/// The key is hashed once, for shard and table.
pub(super) struct FixedShards<K, V> {
    shards: Box<[Shard<K, V>]>,
    hasher: Hasher,
}

impl<K: Key, V: Value> FixedShards<K, V> {
    fn route(&self, key: &K) -> (u64, &RwLock<HashTable<(K, V)>>) {
        let hash = self.hasher.hash_one(key);
        (hash, &self.shards[(hash << TAG_BITS >> (u64::BITS - SHARD_BITS)) as usize])
    }
}

impl<K: Key, V: Value> Map<K, V> for FixedShards<K, V> {
    type Handle<'map> = &'map Self;

    fn with_capacity(capacity: usize) -> Self {
        let of_shard = capacity.div_ceil(1 << SHARD_BITS);
        let shard = |_| CachePadded::new(RwLock::new(HashTable::with_capacity(of_shard)));
        Self { shards: (0..1 << SHARD_BITS).map(shard).collect(), hasher: Hasher::default() }
    }

    fn handle(&self) -> &Self {
        self
    }
}

impl<K: Key, V: Value> Handle<K, V> for &FixedShards<K, V> {
    #[inline]
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        let (hash, shard) = self.route(key);
        shard.read().find(hash, |entry| entry.0 == *key).map(|entry| f(&entry.1))
    }

    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        let (hash, shard) = self.route(&key);
        match shard.write().entry(hash, |entry| entry.0 == key, |entry| self.hasher.hash_one(&entry.0)) {
            Entry::Occupied(mut entry) => {
                drop(mem::replace(&mut entry.get_mut().1, value));
                false
            }
            Entry::Vacant(entry) => {
                entry.insert((key, value));
                true
            }
        }
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        let (hash, shard) = self.route(key);
        shard.write().find_mut(hash, |entry| entry.0 == *key).map(|entry| change(&mut entry.1)).is_some()
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        let (hash, shard) = self.route(key);
        shard.write().find_entry(hash, |entry| entry.0 == *key).map(|entry| entry.remove()).is_ok()
    }

    fn len(&mut self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    fn for_each(&mut self, mut f: impl FnMut(&K, &V)) {
        for shard in &self.shards {
            shard.read().iter().for_each(|(key, value)| f(key, value));
        }
    }
}
