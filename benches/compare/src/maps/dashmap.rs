//! dashmap: shards of a fixed number, each behind a lock.

use super::{Handle, Hasher, Map};

type Numbers = ::dashmap::DashMap<u64, u64, Hasher>;

pub(super) struct DashMap(Numbers);

impl Map for DashMap {
    type Handle<'map> = &'map Numbers;

    fn with_capacity(capacity: usize) -> Self {
        Self(Numbers::with_capacity_and_hasher(capacity, Hasher::default()))
    }

    fn handle(&self) -> &Numbers {
        &self.0
    }
}

impl Handle for &Numbers {
    fn get(&mut self, key: u64) -> Option<u64> {
        Numbers::get(self, &key).map(|entry| *entry)
    }

    fn insert(&mut self, key: u64, value: u64) -> bool {
        Numbers::insert(self, key, value).is_none()
    }

    fn update(&mut self, key: u64) -> bool {
        Numbers::get_mut(self, &key).map(|mut value| *value += 1).is_some()
    }

    fn remove(&mut self, key: u64) -> bool {
        Numbers::remove(self, &key).is_some()
    }
}
