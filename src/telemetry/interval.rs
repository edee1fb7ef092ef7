//! What happened between two snapshots.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::Telemetry;

/// What a store did between two snapshots of it; from [`Telemetry::since`].
///
/// Fields ending in `_per_s` are rates, the others are numbers of what happened in the interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Interval {
    /// Time between the snapshots.
    pub duration: Duration,
    /// Operations in a second, estimated from samples.
    pub operations_per_s: f64,
    /// Samples in a second.
    pub samples_per_s: f64,
    /// Samples lost because a thread's ring was full.
    pub samples_lost: u64,
    /// Acquisitions in a second that had to wait.
    pub waits_per_s: f64,
    /// Threads that were waiting for a shard, in the mean: time waited over time gone by.
    pub waiting_threads: f64,
    /// Entries more than before; negative if there are fewer.
    pub entries_gained: i64,
    /// Migrations begun.
    pub migrations_started: u64,
    /// Migrations that were cut over.
    pub migrations_completed: u64,
    /// Migrations given up.
    pub migrations_aborted: u64,
    /// Entries copied or moved by the migrator.
    pub entries_copied: u64,
    /// Writes that callers applied to a migration's target, too.
    pub dual_writes: u64,
    /// Windows that the tuner judged.
    pub windows: u64,
    /// Decisions to change something.
    pub changes: u64,
    /// Decisions to hold.
    pub holds: u64,
    /// Shards that were given another bias, each counted as often as it was.
    pub bias_changes: u64,
    /// Events lost by slow readers.
    pub events_lost: u64,
}

impl Telemetry {
    /// What happened since `earlier`, a snapshot of the same store.
    ///
    /// Never negative: if `earlier` is the later one, or of another store, what would be negative is 0. Over no time at
    /// all, rates are 0.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// let earlier = store.telemetry();
    /// store.insert("key", 1);
    /// let interval = store.telemetry().since(&earlier);
    /// assert_eq!(interval.entries_gained, 1);
    /// println!("{:.0} operations a second", interval.operations_per_s);
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Interval {
        let duration = self.uptime.saturating_sub(earlier.uptime);
        let gained = |figure: fn(&Self) -> u64| figure(self).saturating_sub(figure(earlier));
        let per_second = |figure: fn(&Self) -> u64| ratio(gained(figure) as f64, duration.as_secs_f64());
        let waited = self.contention.wait.saturating_sub(earlier.contention.wait);
        Interval {
            duration,
            operations_per_s: per_second(|snapshot| snapshot.sampling.accesses),
            samples_per_s: per_second(|snapshot| snapshot.sampling.samples),
            samples_lost: gained(|snapshot| snapshot.sampling.samples_lost),
            waits_per_s: per_second(|snapshot| snapshot.contention.waits),
            waiting_threads: ratio(waited.as_secs_f64(), duration.as_secs_f64()),
            entries_gained: self.entries as i64 - earlier.entries as i64,
            migrations_started: gained(|snapshot| snapshot.migrations.started),
            migrations_completed: gained(|snapshot| snapshot.migrations.completed),
            migrations_aborted: gained(|snapshot| snapshot.migrations.aborted),
            entries_copied: gained(|snapshot| snapshot.migrations.entries_copied),
            dual_writes: gained(|snapshot| snapshot.migrations.dual_writes),
            windows: gained(|snapshot| snapshot.tuner.windows),
            changes: gained(|snapshot| snapshot.tuner.changes),
            holds: gained(|snapshot| snapshot.tuner.holds),
            bias_changes: gained(|snapshot| snapshot.tuner.bias_changes),
            events_lost: gained(|snapshot| snapshot.tuner.events_lost),
        }
    }
}

/// The quotient, or 0 where there is none.
fn ratio(dividend: f64, divisor: f64) -> f64 {
    if divisor > 0.0 { dividend / divisor } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{
        BiasCounts, ContentionTelemetry, LockCosts, MigrationTelemetry, SCHEMA_VERSION, SamplingTelemetry, Skew,
        TunerTelemetry,
    };

    fn snapshot(uptime_s: u64, count: u64) -> Telemetry {
        Telemetry {
            schema_version: SCHEMA_VERSION,
            uptime: Duration::from_secs(uptime_s),
            entries: count as usize,
            slots: 64,
            shards: Vec::new(),
            biases: BiasCounts::default(),
            lock_costs: LockCosts::default(),
            skew: Skew::default(),
            contention: ContentionTelemetry { waits: 10 * count, wait: Duration::from_secs(count) },
            hot_keys: Vec::new(),
            sampling: SamplingTelemetry { accesses: 64 * count, samples: count, ..SamplingTelemetry::default() },
            migrations: MigrationTelemetry { started: count, ..MigrationTelemetry::default() },
            workers: Vec::new(),
            tuner: TunerTelemetry { holds: count, ..TunerTelemetry::default() },
            decisions: Vec::new(),
        }
    }

    #[test]
    fn rates_are_per_second_and_counts_are_differences() {
        let interval = snapshot(12, 50).since(&snapshot(10, 40));
        assert_eq!(interval.duration, Duration::from_secs(2));
        assert_eq!((interval.operations_per_s, interval.samples_per_s), (320.0, 5.0));
        assert_eq!((interval.waits_per_s, interval.waiting_threads), (50.0, 5.0));
        assert_eq!((interval.migrations_started, interval.holds, interval.entries_gained), (10, 10, 10));
    }

    #[test]
    fn snapshots_in_the_wrong_order_or_of_one_moment_give_zeros() {
        let reversed = snapshot(10, 40).since(&snapshot(12, 50));
        assert_eq!(reversed, Interval { entries_gained: -10, ..Interval::default() });
        assert_eq!(snapshot(10, 50).since(&snapshot(10, 40)).operations_per_s, 0.0);
    }
}
