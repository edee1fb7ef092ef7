//! The strategy `formula`: the baseline that the others must beat.
//!
//! The number of shards follows from cores, skew and spread by a fixed formula; whether anybody waits is not asked.

use std::collections::VecDeque;

use super::{
    evidence::Evidence,
    hold,
    limits::Limits,
    sentence::{percent, things},
};
use crate::{Action, Cause, Decision, plan_to_count};

// The constants are the baseline's definition (docs of the design), dimensionless where nothing else is said; they are
// not knobs, because a baseline that is tuned is none.

/// Shards per core before skew and spread are taken into account.
const SHARDS_PER_CORE: f64 = 2.0;
/// Fewest shards before skew and spread are taken into account.
const SHARDS_BASE_MIN: f64 = 4.0;
/// Most shards that the formula asks for.
const SHARDS_TARGET_MAX: f64 = 1024.0;
/// What skew adds, in parts of the base for each unit of skew.
const SKEW_WEIGHT: f64 = 4.0;
/// The most that skew adds, in parts of the base.
const SKEW_PART_MAX: f64 = 1.5;
/// What spread takes away, in parts of the base for each unit of spread.
const SPREAD_WEIGHT: f64 = 2.0;
/// The least that spread leaves, in parts of the base.
const SPREAD_FACTOR_MIN: f64 = 0.6;
/// Skew above which the number of shards may grow.
const SKEW_GROW: f64 = 0.35;
/// Use of the processor below which the number of shards may shrink; share of all cores.
const CPU_USE_SHRINK: f64 = 0.40;
/// Spread below which the number of shards may shrink.
const SPREAD_SHRINK: f64 = 0.12;
/// Length of the sliding window, in judged windows. A guess: four seconds by default.
const WINDOWS: usize = 8;

/// What one judged window contributes.
#[derive(Clone, Debug)]
struct Window {
    /// Accesses of each shard.
    loads: Vec<u64>,
    /// Relative dispersion of the shares of the most frequent keys.
    hot_skew: f64,
    cpu_use: Option<f64>,
}

/// The sliding window; all of it of the same layout.
#[derive(Clone, Debug, Default)]
pub(super) struct Formula {
    windows: VecDeque<Window>,
}

/// What the formula is given.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figures {
    /// Relative dispersion (standard deviation over mean) of the shares of the most frequent keys that the tracker
    /// reports; the mean over the sliding window. Keys of equal frequency give 0.
    hot_skew: f64,
    /// Relative dispersion of the shards' loads, added up over the sliding window.
    load_std: f64,
    /// Use of the processor, the mean over the sliding window; unknown if any of it is.
    cpu_use: Option<f64>,
}

impl Formula {
    /// The layout has changed: what was seen of the old one says nothing of this one.
    pub(super) fn forget(&mut self) {
        self.windows.clear();
    }

    /// Adds a window, and compares the number of shards with the formula's.
    pub(super) fn judge(&mut self, evidence: &Evidence, limits: Limits) -> Decision {
        self.windows.push_back(Window {
            loads: evidence.shards.iter().map(|shard| shard.accesses).collect(),
            hot_skew: relative_dispersion(evidence.hot_keys.iter().map(|key| key.share)),
            cpu_use: evidence.cpu_use,
        });
        if self.windows.len() > WINDOWS {
            self.windows.pop_front();
        }
        let figures = self.figures();
        let shards = evidence.shards.len();
        let wanted = shards_wanted(evidence.cores, figures).clamp(limits.min, limits.max);
        let may_grow = wanted > shards && figures.hot_skew > SKEW_GROW;
        let is_unused = figures.cpu_use.is_some_and(|used| used < CPU_USE_SHRINK);
        let may_shrink = wanted < shards && is_unused && figures.load_std < SPREAD_SHRINK;
        let reason = reason(shards, wanted, figures);
        if may_grow || may_shrink {
            let plan = plan_to_count(&evidence.directory, &evidence.slot_loads(), wanted);
            let cause = if may_grow { Cause::Skew } else { Cause::Cold };
            Decision::new(Action::Reshard(plan), cause, reason)
        } else {
            hold(Cause::Balanced, reason)
        }
    }

    fn figures(&self) -> Figures {
        let count = self.windows.len().max(1) as f64;
        let shards = self.windows.front().map_or(0, |window| window.loads.len());
        let load = |shard: usize| self.windows.iter().map(|window| window.loads[shard] as f64).sum::<f64>();
        let cpu_use: Option<f64> = self.windows.iter().map(|window| window.cpu_use).sum();
        Figures {
            hot_skew: self.windows.iter().map(|window| window.hot_skew).sum::<f64>() / count,
            load_std: relative_dispersion((0..shards).map(load)),
            cpu_use: cpu_use.map(|sum| sum / count),
        }
    }
}

/// The formula.
fn shards_wanted(cores: u32, figures: Figures) -> usize {
    let base = (SHARDS_PER_CORE * f64::from(cores)).max(SHARDS_BASE_MIN);
    let skew_factor = 1.0 + (SKEW_WEIGHT * figures.hot_skew).min(SKEW_PART_MAX);
    let spread_factor = (1.0 - SPREAD_WEIGHT * figures.load_std).max(SPREAD_FACTOR_MIN);
    (base * skew_factor * spread_factor).round().clamp(1.0, SHARDS_TARGET_MAX) as usize
}

fn reason(shards: usize, wanted: usize, figures: Figures) -> String {
    let Figures { hot_skew, load_std, cpu_use } = figures;
    let used = cpu_use.map_or_else(
        || "use of the processor unknown".to_owned(),
        |used| format!("{} of the processor used", percent(used)),
    );
    format!(
        "the formula wants {} where there are {shards}: key skew {hot_skew:.2} (grows above \
         {SKEW_GROW}), load spread {load_std:.2} (shrinks below {SPREAD_SHRINK}), {used} (shrinks below {})",
        things(wanted, "shard"),
        percent(CPU_USE_SHRINK)
    )
}

/// Standard deviation over mean; 0 where either has no meaning.
fn relative_dispersion(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let dispersion = variance.sqrt() / mean;
    if dispersion.is_finite() { dispersion } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(hot_skew: f64, load_std: f64) -> Figures {
        Figures { hot_skew, load_std, cpu_use: None }
    }

    #[test]
    fn the_formula_gives_the_documented_counts() {
        assert_eq!(shards_wanted(1, figures(0.0, 0.0)), 4, "the base is never below four");
        assert_eq!(shards_wanted(8, figures(0.0, 0.0)), 16, "two shards a core");
        assert_eq!(shards_wanted(8, figures(0.25, 0.0)), 32, "skew adds four times itself");
        assert_eq!(shards_wanted(8, figures(9.0, 0.0)), 40, "but not more than one and a half");
        assert_eq!(shards_wanted(8, figures(0.0, 0.1)), 13, "spread takes twice itself");
        assert_eq!(shards_wanted(8, figures(0.0, 9.0)), 10, "but leaves six tenths");
        assert_eq!(shards_wanted(4096, figures(0.0, 0.0)), 1024, "and never above 1,024");
    }

    #[test]
    fn dispersion_is_relative_and_never_a_nonsense_number() {
        assert_eq!(relative_dispersion([2.0, 2.0].into_iter()), 0.0);
        assert_eq!(relative_dispersion([1.0, 3.0].into_iter()), 0.5);
        assert_eq!(relative_dispersion([0.0, 0.0].into_iter()), 0.0);
        assert_eq!(relative_dispersion([].into_iter()), 0.0);
        assert_eq!(relative_dispersion([f64::NAN].into_iter()), 0.0);
    }
}
