//! Merges that had to be split again.
//!
//! A merge of cold shards is a prediction, and a split soon after it says that it was wrong. The load has not changed, so the next merge
//! would be as wrong: without memory, grow and shrink chase each other, some seconds apart, for as long as the load lasts.

use std::time::Duration;

use crate::{
    Outcome, PlanKind, Policy,
    controller::sentence::{duration, things},
};

/// How much longer the next merge waits with each one in a row that was wrong. A guess: the fourth in a row waits for half a day.
const WAIT_FACTOR: u32 = 8;
/// Greatest number of wrong merges that counts: the wait is four days then, by default.
const TIMES_MAX: u32 = 5;
/// Part of the load under which a merge was wrong, below which the next one may be right. A guess.
const LOAD_FALLEN: f64 = 0.5;

/// What is remembered of merges.
#[derive(Clone, Debug, Default)]
pub(super) struct Regret {
    /// Accesses a second in the last window judged.
    load: f64,
    /// When the last merge ended, unless shards were split since.
    merged_at: Option<Duration>,
    /// Merges in a row that were wrong.
    times: u32,
    /// When the last of them was found to be wrong, and the load then.
    found_at: Duration,
    load_then: f64,
}

impl Regret {
    /// Learns how many accesses a second there are.
    pub(super) fn note_load(&mut self, accesses_per_s: f64) {
        self.load = accesses_per_s;
        if self.load < self.load_then * LOAD_FALLEN {
            self.times = 0;
        }
    }

    /// Learns from a change that ended.
    pub(super) fn note_outcome(&mut self, outcome: &Outcome, at: Duration, policy: &Policy) {
        match outcome.kind {
            PlanKind::Merge if outcome.groups_completed > 0 => self.merged_at = Some(at),
            PlanKind::Split => {
                let Some(merged_at) = self.merged_at.take() else { return };
                if at.saturating_sub(merged_at) <= policy.tuner.horizon() {
                    (self.times, self.found_at, self.load_then) = ((self.times + 1).min(TIMES_MAX), at, self.load);
                } else {
                    self.times = 0;
                }
            }
            _ => {}
        }
    }

    /// Why cold shards are not merged now, if that is so.
    pub(super) fn refusal(&self, at: Duration, policy: &Policy) -> Option<String> {
        let wait = policy.tuner.horizon().saturating_mul(WAIT_FACTOR.pow(self.times));
        let left = wait.checked_sub(at.saturating_sub(self.found_at)).filter(|left| !left.is_zero());
        let left = left.filter(|_| self.times > 0)?;
        Some(format!(
            "the last {} had to be split again soon, so the next comes in {}, or when the load has fallen by half",
            things(self.times as usize, "merge"),
            duration(left)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// After a change of this kind, of which a group was carried out.
    fn noted(mut regret: Regret, kind: PlanKind, at: Duration) -> Regret {
        regret.note_outcome(&Outcome { groups_completed: 1, ..Outcome::begun(kind) }, at, &Policy::default());
        regret
    }

    /// After so many merges that were split again a second later, each as soon as it was allowed; and when that was.
    fn after_wrong_merges(times: u32) -> (Regret, Duration) {
        let mut at = Duration::ZERO;
        let mut regret = Regret { load: 1e6, ..Regret::default() };
        for _ in 0..times {
            while regret.refusal(at, &Policy::default()).is_some() {
                at += SECOND;
            }
            regret = noted(regret, PlanKind::Merge, at);
            at += SECOND;
            regret = noted(regret, PlanKind::Split, at);
        }
        (regret, at)
    }

    #[test]
    fn each_wrong_merge_has_the_next_one_wait_longer() {
        let policy = Policy::default();
        for (times, wait) in [(1, 80), (2, 640), (3, 5120), (9, 327_680)] {
            let (regret, at) = after_wrong_merges(times);
            assert!(regret.refusal(at + (wait - 1) * SECOND, &policy).is_some(), "{times}");
            assert_eq!(regret.refusal(at + wait * SECOND, &policy), None, "{times}");
        }
        assert_eq!(Regret::default().refusal(SECOND, &policy), None);
    }

    #[test]
    fn a_merge_that_stood_for_the_horizon_was_right() {
        let (regret, at) = after_wrong_merges(2);
        let merged = noted(regret, PlanKind::Merge, at);
        let split = noted(merged, PlanKind::Split, at + 11 * SECOND);
        assert_eq!(split.refusal(at + 11 * SECOND, &Policy::default()), None);
    }

    #[test]
    fn a_load_that_has_fallen_by_half_is_another_one() {
        let (mut regret, at) = after_wrong_merges(3);
        regret.note_load(6e5);
        assert!(regret.refusal(at, &Policy::default()).is_some());
        regret.note_load(4e5);
        assert_eq!(regret.refusal(at, &Policy::default()), None);
    }
}
