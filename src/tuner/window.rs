//! A window: what was sampled since the last judgement.
#![forbid(unsafe_code)]

use std::time::Instant;

use autoshard_tuning::Load;

use super::machine::CpuReading;

/// What was sampled since the last judgement.
pub(super) struct Window {
    pub(super) began: Instant,
    pub(super) cpu: CpuReading,
    /// Sampled accesses of each slot.
    pub(super) loads: Vec<Load>,
    pub(super) samples: u64,
    /// Accesses that the samples stand for.
    pub(super) accesses: u64,
}

impl Window {
    pub(super) fn new(slots: u32) -> Self {
        Self {
            began: Instant::now(),
            cpu: CpuReading::now(),
            loads: vec![Load::default(); slots as usize],
            samples: 0,
            accesses: 0,
        }
    }

    pub(super) fn add(&mut self, slot: u16, is_write: bool, stands_for: u32) {
        let load = &mut self.loads[usize::from(slot)];
        let counter = if is_write { &mut load.writes } else { &mut load.reads };
        *counter = counter.saturating_add(1);
        self.samples += 1;
        self.accesses += u64::from(stands_for);
    }

    /// Accesses that one sample stood for, in the mean; `otherwise` if there was none.
    pub(super) fn sample_every(&self, otherwise: u32) -> u32 {
        self.accesses.checked_div(self.samples).map_or(otherwise, |mean| mean.clamp(1, u64::from(u32::MAX)) as u32)
    }
}
