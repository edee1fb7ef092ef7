//! What is remembered of a shard from window to window.

use crate::{Bias, LockPolicy, Users};

/// Accesses by strangers that are taken as seen where none was: a mistake costs one heavy barrier.
const ASSUMED_STRANGERS: f64 = 0.1;
/// A mode at this part of the cost takes over at once. A guess: sampling error stays well within.
const DECISIVE: f64 = 0.5;
/// Greatest exponent of the back-off; the policy's longest is below it.
const BACK_OFF_EXPONENT_MAX: u32 = 20;

/// One thread's uninterrupted use of something.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sole {
    users: Users,
    windows: u32,
    samples: u64,
}

impl Sole {
    /// Takes a window into account; one without a sample says nothing.
    pub(super) fn note(&mut self, users: Users, samples: u64) {
        match users {
            Users::Nobody => {}
            Users::One(_) if users == self.users => {
                self.windows = self.windows.saturating_add(1);
                self.samples = self.samples.saturating_add(samples);
            }
            Users::One(_) | Users::Many => *self = Self { users, windows: 1, samples },
        }
    }

    /// The thread, if it has been the only one for so many windows.
    pub(super) fn owner(&self, windows_min: u32) -> Option<u32> {
        match self.users {
            Users::One(thread) if self.windows >= windows_min => Some(thread),
            _ => None,
        }
    }

    /// Whether this thread was the only one in the last window with a sample.
    pub(super) fn is_by(&self, thread: u32) -> bool {
        self.users == Users::One(thread)
    }

    /// Estimated share of accesses by others than the one thread.
    pub(super) fn strangers_share(&self) -> f64 {
        ASSUMED_STRANGERS / (self.samples as f64 + 1.0)
    }
}

/// A mode, and what it costs the shard in nanoseconds a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Offer {
    pub(super) bias: Bias,
    pub(super) cost: f64,
}

/// What is remembered of a shard for as long as its slots stay the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// The mode that it was last found in or given.
    assigned: Bias,
    /// Whether its mode was ever judged.
    is_judged: bool,
    /// What the last windows preferred to the mode it has, and how many in a row.
    challenger: Option<(Bias, u32)>,
    /// The thread that uses it alone.
    pub(super) sole: Sole,
    /// Times in a row that a mode was broken that takes a heavy barrier.
    falls: u32,
    /// Windows for which it gets no such mode.
    denied_windows: u32,
    /// Windows for which it has had such a mode unharmed.
    unharmed_windows: u32,
}

impl Memory {
    /// Compares the mode that the shard has with the one that it was given.
    pub(super) fn note(&mut self, found: Bias, revocations: u64, policy: &LockPolicy) {
        self.denied_windows = self.denied_windows.saturating_sub(1);
        if self.assigned.is_heavy() && found != self.assigned && revocations > 0 {
            self.falls = self.falls.saturating_add(1);
            let back_off = 1 << self.falls.min(BACK_OFF_EXPONENT_MAX);
            self.denied_windows = policy.back_off_windows_max.min(back_off);
            self.unharmed_windows = 0;
        } else if found.is_heavy() {
            self.unharmed_windows = self.unharmed_windows.saturating_add(1);
            if self.unharmed_windows >> self.falls.min(BACK_OFF_EXPONENT_MAX) > 0 {
                self.falls = 0;
            }
        }
        self.assigned = found;
    }

    /// The shard was given a mode.
    pub(super) fn assign(&mut self, bias: Bias) {
        self.assigned = bias;
        self.unharmed_windows = 0;
    }

    /// Whether it may get a mode that takes a heavy barrier.
    pub(super) fn may_be_heavy(&self) -> bool {
        self.denied_windows == 0
    }

