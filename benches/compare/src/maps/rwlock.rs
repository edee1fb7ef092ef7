//! One table behind one lock: what people start with.

use hashbrown::HashMap;
use parking_lot::RwLock;

use super::{Handle, Hasher, Map};

type Numbers = RwLock<HashMap<u64, u64, Hasher>>;

pub(super) struct RwLocked(Numbers);

impl Map for RwLocked {
    type Handle<'map> = &'map Numbers;

    fn with_capacity(capacity: usize) -> Self {
        Self(RwLock::new(HashMap::with_capacity_and_hasher(capacity, Hasher::default())))
    }

    fn handle(&self) -> &Numbers {
        &self.0
    }
}

impl Handle for &Numbers {
    fn get(&mut self, key: u64) -> Option<u64> {
        self.read().get(&key).copied()
    }

    fn insert(&mut self, key: u64, value: u64) -> bool {
        self.write().insert(key, value).is_none()
    }

    fn update(&mut self, key: u64) -> bool {
        self.write().get_mut(&key).map(|value| *value += 1).is_some()
    }

    fn remove(&mut self, key: u64) -> bool {
        self.write().remove(&key).is_some()
    }
}
