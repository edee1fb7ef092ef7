//! What tuning and telemetry keep of one store.
#![forbid(unsafe_code)]

use autoshard_tuning::{Outcome, Plan};

use super::Brain;
use crate::{
    migration::MigrationCounters,
    sync::{Arc, Mutex, OnceLock},
    telemetry::{DecisionLog, Journal},
    workers::Workers,
};

/// What tuning and telemetry keep of one store. No operation on a key needs it, so a store that is not tuned yet, and that
/// nobody asks about itself, does without; and it lies apart from what operations read.
#[derive(Default)]
pub(crate) struct TuningState {
    /// A plan that waits to be carried out, by whoever runs steps.
    pub(crate) plan: Mutex<Option<Plan>>,
    /// What became of the last plan, until the next observation takes it.
    pub(crate) outcome: Mutex<Option<Outcome>>,
    pub(crate) migrations: MigrationCounters,
    pub(crate) journal: Arc<Journal>,
    pub(crate) decisions: Mutex<DecisionLog>,
    pub(crate) brain: Mutex<Brain>,
    /// The store's workers, if it has any; set once, when it is built.
    pub(crate) workers: OnceLock<Arc<dyn Workers>>,
}
