//! How a phase's load was met, against the best fixed number of shards.

use super::{
    phase::Phase,
    run::{Bin, Course},
};
use crate::trial::Figures;

/// Within this of the best fixed number of shards, the right one is found.
const NEAR: f64 = 0.95;

/// Bins that must be so on the average: half a second.
const BINS_ALIKE: usize = 5;

/// One phase of our store.
#[derive(Debug, PartialEq)]
pub(crate) struct Settling {
    over_best_fixed: f64,
    /// From the phase's start until it was met; `None` if it never was.
    settled_bins: Option<usize>,
    changes_once_settled: u64,
    p999_moving_ns: Option<f64>,
}

impl Settling {
    pub(crate) fn new(course: &Course, phase: Phase, best_fixed_mops: f64) -> Self {
        Self::of(course.bins(phase), course.settled_mops(phase), best_fixed_mops)
    }

    fn of(bins: &[Bin], settled_mops: f64, best_fixed_mops: f64) -> Self {
        let is_met =
            |bins: &[Bin]| bins.iter().map(|bin| bin.mops).sum::<f64>() / bins.len() as f64 >= NEAR * best_fixed_mops;
        let settled_bins = bins.windows(BINS_ALIKE).position(is_met);
        let last = bins.last().map_or(0, |bin| bin.changes);
        let moving = bins.iter().filter(|bin| bin.is_moving).filter_map(|bin| bin.p999_ns);
        Self {
            over_best_fixed: settled_mops / best_fixed_mops,
            settled_bins,
            changes_once_settled: settled_bins.map_or(0, |bin| last - bins[bin].changes),
            p999_moving_ns: moving.max_by(f64::total_cmp),
        }
    }

    /// Seconds until it was met; `None` if it never was.
    pub(crate) fn seconds(&self) -> Option<f64> {
        self.settled_bins.map(|bins| bins as f64 / 10.0)
    }

    /// Groups of shards replaced since.
    pub(crate) fn changes(&self) -> u64 {
        self.changes_once_settled
    }

    pub(super) fn report(&self, phase: Phase, figures: &mut Figures) {
        let name = phase.name();
        figures.note(&format!("{name}_over_best_fixed"), self.over_best_fixed);
        if let Some(seconds) = self.seconds() {
            figures.note(&format!("{name}_settled_s"), seconds);
            figures.note(&format!("{name}_changes_once_settled"), self.changes_once_settled as f64);
        }
        if let Some(nanoseconds) = self.p999_moving_ns {
            figures.note(&format!("{name}_p99.9_moving_worst_ns"), nanoseconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_met_when_half_a_second_is_near_the_best() {
        let bin = |mops, changes, is_moving| Bin { mops, p999_ns: Some(mops * 100.0), is_moving, changes };
        let slow = (0..4).map(|_| bin(1.0, 3, true));
        let fast = (0..8).map(|index| bin(10.0, 4 + index / 4, false));
        let bins: Vec<Bin> = slow.chain(fast).collect();
        let settling = Settling::of(&bins, 10.0, 10.0);
        let expected = Settling {
            over_best_fixed: 1.0,
            settled_bins: Some(4),
            changes_once_settled: 1,
            p999_moving_ns: Some(100.0),
        };
        assert_eq!(settling, expected);
        assert_eq!(Settling::of(&bins, 10.0, 20.0).settled_bins, None);
    }
}
