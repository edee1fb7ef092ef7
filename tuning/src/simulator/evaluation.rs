//! How a strategy does, against the best that fixed numbers of shards could do.

use std::time::Duration;

use super::{
    machine::Machine,
    simulation::{Run, Simulation, WindowRecord},
    sweep::{STATIC_COUNTS, StaticPhase, sweep},
    workload::Workload,
};
use crate::{Policy, Strategy};

/// Within this of the best fixed number of shards, the right one is found.
const NEAR: f64 = 0.95;
/// Windows of each phase for which fixed numbers of shards are run.
const SWEEP_WINDOWS: u32 = 16;

/// A workload on a machine, with each strategy.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Evaluation {
    /// The workload's name.
    pub workload: String,
    /// Cores of the machine.
    pub cores: u32,
    /// A line's way between two cores of a socket, in nanoseconds.
    pub near_ns: f64,
    /// What fixed numbers of shards come to.
    pub fixed: Vec<StaticPhase>,
    /// How each strategy does.
    pub scores: Vec<Score>,
}

/// How a strategy does.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Score {
    /// The strategy: `contention`, `formula`, `fixed`.
    pub strategy: &'static str,
    /// Of each phase with traffic: throughput once settled, over that of the best number of shards for this phase.
    pub over_best: Vec<f64>,
    /// Throughput over all phases, over that of the best single number of shards for all.
    pub over_best_single: f64,
    /// Of each such phase: time from its start until throughput stays within 5 % of the best; `None` if it never does.
    pub settled_after: Vec<Option<Duration>>,
    /// Changes of the layout in the second half of each such phase.
    pub changes_once_settled: Vec<u32>,
    /// Part of the windows in which throughput is below what the number of shards that a store begins with would have come to by more than
    /// a tenth.
    pub below_default: f64,
}

impl Score {
    /// The worst of the phases' throughputs over the best fixed one.
    #[must_use]
    pub fn worst(&self) -> f64 {
        self.over_best.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// Runs a workload with each strategy, and with fixed numbers of shards.
#[must_use]
pub fn evaluate(machine: &Machine, policy: &Policy, workload: &Workload, seed: u64) -> Evaluation {
    let fixed = sweep(machine, policy, workload, SWEEP_WINDOWS, seed);
    let busy: Vec<usize> =
        (0..workload.phases.len()).filter(|&phase| workload.phases[phase].traffic.is_some()).collect();
    let default = policy.shards.initial_for(machine.cores, 0);
    let judge = Judge { fixed: &fixed, busy: &busy, default };
    let scores = [Strategy::Contention, Strategy::Formula, Strategy::Fixed].map(|strategy| {
        let mut policy = policy.clone();
        policy.tuner.strategy = strategy;
        let run = Simulation::new(machine, &policy).seed(seed).run(workload);
        judge.score(strategy, &run)
    });
    Evaluation {
        workload: workload.name.clone(),
        cores: machine.cores,
        near_ns: machine.near_ns,
        scores: scores.into(),
        fixed,
    }
}

/// What a run is held against.
struct Judge<'a> {
    fixed: &'a [StaticPhase],
    /// Phases with traffic.
    busy: &'a [usize],
    default: u32,
}

impl Judge<'_> {
    fn score(&self, strategy: Strategy, run: &Run) -> Score {
        let best_single = STATIC_COUNTS.into_iter().map(|shards| self.overall(shards)).fold(0.0, f64::max);
        let mops: Vec<f64> = self.busy.iter().map(|&phase| mean_mops(run, phase)).collect();
        let windows = run.windows.iter().filter(|window| self.busy.contains(&window.phase));
        let below = windows.clone().filter(|window| window.mops < 0.9 * self.mops(self.default, window.phase)).count();
        let busy = || self.busy.iter().copied();
        Score {
            strategy: strategy.name(),
            over_best: busy().map(|phase| run.settled_mops(phase) / self.best(phase)).collect(),
            over_best_single: mops.iter().sum::<f64>() / mops.len().max(1) as f64 / best_single,
            settled_after: busy().map(|phase| self.settled_after(run, phase)).collect(),
            changes_once_settled: busy().map(|phase| changes_once_settled(run, phase)).collect(),
            below_default: below as f64 / windows.count().max(1) as f64,
        }
    }

    fn mops(&self, shards: u32, phase: usize) -> f64 {
        self.fixed.iter().find(|fixed| (fixed.shards, fixed.phase) == (shards, phase)).map_or(0.0, |fixed| fixed.mops)
    }

    /// The best of a phase.
    fn best(&self, phase: usize) -> f64 {
        self.fixed.iter().filter(|fixed| fixed.phase == phase).map(|fixed| fixed.mops).fold(0.0, f64::max)
    }

    /// What a number of shards comes to over all phases with traffic, each as long as the others.
    fn overall(&self, shards: u32) -> f64 {
        self.busy.iter().map(|&phase| self.mops(shards, phase)).sum::<f64>() / self.busy.len().max(1) as f64
    }

    fn settled_after(&self, run: &Run, phase: usize) -> Option<Duration> {
        let windows: Vec<&WindowRecord> = run.windows.iter().filter(|window| window.phase == phase).collect();
        let near = NEAR * self.best(phase);
        let late = windows.iter().rposition(|window| window.mops < near);
        match late {
            None => Some(Duration::ZERO),
            Some(last) if last + 1 == windows.len() => None,
            Some(last) => Some(windows[last].at.saturating_sub(windows[0].at)),
        }
    }
}

fn mean_mops(run: &Run, phase: usize) -> f64 {
    let windows = run.windows.iter().filter(|window| window.phase == phase);
    windows.clone().map(|window| window.mops).sum::<f64>() / windows.count().max(1) as f64
}

fn changes_once_settled(run: &Run, phase: usize) -> u32 {
    let windows: Vec<&WindowRecord> = run.windows.iter().filter(|window| window.phase == phase).collect();
    windows[windows.len() / 2..].iter().filter(|window| window.action != "hold").count() as u32
}
