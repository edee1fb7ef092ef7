//! A shard's scores: the evidence for splitting it, for merging it, and for a smaller table.

use std::time::Duration;

use crate::{ContentionPolicy, Policy, controller::evidence::ShardEvidence};

/// What is remembered of a shard for as long as its slots stay the same.
///
/// ETS keeps one score for both directions. Here, as in Page's CUSUM test (1954), each direction has its own, which
/// does not go below nothing: a shard that was free for an hour is found contended as soon as a fresh one is.
#[derive(Clone, Debug, Default)]
pub(super) struct Score {
    /// Points for growing; 0 or more.
    contended: i64,
    /// Points for shrinking; 0 or less.
    cold: i64,
    /// Acquisitions since `cold` was last 0.
    accesses: u64,
    /// Of these, those that had to wait.
    waits: u64,
    /// Acquisitions a second, of late.
    accesses_per_s: f64,
    /// For how long they have been counted, up to the policy's horizon.
    counted_for: Duration,
    /// The most entries seen.
    entries_peak: u64,
    /// Since when the table is mostly empty.
    sparse_since: Option<Duration>,
}

impl Score {
    /// Takes acquisitions into account. A shard with less than the mean to do cools as fast as one with the mean: it
    /// would never get cold if it had nothing to do at all.
    pub(super) fn note_acquisitions(
        &mut self,
        shard: &ShardEvidence,
        span: Duration,
        accesses_mean: f64,
        policy: &Policy,
    ) {
        self.counted_for = self.counted_for.saturating_add(span).min(policy.tuner.horizon());
        let span = span.max(Duration::from_nanos(1)).as_secs_f64();
        let weight = (span / self.counted_for.as_secs_f64()).min(1.0);
        self.accesses_per_s += (shard.accesses as f64 / span - self.accesses_per_s) * weight;
        let policy = &policy.contention;
        let accesses = shard.accesses.max(accesses_mean as u64);
        let gained = i64::try_from(shard.waits).unwrap_or(i64::MAX).saturating_mul(policy.waited_points);
        let lost =
            i64::try_from(accesses.saturating_sub(shard.waits)).unwrap_or(i64::MAX).saturating_mul(policy.free_points);
        let points = gained.saturating_sub(lost);
        self.contended = self.contended.saturating_add(points).max(0);
        self.cold = self.cold.saturating_add(points).min(0);
        if self.cold == 0 {
            (self.accesses, self.waits) = (0, 0);
        } else {
            self.accesses = self.accesses.saturating_add(shard.accesses);
            self.waits = self.waits.saturating_add(shard.waits);
        }
    }

    /// Begins anew with what asks for a split.
    pub(super) fn forget_waits(&mut self) {
        self.contended = 0;
    }

    /// Takes the table into account. One that was made large on purpose, and has yet to be filled, is left alone. Any other was full
    /// once, though nobody may have seen it: tables grow as they fill, and targets of migrations are as large as their entries need.
    pub(super) fn note_entries(&mut self, shard: &ShardEvidence, at: Duration, policy: &Policy) {
        self.entries_peak = self.entries_peak.max(shard.entries);
        let few = shard.capacity as f64 * policy.tuner.shrink_fill;
        let is_sparse = shard.capacity >= policy.tuner.shrink_capacity_min
            && (shard.entries as f64) < few
            && (!shard.is_reserved || self.entries_peak as f64 >= few);
        self.sparse_since = if is_sparse { self.sparse_since.or(Some(at)) } else { None };
    }

    /// Whether the shard should be split.
    pub(super) fn is_contended(&self, policy: &ContentionPolicy) -> bool {
        self.contended > policy.grow_score
    }

    /// Whether the shard may be merged.
    pub(super) fn is_cold(&self, policy: &ContentionPolicy) -> bool {
        self.cold < policy.shrink_score
    }

    /// Share of acquisitions that had to wait since the shard began to cool; one wait is assumed, for none seen does
    /// not mean never.
    pub(super) fn waited_share(&self) -> f64 {
        if self.accesses == 0 { 0.0 } else { (self.waits as f64 + 1.0) / self.accesses as f64 }
    }

    /// Acquisitions a second, in the mean over the policy's horizon.
    pub(super) fn accesses_per_s(&self) -> f64 {
        self.accesses_per_s
    }

    /// Whether the table has been mostly empty for so long.
    pub(super) fn is_sparse_for(&self, at: Duration, time: Duration) -> bool {
        self.sparse_since.is_some_and(|since| at.saturating_sub(since) >= time)
    }
}
