//! How far two series of figures agree.

use std::fmt;

use serde::Serialize;

use crate::{transfer::Regime, workload::Cell};

/// Within this part of what is measured, the simulated figure is right.
const WITHIN: f64 = 0.25;
/// Pairs of measured figures that differ by less than this part have no order.
const TOLD_APART: f64 = 1.1;
/// The least agreement in rank: Kendall's τ.
const RANK_MIN: f64 = 0.8;
/// Cells that are named, of those furthest off.
const WORST: usize = 8;

/// A store as measured and as simulated.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Pair {
    #[serde(flatten)]
    pub(super) cell: Cell,
    pub(super) shards: u32,
    pub(super) regime: Regime,
    pub(super) transfer_ns: f64,
    pub(super) measured_mops: f64,
    pub(super) simulated_mops: f64,
}

impl Pair {
    fn ratio(&self) -> f64 {
        self.simulated_mops / self.measured_mops
    }

    fn is_right(&self) -> bool {
        (self.ratio() - 1.0).abs() <= WITHIN
    }
}

/// All numbers of shards of a cell: `shards: measured/simulated`.
pub(super) struct Line<'a>(pub(super) &'a [Pair]);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return Ok(()) };
        write!(f, "{}, {}:", first.cell, first.regime)?;
        for pair in self.0 {
            write!(f, " {}: {:.1}/{:.1}", pair.shards, pair.measured_mops, pair.simulated_mops)?;
        }
        writeln!(f)
    }
}

/// How far all pairs of a regime agree.
pub(super) struct Agreement<'a> {
    regime: Regime,
    pairs: usize,
    right: usize,
    /// Kendall's τ over pairs of the same cell that can be told apart; `None` if there are none.
    rank: Option<f64>,
    worst: Vec<&'a Pair>,
}

impl<'a> Agreement<'a> {
    /// `None` if nothing was measured in that regime.
    pub(super) fn of(pairs: &'a [Pair], regime: Regime) -> Option<Self> {
        let mut pairs: Vec<&Pair> = pairs.iter().filter(|pair| pair.regime == regime).collect();
        let rank = rank(&pairs);
        pairs.sort_by(|one, other| other.ratio().ln().abs().total_cmp(&one.ratio().ln().abs()));
        let right = pairs.iter().filter(|pair| pair.is_right()).count();
        let worst = pairs.iter().copied().take(WORST).collect();
        (!pairs.is_empty()).then_some(Self { regime, pairs: pairs.len(), right, rank, worst })
    }

    /// Whether it is what is asked for: all within a quarter, and in order.
    pub(super) fn is_good(&self) -> bool {
        self.right == self.pairs && self.rank.is_none_or(|rank| rank >= RANK_MIN)
    }
}

/// Kendall's τ: pairs in the same order less those that are not, over all.
fn rank(pairs: &[&Pair]) -> Option<f64> {
    let (mut same, mut all) = (0_i64, 0_i64);
    for (index, one) in pairs.iter().enumerate() {
        for other in pairs[..index].iter().filter(|other| other.cell == one.cell) {
            let measured = one.measured_mops / other.measured_mops;
            if measured.max(1.0 / measured) > TOLD_APART {
                all += 1;
                same += if (one.simulated_mops > other.simulated_mops) == (measured > 1.0) { 1 } else { -1 };
            }
        }
    }
    (all > 0).then(|| same as f64 / all as f64)
}

impl fmt::Display for Agreement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { regime, pairs, right, .. } = self;
        write!(f, "\n{regime}: {right} of {pairs} within {:.0} %", 100.0 * WITHIN)?;
        if let Some(rank) = self.rank {
            write!(f, ", Kendall's tau {rank:.3} where more than {:.0} % apart", 100.0 * (TOLD_APART - 1.0))?;
        }
        writeln!(f, "; furthest off:")?;
        for pair in &self.worst {
            writeln!(f, "  {:.2} {} with {} shards", pair.ratio(), pair.cell, pair.shards)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::Distribution, workload::Workload};

    fn pairs(figures: &[(f64, f64)]) -> Vec<Pair> {
        let cell =
            Cell { workload: Workload::Get, keys: 1, distribution: Distribution::Uniform, threads: 1, trace: None };
        let pair = |&(measured_mops, simulated_mops)| Pair {
            cell: cell.clone(),
            shards: 1,
            regime: Regime::Near,
            transfer_ns: 60.0,
            measured_mops,
            simulated_mops,
        };
        figures.iter().map(pair).collect()
    }

    #[test]
    fn figures_in_order_and_near_agree() {
        let pairs = pairs(&[(1.0, 1.2), (2.0, 1.7), (3.0, 3.0)]);
        let agreement = Agreement::of(&pairs, Regime::Near).expect("there are some");
        assert!(agreement.is_good() && agreement.rank == Some(1.0));
        assert!(Agreement::of(&pairs, Regime::Far).is_none());
    }

    #[test]
    fn figures_that_are_off_or_in_another_order_do_not() {
        assert!(!Agreement::of(&pairs(&[(1.0, 1.3)]), Regime::Near).expect("there is one").is_good());
        let reversed = pairs(&[(10.0, 11.5), (11.5, 10.5), (11.6, 10.4)]);
        let agreement = Agreement::of(&reversed, Regime::Near).expect("there are some");
        assert!(!agreement.is_good() && agreement.rank == Some(-1.0), "{agreement}");
    }

    #[test]
    fn what_is_hardly_apart_has_no_order() {
        let alike = pairs(&[(10.0, 11.0), (10.5, 10.0)]);
        assert_eq!(Agreement::of(&alike, Regime::Near).expect("there are some").rank, None);
    }
}
