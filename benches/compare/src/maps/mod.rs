//! The maps, one file each, behind one trait.

use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;

use crate::{round, workload::Prepared};

mod autoshard;
mod dashmap;
mod limit;
mod papaya;
mod rwlock;
mod scc;

/// Hasher of every map: all let one choose it.
pub(crate) type Hasher = foldhash::fast::RandomState;

/// A map from `u64` to `u64`.
pub(crate) trait Map: Sync + Sized {
    /// What one thread works on the map with.
    type Handle<'map>: Handle
    where
        Self: 'map;

    /// Whether threads may share it; one that may not runs alone, and counts once for each core that threads would use.
    const SHARED: bool = true;

    /// An empty map with room for so many entries.
    fn with_capacity(capacity: usize) -> Self;

    /// A handle, for the thread that asks for it.
    fn handle(&self) -> Self::Handle<'_>;
}

/// The operations. What they answer is used, so that no compiler leaves them out.
pub(crate) trait Handle {
    /// The value.
    fn get(&mut self, key: u64) -> Option<u64>;

    /// Inserts or replaces; whether there was none before.
    fn insert(&mut self, key: u64, value: u64) -> bool;

    /// Adds one to the value; whether there was one.
    fn update(&mut self, key: u64) -> bool;

    /// Removes; whether there was a value.
    fn remove(&mut self, key: u64) -> bool;
}

/// The maps, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contestant {
    /// `autoshard::Store` as it comes, tuning itself.
    Autoshard,
    /// `autoshard::Store` with its tuner off.
    AutoshardUntuned,
    /// `dashmap::DashMap`.
    Dashmap,
    /// `papaya::HashMap`, pinned for each operation.
    Papaya,
    /// `scc::HashMap`.
    Scc,
    /// `hashbrown::HashMap` in a `parking_lot::RwLock`.
    Rwlock,
    /// `hashbrown::HashMap` on one thread, without synchronisation, times the cores that the threads could use.
    Limit,
}

impl Contestant {
    /// The name, as `--map` takes it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().expect("no map is hidden").get_name().to_owned()
    }

    /// Its map, filled, and ready for rounds.
    pub(crate) fn enter(self, prepared: &Arc<Prepared>) -> Box<dyn Entered> {
        match self {
            Self::Autoshard => Filled::<autoshard::Tuned>::boxed(prepared),
            Self::AutoshardUntuned => Filled::<autoshard::Untuned>::boxed(prepared),
            Self::Dashmap => Filled::<dashmap::DashMap>::boxed(prepared),
            Self::Papaya => Filled::<papaya::Papaya>::boxed(prepared),
            Self::Scc => Filled::<scc::Scc>::boxed(prepared),
            Self::Rwlock => Filled::<rwlock::RwLocked>::boxed(prepared),
            Self::Limit => Filled::<limit::Limit>::boxed(prepared),
        }
    }
}

/// A map that has entered a cell, whatever its type: chosen once a round, not once an operation.
pub(crate) trait Entered {
    /// One round of the prepared operations.
    fn round(&self, length: std::time::Duration) -> round::Outcome;

    /// The sum of the values of the keys that were there at first, wrapping around.
    fn sum(&self) -> u64;
}

/// A map with the keys of a workload in it.
struct Filled<M> {
    map: M,
    prepared: Arc<Prepared>,
}

impl<M: Map + 'static> Filled<M> {
    /// Each key is there with the value zero.
    fn boxed(prepared: &Arc<Prepared>) -> Box<dyn Entered> {
        let map = M::with_capacity(prepared.present.len());
        let mut handle = map.handle();
        for &key in &prepared.present {
            handle.insert(key, 0);
        }
        drop(handle);
        Box::new(Self { map, prepared: Arc::clone(prepared) })
    }
}

impl<M: Map> Entered for Filled<M> {
    fn round(&self, length: std::time::Duration) -> round::Outcome {
        round::run(&self.map, &self.prepared.operations, length)
    }

    fn sum(&self) -> u64 {
        let mut handle = self.map.handle();
        self.prepared.present.iter().filter_map(|&key| handle.get(key)).fold(0, u64::wrapping_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Distribution, Mix, Workload};

    fn assert_behaves<M: Map>() {
        let map = M::with_capacity(10);
        let mut handle = map.handle();
        assert!(handle.insert(1, 10));
        assert!(!handle.insert(1, 11));
        assert_eq!((handle.get(1), handle.get(2)), (Some(11), None));
        assert!(handle.update(1));
        assert!(!handle.update(2));
        assert_eq!(handle.get(1), Some(12));
        assert!(handle.remove(1));
        assert!(!handle.remove(1));
        assert_eq!(handle.get(1), None);
    }

    #[test]
    fn every_map_does_as_it_is_told() {
        assert_behaves::<autoshard::Tuned>();
        assert_behaves::<autoshard::Untuned>();
        assert_behaves::<dashmap::DashMap>();
        assert_behaves::<papaya::Papaya>();
        assert_behaves::<scc::Scc>();
        assert_behaves::<rwlock::RwLocked>();
        assert_behaves::<limit::Limit>();
    }

    #[test]
    fn every_map_enters_with_its_keys() {
        let workload = Workload { mix: Mix::Update, distribution: Distribution::Uniform, keys: 100 };
        let prepared = Arc::new(workload.prepare(2));
        for contestant in Contestant::value_variants() {
            let map = contestant.enter(&prepared);
            let outcome = map.round(std::time::Duration::from_millis(1));
            assert_eq!(outcome.hits, outcome.operations, "{contestant:?}: every key is there");
            assert_eq!(map.sum(), outcome.updates, "{contestant:?}: no update is lost");
        }
    }
}
