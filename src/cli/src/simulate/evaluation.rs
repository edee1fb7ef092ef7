//! `simulate --evaluate`: every workload, on machines of all sizes, with every strategy.

use std::{
    collections::BTreeMap,
    fmt::Write,
    io,
    process::ExitCode,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use autoshard_tuning::{
    Policy,
    simulator::{Evaluation, Score, Workload, evaluate},
};

use super::subject::{cores_here, machine, stretch};
use crate::{args::SimulateArguments, failure::Failure, output, policy_file, report_file};

/// The machines, where the user names none.
const CORES: [u16; 5] = [2, 8, 32, 96, 256];

/// Carries it out, and prints each row as soon as there is one.
pub(super) fn evaluate_all(arguments: &SimulateArguments) -> Result<ExitCode, Failure> {
    let policy = policy_file::effective(arguments.profile.as_deref(), arguments.policy.as_deref())?.policy;
    let names: Vec<&str> = match (&arguments.workload, arguments.held_out) {
        (Some(name), _) => vec![name],
        (None, true) => Workload::held_out().collect(),
        (None, false) => Workload::names().collect(),
    };
    let cores = arguments.cores.map_or_else(|| CORES.to_vec(), |cores| vec![cores]);
    output::print(
        "Simulated. Of the best fixed number of shards, the worst phase; of the best single one, all phases.\n\n",
    )?;
    output::print(&format!("{:<18} {:>5}  {:<5} {}\n", "workload", "cores", "lines", header()))?;
    let mut cases = Vec::new();
    for name in names {
        for (&cores, is_far) in cores.iter().flat_map(|cores| [(cores, false), (cores, true)]) {
            let mut workload =
                Workload::named(name, u32::from(cores)).ok_or_else(|| Failure::Workload { name: name.to_owned() })?;
            stretch(&mut workload, arguments.phase_seconds);
            cases.push(Case { cores, is_far, workload });
        }
    }
    let mut evaluations = Vec::new();
    in_order(
        &cases,
        |case| case.evaluate(&policy, arguments.seed),
        |case, evaluation| {
            output::print(&case.row(&evaluation))?;
            evaluations.push(evaluation);
            Ok::<(), Failure>(())
        },
    )?;
    output::print(&means(&evaluations))?;
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&evaluations).map_err(io::Error::from)?;
        report_file::write(path, &(text + "\n"))?;
    }
    Ok(super::verdict(&evaluations))
}

/// A workload on a machine.
struct Case {
    cores: u16,
    is_far: bool,
    workload: Workload,
}

impl Case {
    fn evaluate(&self, policy: &Policy, seed: u64) -> Evaluation {
        evaluate(&machine(u32::from(self.cores), self.is_far), policy, &self.workload, seed)
    }

    fn row(&self, evaluation: &Evaluation) -> String {
        let lines = if self.is_far { "far" } else { "near" };
        format!("{:<18} {:>5}  {lines:<5} {}\n", self.workload.name, self.cores, row(evaluation))
    }
}

/// Works on all cores at once, and shows each result once those before it have been shown.
pub(super) fn in_order<T: Sync, R: Send, E>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut show: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..cores_here().min(items.len() as u32) {
            let (sender, work, next) = (sender.clone(), &work, &next);
            scope.spawn(move || {
                // Relaxed: nothing else passes with the number.
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    if sender.send((index, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        // It goes with the first failure to show something, and nobody begins anything then.
        let results = results;
        let mut early = BTreeMap::new();
        for (shown, item) in items.iter().enumerate() {
            while !early.contains_key(&shown) {
                let Ok((index, result)) = results.recv() else { return Ok(()) };
                early.insert(index, result);
            }
            if let Some(result) = early.remove(&shown) {
                show(item, result)?;
            }
        }
        Ok(())
    })
}

fn header() -> String {
    ["contention", "formula", "fixed"].map(|name| format!("{name:<24}")).concat()
}

fn row(evaluation: &Evaluation) -> String {
    let score = |score: &Score| {
        let settled = score.settled_after.iter().map(|after| after.map(|after| after.as_secs_f64()));
        let settled = settled.reduce(|one, other| Some(one?.max(other?))).flatten();
        let settled = settled.map_or("  never".to_owned(), |seconds| format!("{seconds:>5.1} s"));
        format!("{:.2} {:.2} {settled} {:>3}    ", score.worst(), score.over_best_single, changes(score))
    };
    evaluation.scores.iter().map(score).collect()
}

fn changes(score: &Score) -> u32 {
    score.changes_once_settled.iter().sum()
}

/// Geometric means of each strategy's worst phases, and how many of these are good.
fn means(evaluations: &[Evaluation]) -> String {
    let mut text = String::new();
    let strategies = evaluations.first().map_or(0, |evaluation| evaluation.scores.len());
    for strategy in 0..strategies {
        let scores: Vec<&Score> = evaluations.iter().map(|evaluation| &evaluation.scores[strategy]).collect();
        let mean = scores.iter().map(|score| score.worst().ln()).sum::<f64>() / scores.len() as f64;
        let good = scores.iter().filter(|score| score.worst() >= super::GOOD).count();
        let _ = writeln!(
            text,
            "{:<10} {:.3} in the geometric mean, {good} of {} at {} or more",
            scores[0].strategy,
            mean.exp(),
            scores.len(),
            super::GOOD
        );
    }
    text
}
