//! The policy of a running store.
#![forbid(unsafe_code)]

use autoshard_tuning::PolicyErrors;

use super::Store;
use crate::{Policy, PolicyChange, PolicyLoadError};

impl<K, V, S> Store<K, V, S> {
    /// A copy of the policy in force. It changes with the policy file, and by [`set_policy`](Self::set_policy).
    pub fn policy(&self) -> Policy {
        Policy::clone(&self.control.policy())
    }

    /// Sets knobs in this store, as [`StoreBuilder::set`](crate::StoreBuilder::set) does before it is built: all of them, or none.
    ///
    /// Policy file and environment stay above what is set in code, and a knob that they set keeps its value; so do knobs that take
    /// effect at build, which the change names as waiting. A replacement of shards that is under way goes on.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert(1, "one");
    /// let change = store.set_policy([("shards.min", "16"), ("tuner.strategy", "fixed")])?;
    /// assert_eq!(change.changed, ["shards.min", "tuner.strategy"]);
    /// assert_eq!(store.policy().shards.min, Some(16));
    ///
    /// let error = store.set_policy([("shards.min", 100_000)]).unwrap_err();
    /// assert!(error.to_string().contains("shards.min"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the policy, as all of its layers together, is not in order; the one in force stays.
    pub fn set_policy<N: Into<String>, T: ToString>(
        &self,
        knobs: impl IntoIterator<Item = (N, T)>,
    ) -> Result<PolicyChange, PolicyErrors> {
        let settings = knobs.into_iter().map(|(key, value)| (key.into(), value.to_string())).collect();
        self.control.set_policy(settings)
    }

    /// Reads the policy file now, on this thread, and puts what it says in force. For stores that no background thread tunes, and for
    /// the impatient: otherwise that happens [by itself](crate::StoreBuilder#reload). Without a policy file there is nothing to change.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or the policy is not in order; the one in force stays.
    pub fn reload_policy(&self) -> Result<PolicyChange, PolicyLoadError> {
        self.control.reload_policy()
    }
}
