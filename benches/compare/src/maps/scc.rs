//! scc: a lock for each bucket.

use super::{Handle, Hasher, Map};

type Numbers = ::scc::HashMap<u64, u64, Hasher>;

pub(super) struct Scc(Numbers);

impl Map for Scc {
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
        self.read_sync(&key, |_, value| *value)
    }

    fn insert(&mut self, key: u64, value: u64) -> bool {
        self.upsert_sync(key, value).is_none()
    }

    fn update(&mut self, key: u64) -> bool {
        self.update_sync(&key, |_, value| *value += 1).is_some()
    }

    fn remove(&mut self, key: u64) -> bool {
        self.remove_sync(&key).is_some()
    }
}
