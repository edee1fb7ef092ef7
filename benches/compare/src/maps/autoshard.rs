//! Our own store, tuned and untuned.

use ::autoshard::Store;

use super::{Handle, Hasher, Map};

type Numbers = Store<u64, u64, Hasher>;

/// As it comes.
pub(super) struct Tuned(Numbers);

impl Map for Tuned {
    type Handle<'map> = &'map Numbers;

    fn with_capacity(capacity: usize) -> Self {
        Self(Store::with_capacity_and_hasher(capacity, Hasher::default()))
    }

    fn handle(&self) -> &Numbers {
        &self.0
    }
}

/// With the tuner off: it keeps the shards that it starts with.
pub(super) struct Untuned(Numbers);

impl Map for Untuned {
    type Handle<'map> = &'map Numbers;

    fn with_capacity(capacity: usize) -> Self {
        let builder = Store::builder().hasher(Hasher::default()).capacity(capacity);
        Self(builder.set("tuner.enabled", "false").build().expect("tuner.enabled may be false"))
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
        Numbers::update(self, &key, |value| *value += 1).is_some()
    }

    fn remove(&mut self, key: u64) -> bool {
        Numbers::remove(self, &key).is_some()
    }
}
