//! How another policy comes into force in a running store.
//!
//! What is being replaced goes on to its end; a plan that nobody has begun was made by the policy before, and is dropped.
#![forbid(unsafe_code)]

use std::time::Instant;

use autoshard_tuning::{Policy, PolicyErrors};

use crate::{
    control::Control,
    policy::{PolicyChange, PolicyLoadError, PolicyNews},
    telemetry::EventKind,
};

impl Control {
    /// Looks whether the policy file has changed, and puts what it then says in force.
    pub(super) fn look_at_policy(&self, now: Instant) {
        self.policy.look(now, |policy, news| self.apply(policy, news));
    }

    /// Reads the policy file, and puts what it says in force.
    pub(crate) fn reload_policy(&self) -> Result<PolicyChange, PolicyLoadError> {
        self.policy.reload(|policy, news| self.apply(policy, news))
    }

    /// Sets knobs in code.
    pub(crate) fn set_policy(&self, settings: Vec<(String, String)>) -> Result<PolicyChange, PolicyErrors> {
        self.policy.set(settings, |policy, news| self.apply(policy, news))
    }

    /// Lets the tuner know, and whoever listens.
    fn apply(&self, policy: &Policy, news: PolicyNews) {
        let kind = match news {
            PolicyNews::Rejected(message) => EventKind::PolicyRejected { message },
            PolicyNews::Reloaded(PolicyChange { changed, waiting }) => {
                if !changed.is_empty() {
                    self.tuning().brain.lock().set_policy(policy);
                    drop(self.take_plan());
                }
                EventKind::PolicyReloaded { changed, waiting }
            }
        };
        self.announce(kind);
    }
}
