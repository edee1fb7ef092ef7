//! What the tuner is shown: one window of one store, in plain numbers.

use std::time::Duration;

use crate::{Bias, Costs, Outcome, Users};

/// Index of a shard's header: stable while the shard is in use, reused after it retired.
pub type ShardId = u16;

/// Index of a slot, one of a store's fixed, power-of-two number of hash ranges.
pub type SlotId = u16;

/// Everything a controller may base its decision on, for one store and one window.
///
/// The observation is complete: a controller keeps its own memory of earlier windows and looks nowhere else, so the
/// same observations always give the same decisions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// Time since the store was opened, at the end of the window.
    pub at: Duration,
    /// Length of the window.
    pub window: Duration,
    /// Cores that the process may use.
    pub cores: u32,
    /// Share of all those cores that the process used in the window, 0 to 1; `None` where it is not known.
    pub cpu_use: Option<f64>,
    /// The shard of each slot; its length is the number of slots.
    pub directory: Vec<ShardId>,
    /// Sampled accesses of each slot in the window, parallel to `directory`; empty when nothing was sampled.
    pub slot_loads: Vec<Load>,
    /// Accesses that one sample stands for, in the mean over the window.
    pub sample_every: u32,
    /// Samples taken in the window.
    pub samples: u64,
    /// Samples that were to be taken in the window, and were not for want of room, whatever the store: the count is the process's.
    pub samples_missed: u64,
    /// The shards that own slots, in order of their ids.
    pub shards: Vec<ShardObservation>,
    /// Entries at the end of the window beyond those at its beginning; 0 if they became fewer.
    pub grown: u64,
    /// Estimated shares of the most frequent keys, greatest first, over the tracker's (ageing) horizon.
    pub hot_keys: Vec<HotKeyEstimate>,
    /// What became of the last decision that was to change something, in the first observation after it ended.
    pub outcome: Option<Outcome>,
    /// Whether a plan is still being carried out; a controller holds meanwhile.
    pub busy: bool,
    /// Whether the store's entries can be migrated at all (a store may have been built without the means).
    pub can_migrate: bool,
    /// What the parts of locking cost on this machine, as long as nothing was timed.
    pub costs: Costs,
    /// Presence lines in use: threads that have used a store of the process, and still run.
    pub threads: u32,
    /// Probability that two accesses of the store, drawn at random from the window, are by different threads, 0 to 1.
    pub thread_mix: f64,
    /// Whether the system has a heavy barrier, without which shards are neither asymmetric nor owned.
    pub has_heavy_barrier: bool,
    /// Heavy barriers issued in the process in the window, whatever for.
    pub heavy_barriers: u64,
}

/// Sampled reads and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Samples of operations that only read.
    pub reads: u32,
    /// Samples of operations that may write.
    pub writes: u32,
}

impl Load {
    /// All samples.
    #[must_use]
    pub fn total(self) -> u64 {
        u64::from(self.reads) + u64::from(self.writes)
    }
}

/// One shard in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardObservation {
    /// The shard.
    pub id: ShardId,
    /// Slots that it owns.
    pub slots: u32,
    /// Entries in it, at the end of the window.
    pub entries: usize,
    /// Entries that its table holds before it grows.
    pub capacity: usize,
    /// Bytes of its table.
    pub table_bytes: usize,
    /// Whether the table was made larger than its entries asked for, since the store's owner asked for room.
    pub is_reserved: bool,
    /// Sampled accesses in the window.
    pub load: Load,
    /// Acquisitions of its lock in the window that had to wait: exact, not sampled.
    pub waits: u64,
    /// Time spent in those waits, in nanoseconds.
    pub wait_ns: u64,
    /// The mode of its lock, at the end of the window.
    pub bias: Bias,
    /// Times in the window that somebody had to revoke that mode, or the one before: exact.
    pub revocations: u64,
    /// Time spent in those revocations, in nanoseconds.
    pub revocation_ns: u64,
    /// Of those by a fence, the ones that were timed and had to wait for nobody: a fence and a look at every presence line.
    pub looks: Timing,
    /// Heavy barriers issued for the shard in the window.
    pub barriers: Timing,
    /// Who used it in the window, as far as samples tell.
    pub users: Users,
}

/// What was timed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// How often.
    pub count: u64,
    /// How long in all, in nanoseconds, without what reading the clock takes.
    pub ns: u64,
}

impl Timing {
    /// How long in the mean, in nanoseconds; `None` if nothing was timed.
    #[must_use]
    pub fn mean_ns(self) -> Option<f64> {
        (self.count > 0).then(|| self.ns as f64 / self.count as f64)
    }
}

/// A key's estimated share of all accesses, with bounds that hold at 99.9 % confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HotKeyEstimate {
    /// The key's hash.
    pub hash: u64,
    /// Its slot.
    pub slot: SlotId,
    /// Best estimate of its share of all accesses, 0 to 1.
    pub share: f64,
    /// Lower bound of the share.
    pub share_lower: f64,
    /// Upper bound of the share.
    pub share_upper: f64,
    /// Share of its accesses that only read, 0 to 1.
    pub read_share: f64,
}

impl HotKeyEstimate {
    /// Whether the key counts as hot at a threshold, a share of all accesses from 0 to 1: it may be above the threshold, and is above half
    /// of it for certain.
    ///
    /// With samples enough, some 200 for each multiple of the threshold, no key above is missed, and none below half of it is called hot; with
    /// more of them, keys in between are told apart, too.
    ///
    /// ```
    /// use autoshard_tuning::HotKeyEstimate;
    ///
    /// let key = |share_lower, share_upper| HotKeyEstimate { share_lower, share_upper, ..HotKeyEstimate::default() };
    /// assert!(key(0.04, 0.07).is_hot(0.05));
    /// assert!(!key(0.02, 0.07).is_hot(0.05), "it may be below half of the threshold");
    /// assert!(!key(0.04, 0.07).is_hot(0.075), "it is below the threshold for certain");
    /// ```
    #[must_use]
    pub fn is_hot(&self, threshold: f64) -> bool {
        /// Keys of a share below this part of the threshold are never called hot.
        const NOT_HOT_BELOW: f64 = 0.5;
        self.share_lower > threshold * NOT_HOT_BELOW && self.share_upper >= threshold
    }
}
