//! Shards on the move: split one after another until there are twice as many, merged again, and so on.

use std::time::{Duration, Instant};

use ::autoshard::telemetry::{EventKind, Events};

use crate::{fault::Fault, maps::Ours, report::Spread};

/// Shards of the store when it is laid out; it has twice as many at times.
pub(crate) const SHARDS: u32 = 64;

/// Moves a store's shards, and keeps what the store says of it.
pub(crate) struct Mover<'a> {
    store: &'a Ours<u64, u64>,
    events: Events,
    holds: Vec<Duration>,
}

impl<'a> Mover<'a> {
    pub(crate) fn new(store: &'a Ours<u64, u64>) -> Self {
        Self { store, events: store.events(), holds: Vec::new() }
    }

    /// Splits all shards and merges them, again and again, for so long.
    pub(crate) fn go_round_for(&mut self, length: Duration) -> Result<(), Fault> {
        let start = Instant::now();
        loop {
            self.split_all()?;
            self.merge_all()?;
            if start.elapsed() >= length {
                return Ok(());
            }
        }
    }

    pub(crate) fn split_all(&mut self) -> Result<(), Fault> {
        self.reshard(2 * SHARDS)
    }

    pub(crate) fn merge_all(&mut self) -> Result<(), Fault> {
        self.reshard(SHARDS)
    }

    fn reshard(&mut self, shards: u32) -> Result<(), Fault> {
        self.store.reshard(shards as usize).map_err(|error| Fault::Reshard(error.to_string()))?;
        self.read_events();
        Ok(())
    }

    fn read_events(&mut self) {
        while let Some(event) = self.events.try_next() {
            if let EventKind::MigrationCompleted { exclusive_hold, .. } = event.kind {
                self.holds.push(exclusive_hold);
            }
        }
    }

    /// How many replacements there were.
    pub(crate) fn replacements(&self) -> usize {
        self.holds.len()
    }

    /// For how long a replacement locked callers out, in nanoseconds: the median, the 99th percentile and the longest; `None` if there was none.
    pub(crate) fn holds_ns(&self) -> Option<[f64; 3]> {
        let mut holds: Vec<f64> = self.holds.iter().map(|hold| hold.as_nanos() as f64).collect();
        holds.sort_unstable_by(f64::total_cmp);
        let Spread { median, max, .. } = Spread::of(holds.iter().copied())?;
        Some([median, holds[(holds.len() - 1) * 99 / 100], max])
    }
}
