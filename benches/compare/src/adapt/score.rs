//! What the rounds come to.

use std::fmt;

use autoshard_tuning::simulator::STATIC_COUNTS;
use serde::Serialize;

use super::{Round, STRATEGIES};
use crate::{
    report::Spread,
    transfer::Regime,
    trial::{Course, Phase, Settling},
    workload::Cell,
};

/// Of the best fixed number of shards, in every phase.
const OVER_BEST_MIN: f64 = 0.95;
/// Of the best single one, in all phases together.
const OVER_BEST_SINGLE_MIN: f64 = 1.0;
/// Below this part of what the shards that a store begins with come to, it would have been better off with them.
const BELOW: f64 = 0.9;

/// One number of threads.
#[derive(Debug, Serialize)]
pub(super) struct Evaluation {
    cell: Cell,
    /// Of each round; `None` if it changed meanwhile.
    regimes: Vec<Option<Regime>>,
    /// Of each round, before each store's way.
    transfers_ns: Vec<Vec<Option<f64>>>,
    /// The number of shards that was best over all phases on odd rounds, and its millions of operations a second on even ones.
    best_single: (u32, f64),
    strategies: Vec<Score>,
}

#[derive(Debug, Serialize)]
struct Score {
    strategy: &'static str,
    /// Shards once the store was filled.
    shards_at_first: usize,
    /// Over the best single number, all phases from their beginning.
    over_best_single: f64,
    phases: Vec<PhaseScore>,
}

/// A phase, on even rounds: medians, but for what is settled, the worst.
#[derive(Debug, Serialize)]
struct PhaseScore {
    phase: &'static str,
    mops: f64,
    /// The number of shards that was best on odd rounds.
    best: u32,
    best_mops: f64,
    over_best: f64,
    /// Over the strategy `fixed`, which keeps the shards that a store has by itself.
    over_default: f64,
    /// Until within 5 % of the best; `None` if it never was, in one of the rounds.
    settled_s: Option<f64>,
    settled_windows: Option<f64>,
    changes_once_settled: u64,
    /// Part of the time below nine tenths of what the default comes to.
    below_default: f64,
}

impl Evaluation {
    pub(super) fn of(cell: &Cell, rounds: &[Round]) -> Self {
        let odd: Vec<&Round> = rounds.iter().step_by(2).collect();
        let even: Vec<&Round> = rounds.iter().skip(1).step_by(2).collect();
        let best_single = best(|index| overall(&odd, |round| &round.fixed[index], Course::settled_mops_of_all));
        let best_single_mops = overall(&even, |round| &round.fixed[best_single], Course::settled_mops_of_all);
        let strategies = STRATEGIES.iter().enumerate().map(|(index, strategy)| Score {
            strategy: strategy.name(),
            shards_at_first: even.first().map_or(0, |round| round.strategies[index].0),
            over_best_single: overall(&even, |round| &round.strategies[index].1, Course::mops) / best_single_mops,
            phases: Phase::ALL.map(|phase| PhaseScore::of(index, phase, &odd, &even)).into_iter().collect(),
        });
        Self {
            cell: cell.clone(),
            regimes: rounds.iter().map(Round::regime).collect(),
            transfers_ns: rounds.iter().map(|round| round.transfers_ns.clone()).collect(),
            strategies: strategies.collect(),
            best_single: (STATIC_COUNTS[best_single], best_single_mops),
        }
    }

    /// Whether the default strategy comes to what is asked for.
    pub(super) fn is_good(&self) -> bool {
        self.strategies.first().is_some_and(|score| {
            score.over_best_single >= OVER_BEST_SINGLE_MIN
                && score.phases.iter().all(|phase| phase.over_best >= OVER_BEST_MIN)
        })
    }
}

impl PhaseScore {
    fn of(strategy: usize, phase: Phase, odd: &[&Round], even: &[&Round]) -> Self {
        let settled = |course: &Course| course.settled_mops(phase);
        let best = best(|index| overall(odd, |round| &round.fixed[index], settled));
        let best_mops = overall(even, |round| &round.fixed[best], settled);
        let mops = overall(even, |round| &round.strategies[strategy].1, settled);
        let default_mops = overall(even, |round| &round.strategies[STRATEGIES.len() - 1].1, settled);
        let courses = || even.iter().map(|round| &round.strategies[strategy].1);
        let settlings: Vec<Settling> = courses().map(|course| Settling::new(course, phase, best_mops)).collect();
        let settled_s = settlings.iter().map(Settling::seconds).reduce(|one, other| Some(one?.max(other?))).flatten();
        Self {
            phase: phase.name(),
            mops,
            best: STATIC_COUNTS[best],
            best_mops,
            over_best: mops / best_mops,
            over_default: mops / default_mops,
            settled_s,
            settled_windows: settled_s.map(|seconds| seconds * 10.0),
            changes_once_settled: settlings.iter().map(Settling::changes).max().unwrap_or_default(),
            below_default: mean(courses().map(|course| course.part_below(phase, BELOW * default_mops))),
        }
    }
}

/// The median of a figure over some rounds.
fn overall<'a>(rounds: &[&'a Round], course: impl Fn(&'a Round) -> &'a Course, of: impl Fn(&Course) -> f64) -> f64 {
    Spread::of(rounds.iter().map(|round| of(course(round)))).map_or(0.0, |spread| spread.median)
}

/// The index of the number of shards that comes to most.
fn best(mops: impl Fn(usize) -> f64) -> usize {
    (0..STATIC_COUNTS.len()).max_by(|&one, &other| mops(one).total_cmp(&mops(other))).unwrap_or_default()
}

fn mean(figures: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = figures.fold((0.0, 0_u32), |(sum, count), figure| (sum + figure, count + 1));
    sum / f64::from(count.max(1))
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.cell)?;
        for (transfers, regime) in self.transfers_ns.iter().zip(&self.regimes) {
            let regime = regime.map_or("changed meanwhile".to_owned(), |regime| regime.to_string());
            if let Some(Spread { min, max, .. }) = Spread::of(transfers.iter().copied().flatten()) {
                writeln!(f, "a round with transfers of {min:.0} to {max:.0} ns: {regime}")?;
            }
        }
        writeln!(f, "best single number: {}, {:.1} Mop/s", self.best_single.0, self.best_single.1)?;
        for score in &self.strategies {
            writeln!(
                f,
                "{}, {} shards at first: {:.2} of the best single number",
                score.strategy, score.shards_at_first, score.over_best_single
            )?;
            writeln!(
                f,
                "  {:<14} {:>7} {:>14} {:>9} {:>12} {:>9} {:>8} {:>8} {:>14}",
                "phase", "Mop/s", "best", "of best", "of default", "settled", "windows", "changes", "below default"
            )?;
            for phase in &score.phases {
                let known =
                    |figure: Option<f64>, unit: &str| figure.map_or("never".to_owned(), |it| format!("{it:.1}{unit}"));
                writeln!(
                    f,
                    "  {:<14} {:>7.1} {:>6}: {:>6.1} {:>9.2} {:>12.2} {:>9} {:>8} {:>8} {:>13.0}%",
                    phase.phase,
                    phase.mops,
                    phase.best,
                    phase.best_mops,
                    phase.over_best,
                    phase.over_default,
                    known(phase.settled_s, " s"),
                    known(phase.settled_windows, ""),
                    phase.changes_once_settled,
                    phase.below_default * 100.0
                )?;
            }
        }
        writeln!(f)
    }
}
