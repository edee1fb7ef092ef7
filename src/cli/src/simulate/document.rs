//! A simulated run as JSON. Fields are only ever added, at the end.

use autoshard_tuning::simulator::{Evaluation, Machine, WindowRecord};
use serde::Serialize;

use super::{Simulated, Subject};

/// The document that `--json` writes.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    workload: &'a str,
    threads: u32,
    seed: u64,
    machine: &'a Machine,
    phases: Vec<&'a str>,
    windows: &'a [WindowRecord],
    evaluation: &'a Evaluation,
}

impl<'a> Document<'a> {
    pub(super) fn of(subject: &'a Subject, simulated: &'a Simulated) -> Self {
        Self {
            workload: &subject.workload.name,
            threads: subject.threads,
            seed: subject.seed,
            machine: &subject.machine,
            phases: subject.workload.phases.iter().map(|phase| phase.name.as_str()).collect(),
            windows: &simulated.run.windows,
            evaluation: &simulated.evaluation,
        }
    }
}
