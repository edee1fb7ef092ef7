//! What the rounds come to.

use std::fmt;

use autoshard_tuning::simulator::STATIC_COUNTS;
use serde::Serialize;

use super::{Round, STRATEGIES, Way};
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
    regime: Regime,
    /// Ways that were gone in it, of all.
    ways: (usize, usize),
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
    /// `None` if a regime was too rare: no number of shards has ways in it on odd and on even rounds, or a strategy has none.
    pub(super) fn of(cell: &Cell, rounds: &[Round], regime: Regime) -> Option<Self> {
        let sides =
            Sides { odd: rounds.iter().step_by(2).collect(), even: rounds.iter().skip(1).step_by(2).collect(), regime };
        let best_single = sides.best(Course::settled_mops_of_all)?;
        let strategies = (0..STRATEGIES.len()).map(|index| {
            let phases = Phase::ALL.into_iter().map(|phase| PhaseScore::of(index, phase, &sides));
            Some(Score {
                strategy: STRATEGIES[index].name(),
                shards_at_first: sides.ways(index).next()?.shards_at_first,
                over_best_single: sides.of_strategy(index, Course::mops)? / best_single.1,
                phases: phases.collect::<Option<_>>()?,
            })
        });
        let ways = || rounds.iter().flat_map(|round| round.fixed.iter().chain(&round.strategies));
        Some(Self {
            cell: cell.clone(),
            regime,
            ways: (ways().filter(|way| way.regime == Some(regime)).count(), ways().count()),
            strategies: strategies.collect::<Option<_>>()?,
            best_single,
        })
    }

    /// Whether the default strategy comes to what is asked for.
    pub(super) fn is_good(&self) -> bool {
        self.strategies.first().is_some_and(|score| {
            score.over_best_single >= OVER_BEST_SINGLE_MIN
                && score.phases.iter().all(|phase| phase.over_best >= OVER_BEST_MIN)
        })
    }
}

/// The rounds, as far as they are of one regime.
struct Sides<'a> {
    /// On which the best is chosen.
    odd: Vec<&'a Round>,
    /// Which count.
    even: Vec<&'a Round>,
    regime: Regime,
}

impl<'a> Sides<'a> {
    /// The number of shards that comes to most on odd rounds, of those that have ways on even ones, and what it comes to there.
    fn best(&self, of: impl Fn(&Course) -> f64) -> Option<(u32, f64)> {
        let figures = (0..STATIC_COUNTS.len()).filter_map(|index| {
            let chosen_by = self.median(&self.odd, |round| &round.fixed[index], &of)?;
            Some((chosen_by, STATIC_COUNTS[index], self.median(&self.even, |round| &round.fixed[index], &of)?))
        });
        figures.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, shards, mops)| (shards, mops))
    }

    /// A strategy's ways on even rounds.
    fn ways(&self, strategy: usize) -> impl Iterator<Item = &'a Way> {
        let of_regime = |way: &&Way| way.regime == Some(self.regime);
        self.even.iter().map(move |round| &round.strategies[strategy]).filter(of_regime)
    }

    fn of_strategy(&self, strategy: usize, of: impl Fn(&Course) -> f64) -> Option<f64> {
        self.median(&self.even, |round| &round.strategies[strategy], of)
    }

    fn median(
        &self,
        rounds: &[&'a Round],
        way: impl Fn(&'a Round) -> &'a Way,
        of: impl Fn(&Course) -> f64,
    ) -> Option<f64> {
        let ways = rounds.iter().map(|round| way(round)).filter(|way| way.regime == Some(self.regime));
        Spread::of(ways.map(|way| of(&way.course))).map(|spread| spread.median)
    }
}

impl PhaseScore {
    fn of(strategy: usize, phase: Phase, sides: &Sides<'_>) -> Option<Self> {
        let settled = |course: &Course| course.settled_mops(phase);
        let (best, best_mops) = sides.best(settled)?;
        let mops = sides.of_strategy(strategy, settled)?;
        let default_mops = sides.of_strategy(STRATEGIES.len() - 1, settled)?;
        let courses = || sides.ways(strategy).map(|way| &way.course);
        let settlings: Vec<Settling> = courses().map(|course| Settling::new(course, phase, best_mops)).collect();
        let settled_s = settlings.iter().map(Settling::seconds).reduce(|one, other| Some(one?.max(other?))).flatten();
        Some(Self {
            phase: phase.name(),
            mops,
            best,
            best_mops,
            over_best: mops / best_mops,
            over_default: mops / default_mops,
            settled_s,
            settled_windows: settled_s.map(|seconds| seconds * 10.0),
            changes_once_settled: settlings.iter().map(Settling::changes).max().unwrap_or_default(),
            below_default: mean(courses().map(|course| course.part_below(phase, BELOW * default_mops))),
        })
    }
}

fn mean(figures: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = figures.fold((0.0, 0_u32), |(sum, count), figure| (sum + figure, count + 1));
    sum / f64::from(count.max(1))
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {}: {} of {} ways", self.cell, self.regime, self.ways.0, self.ways.1)?;
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
