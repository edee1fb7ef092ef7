//! What is printed of a simulated run.

use std::fmt::Write;

use autoshard_tuning::simulator::{Evaluation, Score, WindowRecord};

use super::{GOOD, Simulated, Subject};

/// The run in a line, before it begins.
pub(super) fn heading(subject: &Subject) -> String {
    let Subject { machine, workload, threads, .. } = subject;
    format!(
        "Simulated: {} by {threads} threads on {} cores in {} socket(s), {:.0} ns from core to core\n",
        workload.name, machine.cores, machine.sockets, machine.near_ns
    )
}

/// The whole report.
pub(super) fn text(subject: &Subject, simulated: &Simulated) -> String {
    let mut text = String::new();
    for (phase, line) in phases(subject, &simulated.evaluation).into_iter().enumerate() {
        let _ = writeln!(text, "\nPhase {}: {}", subject.workload.phases[phase].name, line);
        for window in changes(simulated, phase) {
            let reason = window.reason.as_deref().unwrap_or("as before");
            let _ = writeln!(text, "  {:>7.1} s  {:>8}  {reason}", window.at.as_secs_f64(), window.action);
        }
    }
    let _ = writeln!(text, "\n{}", verdict(&simulated.evaluation));
    text
}

/// Of each phase, what fixed numbers of shards and the store came to.
fn phases(subject: &Subject, evaluation: &Evaluation) -> Vec<String> {
    let mut busy = 0;
    let of_phase = |(index, phase): (usize, &autoshard_tuning::simulator::Phase)| {
        if phase.traffic.is_none() {
            return "nobody does anything".to_owned();
        }
        let fixed: Vec<_> = evaluation.fixed.iter().filter(|fixed| fixed.phase == index).collect();
        let counts: Vec<String> = fixed.iter().map(|fixed| format!("{}: {:.1}", fixed.shards, fixed.mops)).collect();
        let scores: Vec<String> = evaluation.scores.iter().map(|score| of_score(score, busy)).collect();
        busy += 1;
        format!("fixed shards: Mop/s {}\n  {}", counts.join(", "), scores.join("\n  "))
    };
    subject.workload.phases.iter().enumerate().map(of_phase).collect()
}

fn of_score(score: &Score, phase: usize) -> String {
    let settled = score.settled_after[phase].map_or("never within 5 % of it for good".to_owned(), |after| {
        format!("within 5 % of it after {:.1} s", after.as_secs_f64())
    });
    format!(
        "{:<10} {:.2} of the best fixed number, {settled}, {} change(s) once settled",
        score.strategy, score.over_best[phase], score.changes_once_settled[phase]
    )
}

/// The windows of a phase in which something was decided.
fn changes(simulated: &Simulated, phase: usize) -> impl Iterator<Item = &WindowRecord> {
    simulated.run.windows.iter().filter(move |window| window.phase == phase && window.action != "hold")
}

/// What it comes to, in a sentence.
pub(super) fn verdict(evaluation: &Evaluation) -> String {
    let Some(score) = evaluation.scores.first() else { return String::new() };
    let worst = score.worst();
    let word = if worst >= GOOD { "good" } else { "not good enough" };
    format!(
        "Verdict: {word}. In its worst phase the store came to {worst:.2} of the best fixed number of shards ({GOOD} is asked for), over all \
         phases to {:.2} of the best single one.",
        score.over_best_single
    )
}
