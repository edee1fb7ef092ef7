//! The tuner: one background thread for all stores, and what it knows of each.
//!
//! [`thread`] is the thread, with the list of stores; [`brain`] is what is known of one store, and turns samples and
//! counters into observations for the pure controller; [`biases`] takes chosen biases to the locks; [`state`] is that and all
//! else that is kept of a store for tuning and telemetry; [`report`] is what telemetry shows of it; [`policy_change`] brings another
//! policy into force; [`watch`](mod@watch) is who holds shards for how long.
//!
//! The thread never enters a shard by itself. It decides; steps of migrations run in the store's body, under the
//! [lease](crate::control), by this thread where the store's types allow, by the store's callers otherwise.
#![forbid(unsafe_code)]

mod biases;
mod brain;
mod machine;
mod policy_change;
mod report;
mod state;
mod thread;
mod watch;
mod window;

use std::time::Duration;

pub(crate) use biases::force_biases;
pub(crate) use brain::Brain;
pub(crate) use machine::cores;
pub(crate) use state::TuningState;
#[cfg(autoshard_shuttle)]
pub(crate) use thread::work_of_tuner;
pub(crate) use thread::{is_forked, is_tuner_thread, nudge, register, unregister};
pub(crate) use watch::{Watch, watch};

use crate::{control::Control, migration::Step, presence};

/// Who can run steps in a store's body without owning the store.
pub(crate) trait Actuator: Send + Sync {
    /// Runs a step of about this length.
    fn step(&self, budget: Duration) -> Step;
}

/// Collects all samples of the process, and hands each to its store's brain.
pub(crate) fn collect() {
    thread::collect();
}

/// Collects, judges the window as it is now, and returns what was decided. Biases are put in place; the action is left to
/// the caller.
pub(crate) fn judge_now(control: &Control) -> autoshard_tuning::Decision {
    collect();
    let judgement = control.tuning().brain.lock().judge(control, presence::sample_mean());
    judgement.apply_biases(control);
    judgement.decision
}
