//! How closely a store has to be watched: closely while something changes, from afar once it has settled.
//!
//! Samples cost time, on the threads that make them and on the tuner's. To choose for a store takes many; to notice that what was
//! chosen for has changed takes few.

use crate::{Action, Cause, Decision, HotKeysPolicy, Observation};

/// Windows without news after which a store is watched less. A guess: what was chosen has shown its effect by then.
const CALM_WINDOWS: u32 = 5;
/// Standard errors of a share beyond which it is another one. A guess: windows that differ by chance are rarer than the tuner's trials.
const STANDARD_ERRORS: f64 = 4.0;
/// Change of a share that matters in itself. A guess: it moves no choice.
const SHARE_TOLERANCE: f64 = 0.02;
/// The same of the mix of threads, which goes with the scheduler's slices where threads are more than cores. A guess.
const MIX_TOLERANCE: f64 = 0.1;

/// The attention that a store gets.
#[derive(Clone, Debug, Default)]
pub(super) struct Attention {
    /// Windows since there was news.
    calm: u32,
    /// What the load was like in the first of them.
    since: Option<Character>,
}

/// What a window's load is like, as far as choices depend on it.
#[derive(Clone, Copy, Debug)]
struct Character {
    samples: f64,
    write_share: f64,
    /// Of the shard that has most to do.
    shard_share: f64,
    thread_mix: f64,
}

impl Attention {
    /// Takes a window into account, and what was decided.
    pub(super) fn note(&mut self, observation: &Observation, decision: &Decision) {
        let now = Character::of(observation);
        let has_shifted = now.is_some_and(|now| self.since.is_some_and(|since| now.differs_from(since)));
        if has_shifted || is_news(decision) {
            *self = Self::default();
        }
        self.since = self.since.or(now);
        self.calm = self.calm.saturating_add(1);
    }

    /// The part of the budget of samples that the store is worth: all of it at first, then half as much from window to window, down
    /// to what the policy wants of settled stores.
    pub(super) fn share(&self, policy: &HotKeysPolicy) -> f64 {
        let halvings = self.calm.saturating_sub(CALM_WINDOWS).min(f64::MANTISSA_DIGITS);
        0.5_f64.powi(halvings as i32).max(policy.settled_share)
    }
}

impl Character {
    /// `None` of a window without samples, which says nothing.
    fn of(observation: &Observation) -> Option<Self> {
        let totals = || observation.shards.iter().map(|shard| shard.load.total());
        let samples = totals().sum::<u64>() as f64;
        let writes = observation.shards.iter().map(|shard| u64::from(shard.load.writes)).sum::<u64>() as f64;
        (samples > 0.0).then(|| Self {
            samples,
            write_share: writes / samples,
            shard_share: totals().max().unwrap_or_default() as f64 / samples,
            thread_mix: observation.thread_mix,
        })
    }

    fn differs_from(self, other: Self) -> bool {
        let is_same = |one: f64, another: f64, tolerance: f64| {
            let share = f64::midpoint(one, another).clamp(0.0, 1.0);
            let variance = share * (1.0 - share) * (1.0 / self.samples + 1.0 / other.samples);
            (one - another).abs() <= tolerance + STANDARD_ERRORS * variance.sqrt()
        };
        // What is no number is news.
        !(is_same(self.write_share, other.write_share, SHARE_TOLERANCE)
            && is_same(self.shard_share, other.shard_share, SHARE_TOLERANCE)
            && is_same(self.thread_mix, other.thread_mix, MIX_TOLERANCE))
    }
}

/// Whether something was changed, is being changed, or is about to be.
fn is_news(decision: &Decision) -> bool {
    let is_underway =
        matches!(decision.cause, Cause::Busy | Cause::Settling | Cause::Growing | Cause::CoolDown | Cause::Biased);
    is_underway || decision.action != Action::Hold || !decision.biases.changes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bias, Load, ShardObservation};

    fn window(loads: [Load; 2]) -> Observation {
        let shards = loads.map(|load| ShardObservation { load, ..ShardObservation::default() });
        Observation { shards: shards.to_vec(), thread_mix: 0.5, ..Observation::default() }
    }

    fn steady() -> Observation {
        window([Load { reads: 900, writes: 100 }; 2])
    }

    fn nothing() -> Decision {
        Decision::new(Action::Hold, Cause::Balanced, String::new())
    }

    /// The share after each of so many steady windows, and one of these.
    fn settled_and(observation: &Observation, decision: &Decision) -> [f64; 2] {
        let mut attention = Attention::default();
        let policy = HotKeysPolicy::default();
        (0..50).for_each(|_| attention.note(&steady(), &nothing()));
        let before = attention.share(&policy);
        attention.note(observation, decision);
        [before, attention.share(&policy)]
    }

    #[test]
    fn it_falls_in_steps_to_what_the_policy_says() {
        let policy = HotKeysPolicy { settled_share: 0.1, ..HotKeysPolicy::default() };
        let mut attention = Attention::default();
        let shares = [(); 10].map(|()| {
            attention.note(&steady(), &nothing());
            attention.share(&policy)
        });
        assert_eq!(shares, [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.25, 0.125, 0.1, 0.1]);
    }

    #[test]
    fn chance_is_no_news() {
        let settled = HotKeysPolicy::default().settled_share;
        let fewer = window([Load { reads: 24, writes: 1 }, Load { reads: 22, writes: 3 }]);
        for observation in [steady(), fewer, Observation::default()] {
            assert_eq!(settled_and(&observation, &nothing()), [settled, settled]);
        }
    }

    #[test]
    fn another_load_is_news() {
        let writes = window([Load { reads: 800, writes: 200 }; 2]);
        let skew = window([Load { reads: 1100, writes: 122 }, Load { reads: 700, writes: 78 }]);
        let alone = Observation { thread_mix: 0.0, ..steady() };
        let broken = Observation { thread_mix: f64::NAN, ..steady() };
        for observation in [writes, skew, alone, broken] {
            assert_eq!(settled_and(&observation, &nothing())[1], 1.0, "{observation:?}");
        }
    }

    #[test]
    fn a_change_is_news() {
        let held = |cause| Decision::new(Action::Hold, cause, String::new());
        let mut biased = nothing();
        biased.biases.changes.push((0, Bias::Fenced));
        for decision in [biased, held(Cause::Settling), held(Cause::CoolDown), held(Cause::Busy)] {
            assert_eq!(settled_and(&steady(), &decision)[1], 1.0, "{decision:?}");
        }
    }
}
