//! `autoshard simulate`: a store on a machine that is not at hand.

mod document;
mod evaluation;
mod profiles;
mod report;
mod subject;

use std::{io, process::ExitCode};

use autoshard_tuning::simulator::{Evaluation, Run, Simulation, evaluate};

pub(crate) use subject::Subject;

use crate::{args::SimulateArguments, failure::Failure, html, output, report_file};

/// Whether a verdict is good: at least so much of the best fixed number of shards, in every phase.
pub(crate) const GOOD: f64 = 0.95;

/// A run of a subject, and what it is held against.
pub(crate) struct Simulated {
    pub(crate) run: Run,
    pub(crate) evaluation: Evaluation,
}

/// Carries the command out. The exit code tells whether the store came within 5 % of the best fixed number of shards everywhere.
pub(crate) fn simulate(arguments: SimulateArguments) -> Result<ExitCode, Failure> {
    for path in [&arguments.json, &arguments.html].into_iter().flatten() {
        report_file::check(path)?;
    }
    if arguments.evaluate {
        return evaluation::evaluate_all(&arguments);
    }
    if arguments.profiles {
        return profiles::compare_profiles(&arguments);
    }
    let subject = Subject::resolve(&arguments)?;
    output::print(&report::heading(&subject))?;
    let simulated = Simulated {
        run: Simulation::new(&subject.machine, &subject.policy).seed(subject.seed).run(&subject.workload),
        evaluation: evaluate(&subject.machine, &subject.policy, &subject.workload, subject.seed),
    };
    output::print(&report::text(&subject, &simulated))?;
    if let Some(path) = &arguments.json {
        let document = document::Document::of(&subject, &simulated);
        let text = serde_json::to_string_pretty(&document).map_err(io::Error::from)?;
        report_file::write(path, &(text + "\n"))?;
    }
    if let Some(path) = &arguments.html {
        report_file::write(path, &html::simulated_page(&subject, &simulated)?)?;
    }
    Ok(verdict(&[simulated.evaluation]))
}

/// Whether the policy's own strategy, or else `contention`, is good in all of these.
fn verdict(evaluations: &[Evaluation]) -> ExitCode {
    let is_good = |evaluation: &Evaluation| evaluation.scores.first().is_none_or(|score| score.worst() >= GOOD);
    if evaluations.iter().all(is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
