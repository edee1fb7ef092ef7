//! The maps, one file each, behind one trait.

use crate::value::{Key, Value};

mod autoshard;
mod contestant;
mod dashmap;
mod fixed_shards;
mod flurry;
mod forced;
mod limit;
mod papaya;
mod scc;
mod single_lock;
mod staging;
mod starshard;

pub(crate) use autoshard::{Ours, fixed_store, movable_store, settled_store, strategic_store};
pub(crate) use contestant::{Contestant, Role};
pub(crate) use staging::Staging;

/// Hasher of every map: all let one choose it.
pub(crate) type Hasher = foldhash::fast::RandomState;

/// A concurrent map.
pub(crate) trait Map<K, V>: Send + Sync + Sized + 'static {
    /// What one thread works on the map with.
    type Handle<'map>: Handle<K, V>;

    /// Whether threads may share it; one that may not runs alone, and counts once for each core that threads would use.
    const SHARED: bool = true;

    /// An empty map with room for so many entries, where it can be told.
    fn with_capacity(capacity: usize) -> Self;

    /// A handle, for the thread that asks for it.
    fn handle(&self) -> Self::Handle<'_>;

    /// How many entries there are, and the sum of what the function makes of each: found by all threads of the pool that this is called in, where
    /// the map has parallel iterators, otherwise by the calling thread.
    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let mut sum = (0, 0);
        self.handle().for_each(|key, value| sum = add(sum, (1, part(key, value))));
        sum
    }
}

/// Adds counts of entries, and what was made of them.
fn add((entries, sum): (u64, u64), (more, part): (u64, u64)) -> (u64, u64) {
    (entries + more, sum.wrapping_add(part))
}

/// The operations, each as a user of that map would write it. What they answer is used, so that no compiler leaves them out.
pub(crate) trait Handle<K, V> {
    /// What the function makes of the value.
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R>;

    /// Inserts or replaces; whether there was none before.
    fn insert(&mut self, key: K, value: V) -> bool;

    /// Changes the value in place, or as near to that as the map comes; whether there was one.
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool;

    /// Removes; whether there was a value.
    fn remove(&mut self, key: &K) -> bool;

    /// Entries, as the map counts them.
    fn len(&mut self) -> usize;

    /// Goes through all entries.
    fn for_each(&mut self, f: impl FnMut(&K, &V));
}

/// Something that is done with a map of any type: chosen once, not once an operation.
pub(crate) trait Visitor<K, V> {
    type Output;

    fn visit<M: Map<K, V>>(self) -> Self::Output;
}

impl Contestant {
    /// Does it with this map.
    pub(crate) fn accept<K: Key, V: Value, A: Visitor<K, V>>(self, visitor: A) -> A::Output {
        match self {
            Self::Autoshard => visitor.visit::<Ours<K, V>>(),
            Self::AutoshardDefault => visitor.visit::<autoshard::Default<K, V>>(),
            Self::AutoshardUntuned => visitor.visit::<autoshard::Untuned<K, V>>(),
            Self::AutoshardGuards => visitor.visit::<autoshard::Guards<K, V>>(),
            Self::AutoshardNeutral => visitor.visit::<forced::Forced<K, V, forced::Neutral>>(),
            Self::AutoshardFenced => visitor.visit::<forced::Forced<K, V, forced::Fenced>>(),
            Self::AutoshardAsymmetric => visitor.visit::<forced::Forced<K, V, forced::Asymmetric>>(),
            Self::AutoshardOwned => visitor.visit::<forced::Forced<K, V, forced::Owned>>(),
            Self::Dashmap => visitor.visit::<dashmap::DashMap6<K, V>>(),
            Self::Dashmap1024 => visitor.visit::<dashmap::DashMap1024<K, V>>(),
            Self::Dashmap7 => visitor.visit::<dashmap::DashMap7<K, V>>(),
            Self::Papaya => visitor.visit::<papaya::Papaya<K, V>>(),
            Self::Scc => visitor.visit::<scc::Scc<K, V>>(),
            Self::Flurry => visitor.visit::<flurry::Flurry<K, V>>(),
            Self::Starshard => visitor.visit::<starshard::Starshard<K, V>>(),
            Self::Rwlock => visitor.visit::<single_lock::ParkingLot<K, V>>(),
            Self::StdRwlock => visitor.visit::<single_lock::Standard<K, V>>(),
            Self::FixedShards => visitor.visit::<fixed_shards::FixedShards<K, V>>(),
            Self::Limit => visitor.visit::<limit::Limit<K, V>>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    /// Does each operation once, and sees what it came to.
    struct Behaves;

    impl Visitor<u64, u64> for Behaves {
        type Output = ();

        fn visit<M: Map<u64, u64>>(self) {
            let map = M::with_capacity(10);
            let mut handle = map.handle();
            assert!(handle.insert(1, 10));
            assert!(!handle.insert(1, 11));
            assert_eq!((handle.get(&1, |value| *value), handle.get(&2, |value| *value)), (Some(11), None));
            assert!(handle.update(&1, Value::update));
            assert!(!handle.update(&2, Value::update));
            assert!(handle.insert(2, 20));
            let mut entries = Vec::new();
            handle.for_each(|&key, &value| entries.push((key, value)));
            entries.sort_unstable();
            assert_eq!((entries, handle.len()), (vec![(1, 12), (2, 20)], 2));
            drop(handle);
            assert_eq!(map.sum(|&key, &value| key + value), (2, 35));
            let mut handle = map.handle();
            assert!(handle.remove(&1));
            assert!(!handle.remove(&1));
            assert_eq!((handle.get(&1, |value| *value), handle.len()), (None, 1));
        }
    }

    #[test]
    fn every_map_does_as_it_is_told() {
        for contestant in Contestant::value_variants() {
            contestant.accept(Behaves);
        }
    }
}
