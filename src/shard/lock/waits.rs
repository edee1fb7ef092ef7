//! What getting in has cost, for those who look on.
#![forbid(unsafe_code)]

use std::time::Duration;

use autoshard_tuning::Timing;

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

    /// The same for the controller.
    pub(crate) fn timing(&self) -> Timing {
        let (count, ns) = self.read();
        Timing { count, ns }
    }
}

/// What a shard's lock has cost those who came.
#[derive(Default)]
#[repr(align(64))]
pub(crate) struct Waits {
    /// Waits for somebody who was inside.
    pub(crate) waits: Tally,
    /// Revocations of a bias.
    pub(crate) revocations: Tally,
    /// Of those by a fence, the ones that found nobody inside: what is left is the machine's cost of them.
    pub(crate) looks: Tally,
    /// Heavy barriers.
    pub(crate) barriers: Tally,
}

impl Waits {
    pub(crate) fn reset(&self) {
        self.waits.reset();
        self.revocations.reset();
        self.looks.reset();
        self.barriers.reset();
    }
}
