//! Tuning by hand.

use std::{error::Error, fmt, time::Duration};

use autoshard_tuning::{Action, Cause, Decision, Plan, ShardId};

use super::Store;
use crate::{
    migration::{Pace, Step, step_guard},
    sync::{thread, time::Instant},
    telemetry::{DecisionRecord, EventKind},
    tuner,
};

/// Longest time that a caller waits for others to let go of their guards. A guess: several times what the attempts to cut over
/// take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Rest after a step that found somebody in the way.
const REST: Duration = Duration::from_micros(100);

impl<K, V, S> Store<K, V, S> {
    /// Collects what was sampled, decides on it, and carries the decision out, on this thread; returns what was decided. Biases
    /// that were chosen are put in place, too; telemetry tells of them.
    ///
    /// For stores that no background thread tunes, for tests, and for the impatient. Waits for a plan that is being carried out. Shards
    /// that somebody holds for long are left as they are. Called while this thread holds a guard of the store, it cannot replace that shard.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert(1, 1);
    /// let decision = store.tune_now();
    /// println!("{}: {}", decision.action, decision.reason);
    /// ```
    pub fn tune_now(&self) -> DecisionRecord {
        if !step_guard::is_active() {
            self.work_off(None::<fn(&[ShardId]) -> Plan>);
        }
        let decision = tuner::judge_now(&self.control);
        let record = DecisionRecord::new(self.control.uptime(), self.shard_count() as u32, &decision);
        if let Action::Reshard(plan) = decision.action
            && !step_guard::is_active()
        {
            self.work_off(Some(|_: &[ShardId]| plan));
        }
        record
    }

    /// Splits or merges shards until there are so many, now and on this thread. The tuner may change their number again, if it is enabled.
    /// The policy's `shards.assignment` says which slots they get; with `bitmask`, the number is rounded up to a power of two.
    ///
    /// Other threads use the store meanwhile as ever.
    ///
    /// # Errors
    ///
    /// If the number is out of the policy's limits, or if a shard could not be replaced because somebody holds a guard for long; the store is
    /// whole in any case, with the shards that it has.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert(1, 1);
    /// store.reshard(16)?;
    /// assert_eq!(store.shard_count(), 16);
    /// # Ok::<(), autoshard::ReshardError>(())
    /// ```
    pub fn reshard(&self, shards: usize) -> Result<(), ReshardError> {
        let limits = self.control.policy().shards.clone();
        let max = limits.max.min(limits.slots) as usize;
        if shards == 0 || shards > max {
            return Err(ReshardError::OutOfLimits { shards, max });
        }
        if step_guard::is_active() {
            return Err(ReshardError::Busy);
        }
        self.body.lay_out();
        let shards = limits.assignment.shard_count(limits.slots as usize, shards);
        self.work_off(Some(|directory: &[ShardId]| {
            let plan = limits.assignment.plan(directory, &[], shards);
            self.record_request(&plan, shards);
            plan
        }));
        let found = self.shard_count();
        if found == shards { Ok(()) } else { Err(ReshardError::Incomplete { shards, found }) }
    }

    fn record_request(&self, plan: &Plan, shards: usize) {
        let reason = format!("{shards} shards were asked for");
        let decision = Decision::new(Action::Reshard(plan.clone()), Cause::Requested, reason);
        let record = DecisionRecord::new(self.control.uptime(), self.shard_count() as u32, &decision);
        self.control.tuning().decisions.lock().push(record.clone());
        self.control.announce(EventKind::Decision(record));
    }

    /// Compares values, too, when a migration is verified. By default keys are compared.
    ///
    /// ```
    /// let store = autoshard::Store::new().verify_values_with(|one: &i32, other| one == other);
    /// store.insert(1, 1);
    /// ```
    #[must_use]
    pub fn verify_values_with(self, same: fn(&V, &V) -> bool) -> Self {
        // A second call changes nothing: the first comparison may be in use.
        let _ = self.body.same_value.set(same);
        self
    }

    /// Runs steps until no plan is in hand, and after that those of one more plan, made for the layout as it then is.
    pub(super) fn work_off(&self, mut make_plan: Option<impl FnOnce(&[ShardId]) -> Plan>) {
        let mut waiting_since = None;
        let mut pace = Pace::new();
        loop {
            let mut migrator = self.body.migrator.lock();
            if migrator.is_idle() {
                let Some(make_plan) = make_plan.take() else { return };
                let plan = make_plan(&self.control.directory.shards());
                migrator.begin(&self.body, plan);
                self.control.set_has_work(true);
            }
            let step = self.body.step_locked(&mut migrator, self.control.policy().migration.step());
            drop(migrator);
            if step != Step::Waiting {
                waiting_since = None;
                pace.rest_if_due();
                continue;
            }
            // Somebody holds a guard for long: perhaps this very thread. What cannot be done now is left to later steps.
            if waiting_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                return;
            }
            thread::sleep(REST);
        }
    }
}

/// A store could not be given the shards that were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReshardError {
    /// The number is out of the limits.
    #[non_exhaustive]
    OutOfLimits {
        /// What was asked for.
        shards: usize,
        /// What the policy allows at most.
        max: usize,
    },
    /// Some shards could not be replaced: somebody (perhaps this thread) held a guard for long, code of a key or value panicked, or
    /// another plan came in between.
    #[non_exhaustive]
    Incomplete {
        /// What was asked for.
        shards: usize,
        /// What there is.
        found: usize,
    },
    /// It was asked for from within a step of a migration, by code of a key or value.
    Busy,
}

impl fmt::Display for ReshardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfLimits { shards, max } => {
                write!(
                    f,
                    "a store cannot have {shards} shards; 1 to {max} are allowed by the policy (shards.max, shards.slots)"
                )
            }
            Self::Incomplete { shards, found } => write!(
                f,
                "the store has {found} shards instead of {shards}: some could not be replaced, or another plan came in between; the \
                 store's events tell"
            ),
            Self::Busy => f.write_str("a store cannot be resharded from within a step of its own migration"),
        }
    }
}

impl Error for ReshardError {}
