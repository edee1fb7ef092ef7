//! The snapshot: everything the store knows of itself, at one moment.
#![forbid(unsafe_code)]

use std::time::Duration;

use autoshard_tuning::Bias;

use crate::workers::WorkerTelemetry;

/// Version of the shape of [`Telemetry`] and [`Event`](crate::telemetry::Event), written into each snapshot.
pub const SCHEMA_VERSION: u32 = 1;

/// All that a store sees of itself, does, and declines to do; from [`Store::telemetry`](crate::Store::telemetry).
///
/// Counters are cumulative since the store was opened and only grow; rates come from two snapshots
/// ([`Telemetry::since`]). Taking a snapshot locks no shard; its parts are read one after another, so they may
/// differ by the operations under way.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Telemetry {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Time since the store was opened: by its first entry, or by whoever looked at it before that.
    pub uptime: Duration,
    /// Entries.
    pub entries: usize,
    /// Number of slots, fixed for the life of the store.
    pub slots: u32,
    /// The shards that own slots, in order of their ids.
    pub shards: Vec<ShardTelemetry>,
    /// How many shards have which mode of their locks.
    pub biases: BiasCounts,
    /// What the parts of locking cost, by which those modes were chosen.
    pub lock_costs: LockCosts,
    /// How unevenly load lies on shards and keys.
    pub skew: Skew,
    /// Waiting for shards, since the store was opened.
    pub contention: ContentionTelemetry,
    /// The most frequent keys by hash, greatest share first ([`Store::hot_keys`](crate::Store::hot_keys) names them).
    pub hot_keys: Vec<HotKeyShare>,
    /// Sampling.
    pub sampling: SamplingTelemetry,
    /// Migrations.
    pub migrations: MigrationTelemetry,
    /// The tuner: whether it runs, and how often it decided what.
    pub tuner: TunerTelemetry,
    /// The store's workers, if it has any ([`Store::workers`](crate::Store::workers)).
    pub workers: Vec<WorkerTelemetry>,
    /// The last decisions, oldest first; at most [`DECISIONS_KEPT`] of them. Equal decisions to hold that follow each
    /// other are kept as one, with a count.
    pub decisions: Vec<DecisionRecord>,
}

/// How many decisions a snapshot shows at most.
pub const DECISIONS_KEPT: usize = 64;

/// One shard.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ShardTelemetry {
    /// Index of the shard's header; reused after the shard retired.
    pub id: u16,
    /// Slots that it owns.
    pub slots: u32,
    /// Entries in it.
    pub entries: usize,
    /// Entries that its table holds before it grows.
    pub capacity: usize,
    /// Bytes of its table.
    pub table_bytes: usize,
    /// The mode of its lock: `neutral`, `fenced`, `asymmetric` or `owned`.
    pub bias: &'static str,
    /// Sampled reads since the shard was made.
    pub sampled_reads: u64,
    /// Sampled writes since the shard was made.
    pub sampled_writes: u64,
    /// Acquisitions that had to wait since the shard was made; exact.
    pub waits: u64,
    /// Time spent in those waits.
    pub wait: Duration,
    /// Entries that had to revoke the mode of its lock since the shard was made; exact.
    pub revocations: u64,
    /// Time spent in those revocations.
    pub revocation: Duration,
    /// Whether it is part of a migration right now.
    pub migrating: bool,
}

/// Numbers of shards by the modes of their locks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BiasCounts {
    /// Neither.
    pub neutral: u32,
    /// Biased towards readers, with a fence.
    pub fenced: u32,
    /// Biased towards readers, without a fence.
    pub asymmetric: u32,
    /// Biased towards one thread.
    pub owned: u32,
}

impl BiasCounts {
    /// Counts modes.
    pub(crate) fn of(biases: impl Iterator<Item = Bias>) -> Self {
        let mut counts = Self::default();
        for bias in biases {
            let count = match bias {
                Bias::Fenced => &mut counts.fenced,
                Bias::Asymmetric => &mut counts.asymmetric,
                Bias::Owned(_) => &mut counts.owned,
                _ => &mut counts.neutral,
            };
            *count += 1;
        }
        counts
    }
}

/// What the tuner takes the parts of locking to cost on this machine, in nanoseconds: what revocations of locks took, in the
/// mean over the last windows, and until there were any, what the policy says; 0 before the first window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LockCosts {
    /// A cache line that another core has written comes here.
    pub remote_line_ns: f64,
    /// A barrier for all cores.
    pub heavy_barrier_ns: f64,
}

