//! Keys that are there or that are not, in random order, and maps that have the ones and not the others.

use hashbrown::HashMap;
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};

use crate::{Hasher, Numbers};

/// Entries of a map: about the size of a second-level cache, as in the figures that chose the design.
pub(crate) const ENTRIES: u64 = 100_000;

/// Operations of one iteration.
pub(crate) const OPERATIONS: u64 = 10_000;

/// Keys that are there or that are not, in random order.
pub(crate) struct Keys {
    present: Vec<u64>,
    absent: Vec<u64>,
}

impl Keys {
    /// Keys for maps of so many entries.
    pub(crate) fn draw(entries: u64) -> Self {
        let mut keys: Vec<u64> = (0..2 * entries).collect();
        keys.shuffle(&mut SmallRng::seed_from_u64(0x5eed));
        let absent = keys.split_off(entries as usize);
        Self { present: keys, absent }
    }

    /// A store with the present keys, without a tuner that would move shards meanwhile.
    pub(crate) fn store(&self) -> Numbers {
        let builder = autoshard::Store::builder().hasher(Hasher::default()).capacity(2 * self.present.len());
        let store = builder.set("tuner.enabled", "false").build().expect("tuner.enabled may be false");
        for &key in &self.present {
            store.insert(key, key);
        }
        store
    }

    /// hashbrown's own map with the present keys.
    pub(crate) fn hashbrown(&self) -> HashMap<u64, u64, Hasher> {
        let mut map = HashMap::with_capacity_and_hasher(2 * self.present.len(), Hasher::default());
        map.extend(self.present.iter().map(|&key| (key, key)));
        map
    }

    /// All keys that are there.
    pub(crate) fn all_present(&self) -> &[u64] {
        &self.present
    }

    /// Keys of one iteration that are there.
    pub(crate) fn present(&self) -> &[u64] {
        &self.present[..self.present.len().min(OPERATIONS as usize)]
    }

    /// Keys of one iteration that are not there.
    pub(crate) fn absent(&self) -> &[u64] {
        &self.absent[..self.absent.len().min(OPERATIONS as usize)]
    }
}
