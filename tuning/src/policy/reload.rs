//! A policy that takes the place of another in a running store.

use super::{Application, Knob, Policy, knobs, value::Written};

impl Policy {
    /// The policy that a store built with `self` may use once it is given `newer`: what is live comes from `newer`,
    /// what is fixed at build stays. Also the keys of the knobs at build in which the two differ, for a message that
    /// they wait for the next store; with them `shards.min`, where that exceeds the `shards.max` that stays, and so is that for now.
    ///
    /// ```
    /// use autoshard_tuning::Policy;
    ///
    /// let built = Policy::default();
    /// let mut newer = Policy::default();
    /// newer.tuner.window_ms = 100;
    /// newer.shards.max = 64;
    /// let (policy, waiting) = built.reloaded(&newer);
    /// assert_eq!((policy.tuner.window_ms, policy.shards.max), (100, 1024));
    /// assert_eq!(waiting, ["shards.max"]);
    /// ```
    #[must_use]
    pub fn reloaded(&self, newer: &Self) -> (Self, Vec<&'static str>) {
        let mut policy = newer.clone();
        let mut waiting = Vec::new();
        for knob in knobs().iter().filter(|knob| knob.application == Application::AtBuild) {
            let built = knob.value(self);
            if built == knob.value(newer) {
                continue;
            }
            waiting.push(knob.key);
            // A value that is in force was checked when it was set; one that was written into a field past all checks
            // is not kept.
            let _ = (knob.set)(&mut policy, &Written::from_text(built.trim_matches('"')), &knob.allowed);
        }
        // The newer policy's own limits may fit each other, and not the ones that the store was built with.
        if policy.shards.min_resolved() > policy.shards.max {
            policy.shards.min = Some(policy.shards.max);
            waiting.push("shards.min");
        }
        (policy, waiting)
    }

    /// The keys of the knobs that have another value in `other`.
    ///
    /// ```
    /// let mut policy = autoshard_tuning::Policy::default();
    /// policy.shards.max = 64;
    /// assert_eq!(policy.differing_knobs(&autoshard_tuning::Policy::default()), ["shards.max"]);
    /// ```
    #[must_use]
    pub fn differing_knobs(&self, other: &Self) -> Vec<&'static str> {
        let differs = |knob: &&Knob| knob.value(self) != knob.value(other);
        knobs().iter().filter(differs).map(|knob| knob.key).collect()
    }
}