/// How unevenly load lies, over the last window that had enough samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Skew {
    /// Greatest load of a shard over the mean; 1 is even, 0 unknown.
    pub shard_load_max_over_mean: f64,
    /// Standard deviation of load per shard over its mean.
    pub shard_load_dispersion: f64,
    /// Share of the most frequent key.
    pub top_key_share: f64,
}

/// Waiting for shards, since the store was opened; of shards that are gone, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContentionTelemetry {
    /// Acquisitions that had to wait; exact.
    pub waits: u64,
    /// Time spent in those waits, summed up over threads.
    pub wait: Duration,
}

/// A frequent key by its hash.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct HotKeyShare {
    /// The key's hash.
    pub hash: u64,
    /// Its slot.
    pub slot: u16,
    /// Best estimate of its share of all accesses, 0 to 1.
    pub share: f64,
    /// Lower bound of the share, at 99.9 % confidence for all keys at once.
    pub share_lower: f64,
    /// Upper bound of the share, at 99.9 % confidence for each key.
    pub share_upper: f64,
    /// Share of its accesses that only read, 0 to 1.
    pub read_share: f64,
    /// Whether it counts as hot: its share may be above the policy's threshold, and is above half of that for certain.
    pub hot: bool,
}

/// Sampling, since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SamplingTelemetry {
    /// Accesses that one sample stands for, at present.
    pub sample_every: u32,
    /// Part of the policy's budget of samples that this store is worth at present: 1 while something changes, less once it has settled;
    /// 0 while nothing is known of it.
    pub attention: f64,
    /// Accesses that the samples stand for: each counted as many times as one sample stood for when it was taken.
    pub accesses: u64,
    /// Samples that reached the tracker.
    pub samples: u64,
    /// Samples lost because a thread's ring was full: shared by all stores of the process.
    pub samples_lost: u64,
}

/// Migrations since the store was opened.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MigrationTelemetry {
    /// The state of the one under way: `idle`, `backfill`, `verify`, `cut_over`, `retire` or `abort`.
    pub state: &'static str,
    /// Groups of shards whose replacement was begun.
    pub started: u64,
    /// Of these, cut over.
    pub completed: u64,
    /// Of these, given up.
    pub aborted: u64,
    /// Entries copied or moved by the migrator.
    pub entries_copied: u64,
    /// Writes that callers applied to a target, too.
    pub dual_writes: u64,
    /// Entries looked up by verification.
    pub verified_entries: u64,
    /// Verifications that found a difference.
    pub mismatches: u64,
    /// Attempts to cut over that were backed out of because a lock was not to be had in time.
    pub cut_over_retries: u64,
    /// Duration of the last one that ended.
    pub duration_last: Duration,
    /// Time the migrator worked, all in all.
    pub work: Duration,
    /// Shards that were split because they were full, on the spot, by whoever wanted to insert; not counted among the migrations.
    pub splits_in_growth: u64,
    /// Longest time for which cut-overs, or splits of full shards, held sources exclusively.
    pub exclusive_hold_max: Duration,
}

/// The tuner.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TunerTelemetry {
    /// Who decides and who carries out: `thread` (the background thread does both), `callers` (it decides, callers
    /// carry out), `manual` (only `tune_now`), `off`.
    pub driver: &'static str,
    /// The strategy's name.
    pub strategy: &'static str,
    /// Windows judged.
    pub windows: u64,
    /// Decisions to change something.
    pub changes: u64,
    /// Decisions to hold.
    pub holds: u64,
    /// Shards that were given another bias, each counted as often as it was.
    pub bias_changes: u64,
    /// Events that readers lost because they were slow, summed up over readers.
    pub events_lost: u64,
}

/// A decision as it was recorded.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DecisionRecord {
    /// When, since the store was opened; of a run of equal holds, the last.
    pub at: Duration,
    /// `hold`, `split`, `merge`, `isolate` or `shrink`.
    pub action: &'static str,
    /// The cause's name, for programs.
    pub cause: &'static str,
    /// The reason, for people.
    pub reason: String,
    /// Shards when it was taken.
    pub shards: u32,
    /// How many decisions in a row this record stands for.
    pub repeated: u64,
}
