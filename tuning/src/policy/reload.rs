//! A policy that takes the place of another in a running store.

use super::{Application, Policy, knobs, value::Written};

impl Policy {
    /// The policy that a store built with `self` may use once it is given `newer`: what is live comes from `newer`,
    /// what is fixed at build stays. Also the keys of the knobs at build in which the two differ, for a message that
    /// they wait for the next store.
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
        (policy, waiting)
    }
}
