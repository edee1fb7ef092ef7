//! The way to a key's shard: hash, count or sample, route, enter.

use std::hash::{BuildHasher, Hash};

use autoshard_tuning::SlotId;

use super::Store;
use crate::{
    control::Driver,
    migration::step_guard,
    presence::{self, Line, Sample},
    shard::{Errand, ShardRead, ShardWrite, Visitor},
    tuner,
};

/// Part of a step's time that a caller spends when it carries one out: it has work of its own.
const CALLERS_PART: u32 = 4;

/// Runs code inside a hash's shard, entered for writing: `inside!(store.write(hash, errand), |shard| code)`, which is `None` while the
/// store has never had an entry; or `store.insert(…)`, which makes shards, and more of them.
///
/// The code is compiled twice: for the way in that most take, where it is inlined, with what is known of that way; and for the patient
/// one. A closure called from both is inlined into neither, which took a sixth off the throughput of updates.
macro_rules! inside {
    ($store:ident.write($hash:expr, $errand:expr), |$shard:pat_param| $code:expr) => {
        match $store.write_at_once($hash, $errand) {
            Some($shard) => Some($code),
            None => $store.write_patiently($hash, $errand, move |$shard| $code),
        }
    };
    ($store:ident.insert($hash:expr, $errand:expr), |$shard:pat_param| $code:expr) => {
        match $store.write_at_once($hash, $errand) {
            Some(entered) if !entered.is_full() => {
                let $shard = entered;
                $code
            }
            full => {
                drop(full);
                $store.insert_patiently($hash, $errand, move |$shard| $code)
            }
        }
    };
}
pub(super) use inside;

impl<K, V, S: BuildHasher> Store<K, V, S> {
    /// A key's hash.
    #[inline(always)]
    pub(super) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.body.hasher.hash_one(key)
    }

    /// Enters a hash's shard for reading, if that is possible at once, and no sample is due.
    ///
    /// That is all that most accesses need, and all that is inlined. Who gets `None` has nothing to keep for the second, patient
    /// try, so that no register need be saved for it.
    #[inline(always)]
    pub(super) fn enter_shared_at_once(&self, hash: u64, errand: Errand) -> Option<ShardRead<'_, K, V>> {
        let line = line_at_once()?;
        let shard = self.body.enter_shared_at_once(hash, Visitor::new(Some(line), errand))?;
        line.count_down();
        Some(shard)
    }

    /// Enters a hash's shard for reading; `None` while the store has never had an entry.
    pub(super) fn enter_shared(&self, hash: u64, errand: Errand) -> Option<ShardRead<'_, K, V>> {
        let line = self.count(hash, false);
        self.body.enter_shared(hash, Visitor::new(line, errand))
    }

    /// The patient way of [`inside`]; `None` while the store has never had an entry.
    #[cold]
    #[inline(never)]
    pub(super) fn write_patiently<'a, R>(
        &'a self,
        hash: u64,
        errand: Errand,
        inside: impl FnOnce(ShardWrite<'a, K, V>) -> R,
    ) -> Option<R> {
        let line = self.count(hash, true);
        self.body.enter_exclusive(hash, Visitor::new(line, errand)).map(inside)
    }

    /// The patient way of [`inside`] for insertions: makes the first shards if there are none yet, or more of them if they are full.
    #[cold]
    #[inline(never)]
    pub(super) fn insert_patiently<'a, R>(
        &'a self,
        hash: u64,
        errand: Errand,
        inside: impl FnOnce(ShardWrite<'a, K, V>) -> R,
    ) -> R {
        let visitor = Visitor::new(self.count(hash, true), errand);
        loop {
            match self.body.enter_exclusive(hash, visitor) {
                Some(shard) => {
                    if let Some(shard) = self.unless_split(shard, hash) {
                        return inside(shard);
                    }
                }
                None => self.body.lay_out(),
            }
        }
    }

    /// The shard that was entered for an insertion, unless it is full and has therefore been split.
    pub(super) fn unless_split<'a>(&'a self, shard: ShardWrite<'a, K, V>, hash: u64) -> Option<ShardWrite<'a, K, V>> {
        if shard.is_full() { self.body.split_full(shard, hash) } else { Some(shard) }
    }

    /// As [`enter_shared_at_once`](Self::enter_shared_at_once), for writing.
    #[inline(always)]
    pub(super) fn write_at_once(&self, hash: u64, errand: Errand) -> Option<ShardWrite<'_, K, V>> {
        let line = line_at_once()?;
        let shard = self.body.enter_exclusive_at_once(hash, Visitor::new(Some(line), errand))?;
        line.count_down();
        Some(shard)
    }

    /// Counts an access: one in N is sampled. Says who accesses.
    pub(super) fn count(&self, hash: u64, is_write: bool) -> Option<&'static Line> {
        let line = presence::current();
        match line {
            Some(line) if line.is_sample_due() => self.sample(line, hash, is_write),
            Some(line) => line.count_down(),
            None => {}
        }
        line
    }

    /// The slot of a key.
    pub(crate) fn slot_of<Q: Hash + ?Sized>(&self, key: &Q) -> SlotId {
        self.control.directory.slot(self.hash(key))
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
        |key| self.hash(key)
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
            self.body.step(self.control.policy().migration.step() / CALLERS_PART);
        }
    }
}

/// The calling thread's line, if it has one and no sample is due.
#[inline(always)]
fn line_at_once() -> Option<&'static Line> {
    presence::current_if_any().filter(|line| !line.is_sample_due())
}
