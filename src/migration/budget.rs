//! What a step may spend: time, and entries.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::sync::time::Instant;

/// Empty buckets are passed over so many at a time between two looks at the clock.
const BUCKETS_PER_LOOK: u32 = 128;

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
        if had_entry {
            self.entries -= 1;
            return self.entries == 0 || Instant::now() >= self.deadline;
        }
        self.buckets -= 1;
        if self.buckets > 0 {
            return false;
        }
        self.buckets = BUCKETS_PER_LOOK;
        Instant::now() >= self.deadline
    }
}