    /// Whether the best offer is to take the place of the mode that the shard has. A shard's first mode, and one that is
    /// far better, is taken at once; otherwise several windows must agree.
    pub(super) fn judge(&mut self, has: Offer, best: Offer, negligible: f64, policy: &LockPolicy) -> bool {
        let is_first = !std::mem::replace(&mut self.is_judged, true);
        let (cost, least) = (has.cost + negligible, best.cost + negligible);
        if best.bias == has.bias || least >= cost * (1.0 - policy.hysteresis) {
            self.challenger = None;
            return false;
        }
        let windows = match self.challenger {
            Some((bias, windows)) if bias == best.bias => windows.saturating_add(1),
            _ => 1,
        };
        self.challenger = Some((best.bias, windows));
        is_first || least <= cost * DECISIVE || windows >= policy.change_windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(bias: Bias, cost: f64) -> Offer {
        Offer { bias, cost }
    }

    #[test]
    fn the_first_mode_and_a_far_better_one_are_taken_at_once_others_after_windows_that_agree() {
        let policy = LockPolicy::default();
        let mut memory = Memory::default();
        let (neutral, fenced) = (offer(Bias::Neutral, 10.0), offer(Bias::Fenced, 7.0));
        assert!(memory.judge(neutral, fenced, 0.0, &policy), "the first");
        let back = offer(Bias::Neutral, 5.0);
        assert!(!memory.judge(fenced, back, 0.0, &policy), "one window");
        assert!(!memory.judge(fenced, fenced, 0.0, &policy), "it was chance");
        assert!(!memory.judge(fenced, back, 0.0, &policy), "one window again");
        assert!(memory.judge(fenced, back, 0.0, &policy), "two in a row");
        assert!(memory.judge(neutral, offer(Bias::Asymmetric, 1.0), 0.0, &policy), "a tenth of the cost");
        assert!(!memory.judge(neutral, offer(Bias::Fenced, 9.0), 0.0, &policy), "within the hysteresis");
        assert!(!memory.judge(offer(Bias::Asymmetric, 0.02), offer(Bias::Owned(1), 0.0), 1.0, &policy), "negligible");
    }

    #[test]
    fn a_mode_that_is_broken_again_and_again_is_denied_for_ever_longer() {
        let policy = LockPolicy::default();
        let mut memory = Memory::default();
        let mut denials = Vec::new();
        for _ in 0..8 {
            memory.assign(Bias::Asymmetric);
            memory.note(Bias::Fenced, 3, &policy);
            let mut windows = 0;
            while !memory.may_be_heavy() {
                memory.note(Bias::Fenced, 3, &policy);
                windows += 1;
            }
            denials.push(windows);
        }
        assert_eq!(denials, [2, 4, 8, 16, 32, 64, 64, 64]);
        memory.assign(Bias::Asymmetric);
        (0..1 << 8).for_each(|_| memory.note(Bias::Asymmetric, 0, &policy));
        memory.note(Bias::Fenced, 1, &policy);
        memory.note(Bias::Fenced, 0, &policy);
        memory.note(Bias::Fenced, 0, &policy);
        assert!(memory.may_be_heavy(), "what stood for so long is a first fall again");
    }

    #[test]
    fn a_mode_that_was_not_put_in_place_did_not_fall() {
        let mut memory = Memory::default();
        memory.assign(Bias::Owned(3));
        memory.note(Bias::Neutral, 0, &LockPolicy::default());
        assert!(memory.may_be_heavy());
    }

    #[test]
    fn an_owner_is_alone_for_several_windows() {
        let mut sole = Sole::default();
        sole.note(Users::One(2), 10);
        sole.note(Users::Nobody, 0);
        assert_eq!(sole.owner(2), None);
        sole.note(Users::One(2), 10);
        assert_eq!(sole.owner(2), Some(2));
        sole.note(Users::Many, 10);
        assert_eq!(sole.owner(1), None);
        sole.note(Users::One(3), 10);
        assert_eq!((sole.owner(1), sole.owner(2), sole.is_by(3)), (Some(3), None, true));
    }
}
