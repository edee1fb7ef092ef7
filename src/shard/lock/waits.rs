//! What getting in has cost, for those who look on.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering};

/// How often something took time, and how much.
#[derive(Default)]
pub(crate) struct Tally {
    count: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Tally {
    fn reset(&self) {
        self.count.store(0, Ordering::Relaxed);
        self.nanoseconds.store(0, Ordering::Relaxed);
    }

    /// Counts one that took so long.
    pub(super) fn add(&self, took: Duration) {
        self.add_many(1, took);
    }

    /// Counts many that took so long together.
    pub(super) fn add_many(&self, count: u64, took: Duration) {
        self.count.fetch_add(count, Ordering::Relaxed);
        self.nanoseconds.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
    }

    /// How often, and for how many nanoseconds in all.
    pub(crate) fn read(&self) -> (u64, u64) {
        (self.count.load(Ordering::Relaxed), self.nanoseconds.load(Ordering::Relaxed))
    }
}

/// What a shard's lock has cost those who came.
#[derive(Default)]
pub(crate) struct Waits {
    /// Waits for somebody who was inside.
    pub(crate) waits: Tally,
    /// Revocations of a bias.
    pub(crate) revocations: Tally,
}

impl Waits {
    pub(crate) fn reset(&self) {
        self.waits.reset();
        self.revocations.reset();
    }
}
