//! papaya: lock-free, with memory reclamation. It is pinned for each operation, as callers do who come one at a time; a
//! caller with a batch could pin once.

use super::{Handle, Hasher, Map};

type Numbers = ::papaya::HashMap<u64, u64, Hasher>;

pub(super) struct Papaya(Numbers);

impl Map for Papaya {
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
        self.pin().get(&key).copied()
    }

    fn insert(&mut self, key: u64, value: u64) -> bool {
        self.pin().insert(key, value).is_none()
    }

    fn update(&mut self, key: u64) -> bool {
        self.pin().update(key, |value| value + 1).is_some()
    }

    fn remove(&mut self, key: u64) -> bool {
        self.pin().remove(&key).is_some()
    }
}
