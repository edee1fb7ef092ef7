//! The maps that are measured, under one set of names.

use std::hash::BuildHasher;

use autoshard::Store;
use dashmap::DashMap;
use hashbrown::HashMap;

/// A map from numbers to numbers, used by one thread. Names are the store's own.
pub(crate) trait Map {
    /// Copied through a guard, where the map has any.
    fn get(&mut self, key: u64) -> Option<u64>;

    /// Copied out without one, where the map can.
    fn get_cloned(&mut self, key: u64) -> Option<u64>;

    /// Read by a closure, where the map can.
    fn view(&mut self, key: u64) -> Option<u64>;

    /// Makes the value greater by one; returns the one before.
    fn update(&mut self, key: u64) -> Option<u64>;

    fn insert(&mut self, key: u64, value: u64) -> Option<u64>;

    fn remove(&mut self, key: u64) -> Option<u64>;
}

/// Adds one to what is there, and returns what was.
#[inline]
fn increment(value: &mut u64) -> u64 {
    let before = *value;
    *value = before.wrapping_add(1);
    before
}

impl<S: BuildHasher> Map for Store<u64, u64, S> {
    #[inline(always)]
    fn get(&mut self, key: u64) -> Option<u64> {
        Store::get(self, &key).map(|value| *value)
    }

    #[inline(always)]
    fn get_cloned(&mut self, key: u64) -> Option<u64> {
        Store::get_cloned(self, &key)
    }

    #[inline(always)]
    fn view(&mut self, key: u64) -> Option<u64> {
        Store::view(self, &key, |_, value| *value)
    }

    #[inline(always)]
    fn update(&mut self, key: u64) -> Option<u64> {
        Store::update(self, &key, increment)
    }

    #[inline(always)]
    fn insert(&mut self, key: u64, value: u64) -> Option<u64> {
        Store::insert(self, key, value)
    }

    #[inline(always)]
    fn remove(&mut self, key: u64) -> Option<u64> {
        Store::remove(self, &key).map(|(_, value)| value)
    }
}

impl<S: BuildHasher + Clone> Map for DashMap<u64, u64, S> {
    #[inline(always)]
    fn get(&mut self, key: u64) -> Option<u64> {
        DashMap::get(self, &key).map(|value| *value)
    }

    #[inline(always)]
    fn get_cloned(&mut self, key: u64) -> Option<u64> {
        Map::get(self, key)
    }

    #[inline(always)]
    fn view(&mut self, key: u64) -> Option<u64> {
        DashMap::view(self, &key, |_, value| *value)
    }

    #[inline(always)]
    fn update(&mut self, key: u64) -> Option<u64> {
        self.get_mut(&key).map(|mut value| increment(&mut value))
    }

    #[inline(always)]
    fn insert(&mut self, key: u64, value: u64) -> Option<u64> {
        DashMap::insert(self, key, value)
    }

    #[inline(always)]
    fn remove(&mut self, key: u64) -> Option<u64> {
        DashMap::remove(self, &key).map(|(_, value)| value)
    }
}

impl<S: BuildHasher> Map for HashMap<u64, u64, S> {
    #[inline(always)]
    fn get(&mut self, key: u64) -> Option<u64> {
        HashMap::get(self, &key).copied()
    }

    #[inline(always)]
    fn get_cloned(&mut self, key: u64) -> Option<u64> {
        HashMap::get(self, &key).copied()
    }

    #[inline(always)]
    fn view(&mut self, key: u64) -> Option<u64> {
        HashMap::get(self, &key).copied()
    }

    #[inline(always)]
    fn update(&mut self, key: u64) -> Option<u64> {
        self.get_mut(&key).map(increment)
    }

    #[inline(always)]
    fn insert(&mut self, key: u64, value: u64) -> Option<u64> {
        HashMap::insert(self, key, value)
    }

    #[inline(always)]
    fn remove(&mut self, key: u64) -> Option<u64> {
        HashMap::remove(self, &key)
    }
}
