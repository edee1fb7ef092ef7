//! What migrations came to: cumulative figures.
#![forbid(unsafe_code)]

use crate::sync::{Mutex, atomic::AtomicU64};

/// Cumulative figures of migrations, and the state of the one under way.
#[derive(Default)]
pub(crate) struct MigrationCounters {
    /// What the migrator is at.
    state: Mutex<&'static str>,
    pub(crate) started: AtomicU64,
    pub(crate) completed: AtomicU64,
    pub(crate) aborted: AtomicU64,
    pub(crate) entries_copied: AtomicU64,
    pub(crate) dual_writes: AtomicU64,
    pub(crate) verified_entries: AtomicU64,
    pub(crate) mismatches: AtomicU64,
    pub(crate) cut_over_retries: AtomicU64,
    pub(crate) duration_last_ns: AtomicU64,
    pub(crate) work_ns: AtomicU64,
    /// Shards that were split because they were full, by whoever wanted to insert.
    pub(crate) splits_in_growth: AtomicU64,
    pub(crate) exclusive_hold_ns_max: AtomicU64,
    /// Waits at shards that are gone.
    pub(crate) retired_waits: AtomicU64,
    pub(crate) retired_wait_ns: AtomicU64,
}

impl MigrationCounters {
    pub(crate) fn set_state(&self, state: &'static str) {
        *self.state.lock() = state;
    }

    pub(crate) fn state(&self) -> &'static str {
        match *self.state.lock() {
            "" => "idle",
            state => state,
        }
    }
}
