//! What a step may spend: time, and entries.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::sync::time::Instant;

/// Empty buckets are passed over so many at a time between two looks at the clock.
const BUCKETS_PER_LOOK: u32 = 128;
/// What an entry counts as. A look takes a fourth of what copying one does, so there is one for a few of them; whoever wants to write need
/// not wait for it.
const BUCKETS_OF_AN_ENTRY: u32 = 16;

/// What a step may spend.
pub(super) struct Budget {
    deadline: Instant,
    entries: u32,
    buckets: u32,
}

impl Budget {
    /// So much time from now, and so many entries.
    pub(super) fn new(time: Duration, entries: u32) -> Self {
        Self { deadline: Instant::now() + time, entries: entries.max(1), buckets: BUCKETS_PER_LOOK }
    }

    /// Spends a bucket that had an entry, or had none; `true` when the step is over.
    pub(super) fn spend(&mut self, had_entry: bool) -> bool {
        self.entries -= u32::from(had_entry);
        self.buckets = self.buckets.saturating_sub(if had_entry { BUCKETS_OF_AN_ENTRY } else { 1 });
        if self.entries == 0 {
            return true;
        }
        if self.buckets > 0 {
            return false;
        }
        self.buckets = BUCKETS_PER_LOOK;
        Instant::now() >= self.deadline
    }
}
