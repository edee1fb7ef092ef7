//! The limit: the table that most of these maps are made of, without any synchronisation.

use hashbrown::HashMap;
use parking_lot::{Mutex, MutexGuard};

use super::{Handle, Hasher, Map};

type Numbers = HashMap<u64, u64, Hasher>;

/// Its lock is taken once a round.
pub(super) struct Limit(Mutex<Numbers>);

impl Map for Limit {
    type Handle<'map> = MutexGuard<'map, Numbers>;

    const SHARED: bool = false;

    fn with_capacity(capacity: usize) -> Self {
        Self(Mutex::new(HashMap::with_capacity_and_hasher(capacity, Hasher::default())))
    }

    fn handle(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock()
    }
}

impl Handle for MutexGuard<'_, Numbers> {
    fn get(&mut self, key: u64) -> Option<u64> {
        Numbers::get(self, &key).copied()
    }

    fn insert(&mut self, key: u64, value: u64) -> bool {
        Numbers::insert(self, key, value).is_none()
    }

    fn update(&mut self, key: u64) -> bool {
        Numbers::get_mut(self, &key).map(|value| *value += 1).is_some()
    }

    fn remove(&mut self, key: u64) -> bool {
        Numbers::remove(self, &key).is_some()
    }
}
