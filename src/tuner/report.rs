//! What telemetry shows: the snapshot, put together from control block and brain.
#![forbid(unsafe_code)]

use std::time::Duration;

use autoshard_tuning::HotKeyEstimate;

use super::{brain::Brain, thread};
use crate::{
    control::{Control, Driver},
    presence,
    shard::HeaderStats,
    sync::atomic::{AtomicU64, Ordering},
    telemetry::{
        BiasCounts, ContentionTelemetry, HotKeyShare, MigrationTelemetry, SCHEMA_VERSION, SamplingTelemetry,
        ShardTelemetry, Telemetry, TunerTelemetry,
    },
};

impl Control {
    /// The snapshot.
    pub(crate) fn telemetry(&self) -> Telemetry {
        let shards = self.stats();
        let tuning = self.tuning();
        let brain = tuning.brain.lock();
        let figures = brain.figures();
        Telemetry {
            schema_version: SCHEMA_VERSION,
            uptime: self.uptime(),
            entries: self.length(),
            slots: self.directory.slots(),
            shards: shards.iter().map(|shard| shard_telemetry(shard, &brain)).collect(),
            skew: brain.skew(),
            biases: BiasCounts::of(shards.iter().map(|shard| shard.bias)),
            lock_costs: brain.lock_costs(),
            contention: self.contention(&shards),
            hot_keys: brain.hot_keys().iter().map(|key| self.hot_key_share(key)).collect(),
            sampling: SamplingTelemetry {
                sample_every: presence::sample_mean(),
                attention: brain.attention(),
                accesses: figures.accesses,
                samples: figures.samples,
                samples_lost: presence::samples_lost(),
            },
            migrations: self.migration_telemetry(),
            tuner: TunerTelemetry {
                driver: if thread::is_forked() { Driver::Manual.name() } else { self.driver().name() },
                strategy: self.policy().tuner.strategy.name(),
                windows: figures.windows,
                changes: figures.changes,
                holds: figures.holds,
                bias_changes: figures.bias_changes,
                events_lost: tuning.journal.lost(),
            },
            workers: tuning.workers.get().map(|workers| workers.telemetry()).unwrap_or_default(),
            decisions: tuning.decisions.lock().records(),
        }
    }

    /// A key's share, and whether that makes it hot.
    pub(crate) fn hot_key_share(&self, key: &HotKeyEstimate) -> HotKeyShare {
        HotKeyShare {
            hash: key.hash,
            slot: key.slot,
            share: key.share,
            share_lower: key.share_lower,
            share_upper: key.share_upper,
            read_share: key.read_share,
            hot: key.is_hot(self.policy().hot_keys.share_threshold),
        }
    }

    fn contention(&self, shards: &[HeaderStats]) -> ContentionTelemetry {
        let counters = &self.tuning().migrations;
        ContentionTelemetry {
            waits: load(&counters.retired_waits) + shards.iter().map(|shard| shard.waits).sum::<u64>(),
            wait: nanoseconds(&counters.retired_wait_ns) + shards.iter().map(|shard| shard.wait).sum::<Duration>(),
        }
    }

    fn migration_telemetry(&self) -> MigrationTelemetry {
        let counters = &self.tuning().migrations;
        MigrationTelemetry {
            state: counters.state(),
            started: load(&counters.started),
            completed: load(&counters.completed),
            aborted: load(&counters.aborted),
            entries_copied: load(&counters.entries_copied),
            dual_writes: load(&counters.dual_writes),
            verified_entries: load(&counters.verified_entries),
            mismatches: load(&counters.mismatches),
            cut_over_retries: load(&counters.cut_over_retries),
            duration_last: nanoseconds(&counters.duration_last_ns),
            work: nanoseconds(&counters.work_ns),
            splits_in_growth: load(&counters.splits_in_growth),
            exclusive_hold_max: nanoseconds(&counters.exclusive_hold_ns_max),
        }
    }
}

fn shard_telemetry(shard: &HeaderStats, brain: &Brain) -> ShardTelemetry {
    let sampled = brain.sampled(shard.uid);
    ShardTelemetry {
        id: shard.id,
        slots: shard.slots,
        entries: shard.entries,
        capacity: shard.capacity,
        table_bytes: shard.table_bytes,
        bias: shard.bias.name(),
        sampled_reads: u64::from(sampled.reads),
        sampled_writes: u64::from(sampled.writes),
        waits: shard.waits,
        wait: shard.wait,
        revocations: shard.revocations,
        revocation: shard.revocation,
        migrating: shard.migrating,
    }
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn nanoseconds(counter: &AtomicU64) -> Duration {
    Duration::from_nanos(load(counter))
}
