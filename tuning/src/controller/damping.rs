//! What keeps changes rare: settling, cool-down, and the measured cost of changes.

use std::time::Duration;

use super::sentence::{duration, things};
use crate::{Cause, Outcome, Policy};

/// Fewest entries from which the cost of one is measured: a migration of fewer is mostly its fixed cost. A guess.
const ENTRIES_MEASURED_MIN: u64 = 256;

/// Greatest exponent of the back-off after changes that were given up: 64 windows. A guess, half a minute by default.
const BACK_OFF_EXPONENT_MAX: u32 = 6;

/// What the last changes cost, and until when the next must wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Damping {
    /// Windows that are still to be discarded.
    settling: u32,
    /// When the last change ended.
    changed_at: Duration,
    /// The next change comes no sooner.
    not_before: Duration,
    /// What the last change cost.
    cost: Duration,
    /// Measured cost of an entry, in nanoseconds: of all changes, each counting as much as all before it.
    entry_ns: Option<f64>,
    /// Changes in a row of which nothing was carried out.
    failures: u32,
}

impl Damping {
    /// Learns from a change that ended.
    pub(super) fn note_outcome(&mut self, outcome: &Outcome, at: Duration, window: Duration, policy: &Policy) {
        let failed = outcome.groups_completed == 0 && outcome.groups_aborted > 0;
        self.failures = if failed { self.failures.saturating_add(1) } else { 0 };
        // A plan that was given up cost little, and would be tried again at once: the more often, the longer it waits.
        let back_off =
            if failed { window.saturating_mul(1 << self.failures.min(BACK_OFF_EXPONENT_MAX)) } else { Duration::ZERO };
        self.cost = outcome.cost;
        self.changed_at = at;
        self.not_before =
            at.saturating_add(scaled(outcome.cost, policy.tuner.cool_down_factor)).saturating_add(back_off);
        if outcome.entries_copied >= ENTRIES_MEASURED_MIN {
            let measured = outcome.cost.as_nanos() as f64 / outcome.entries_copied as f64;
            self.entry_ns = Some(self.entry_ns.map_or(measured, |before| f64::midpoint(before, measured)));
        }
    }

    /// The layout changed: windows are discarded from now on.
    pub(super) fn settle(&mut self, policy: &Policy) {
        self.settling = policy.tuner.settle_windows;
    }

    /// Takes a window into account; why it is discarded, if it is.
    pub(super) fn discard_window(&mut self) -> Option<(Cause, String)> {
        self.settling = self.settling.checked_sub(1)?;
        let left = match self.settling {
            0 => "the next one counts".to_owned(),
            more => format!("{} more will be", things(more as usize, "window")),
        };
        Some((Cause::Settling, format!("the layout has just changed, so this window is discarded; {left}")))
    }

    /// Why no change may start now, if none may.
    pub(super) fn cool_down(&self, at: Duration) -> Option<(Cause, String)> {
        let left = self.not_before.checked_sub(at).filter(|left| !left.is_zero())?;
        let why = match self.failures {
            0 => format!("the last change cost {}", duration(self.cost)),
            failures => format!("{} in a row could not be carried out", things(failures as usize, "change")),
        };
        Some((Cause::CoolDown, format!("{why}, so the next comes no sooner than in {}", duration(left))))
    }

    /// Cost of migrating an entry, in nanoseconds: measured, or assumed.
    pub(super) fn entry_ns(&self, policy: &Policy) -> f64 {
        self.entry_ns.unwrap_or(policy.tuner.entry_copy_ns as f64)
    }

    /// Time since the last change ended.
    pub(super) fn unchanged_for(&self, at: Duration) -> Duration {
        at.saturating_sub(self.changed_at)
    }
}

/// A duration times a knob; the longest there is, if the product is none.
fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}
