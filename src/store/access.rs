//! The way to a key's shard: hash, sample, route, enter.

use std::hash::{BuildHasher, Hash};

use autoshard_tuning::SlotId;

use super::Store;
use crate::{
    control::Driver,
    migration::step_guard,
    presence::{self, Line, Sample},
    shard::{ShardWrite, Visitor},
    tuner,
};

/// Part of a step's time that a caller spends when it carries one out: it has work of its own.
const CALLERS_PART: u32 = 4;

/// A key's way: its hash, and who is on it.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) hash: u64,
    pub(super) line: Option<&'static Line>,
}

impl<K, V, S: BuildHasher> Store<K, V, S> {
    /// Hashes the key, and counts the access: one in N is sampled.
    #[inline]
    pub(super) fn way<Q: Hash + ?Sized>(&self, key: &Q, is_write: bool) -> Way {
        let hash = self.body.hasher.hash_one(key);
        let line = presence::current();
        if let Some(line) = line
            && line.count_down()
        {
            self.sample(line, hash, is_write);
        }
        Way { hash, line }
    }

    /// The slot of a key.
    pub(crate) fn slot_of<Q: Hash + ?Sized>(&self, key: &Q) -> SlotId {
        self.control.directory.slot(self.body.hasher.hash_one(key))
    }

    /// The hash of a key or of anything else, by the store's hasher: on 64-bit machines, the one that decides where a key lies.
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// let store: autoshard::Store<u64, u64> = autoshard::Store::new();
    /// assert_eq!(store.hash_usize(&1_u64), store.hasher().hash_one(1_u64) as usize);
    /// ```
    pub fn hash_usize<T: Hash>(&self, item: &T) -> usize {
        self.body.hasher.hash_one(item) as usize
    }

    /// Hashes a key that is in the store already.
    pub(super) fn rehash(&self) -> impl Fn(&K) -> u64
    where
        K: Hash,
    {
        |key| self.body.hasher.hash_one(key)
    }

    #[cold]
    fn sample(&self, line: &Line, hash: u64, is_write: bool) {
        line.restart_countdown();
        if !self.control.directory.is_laid_out() {
            return;
        }
        // First, or whoever collects would not know whose sample it is.
        if self.body.keeps_samples() {
            line.keep(Sample { store: self.control.number, hash, is_write });
            tuner::nudge();
        }
        // Somebody must carry out what the tuner decided; not while this thread holds a guard, which the step might wait for.
        if self.control.has_work()
            && self.control.driver() == Driver::Callers
            && !line.holds_guard()
            && !step_guard::is_active()
        {
            self.body.step(self.control.policy.migration.step() / CALLERS_PART);
        }
    }

    /// Enters a key's shard for writing, and makes the first shards if there are none yet.
    #[inline]
    pub(super) fn enter_to_insert(&self, way: Way, visitor: Visitor) -> ShardWrite<'_, K, V> {
        loop {
            if let Some(shard) = self.body.enter_exclusive(way.hash, visitor) {
                return shard;
            }
            self.body.lay_out();
        }
    }
}
