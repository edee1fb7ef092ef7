//! How our store stands against the best of the others.

use std::collections::BTreeSet;

use super::Row;
use crate::{
    maps::{Contestant, Role},
    transfer::Regime,
    workload::Cell,
};

/// What is compared where a round has throughput.
pub(crate) const THROUGHPUT: &str = "Mop/s";

/// Our store in one cell and regime, by one measure.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) cell: Cell,
    pub(crate) regime: Regime,
    /// [`THROUGHPUT`], or the name of a cost.
    pub(crate) measure: String,
    pub(crate) ours: f64,
    pub(crate) best_peer: Contestant,
    pub(crate) best: f64,
    /// How many times better ours is than the best peer: above 1 we win, whether more or less is better.
    pub(crate) over_best_peer: f64,
    /// The part of the limit's throughput that ours is.
    pub(crate) of_limit: Option<f64>,
}

impl Standing {
    /// All that can be compared of one cell's rows.
    pub(crate) fn of_cell(rows: &[Row]) -> Vec<Self> {
        let regimes: BTreeSet<Regime> = rows.iter().filter_map(|row| row.regime).collect();
        let of_regime = |regime| {
            let rows: Vec<&Row> = rows.iter().filter(|row| row.regime == Some(regime)).collect();
            Self::of_regime(regime, &rows)
        };
        regimes.into_iter().flat_map(of_regime).collect()
    }

    fn of_regime(regime: Regime, rows: &[&Row]) -> Vec<Self> {
        let Some(ours) = rows.iter().find(|row| row.map.role() == Role::Ours) else { return Vec::new() };
        let throughput = ours.mops_median.and_then(|mops| {
            let limit = rows.iter().find(|row| row.map.role() == Role::Limit).and_then(|row| row.mops_median);
            let best = peers(rows).filter_map(|row| Some((row.map, row.mops_median?)));
            let (best_peer, best) = best.max_by(|one, other| one.1.total_cmp(&other.1))?;
            let (over_best_peer, of_limit) = (mops / best, limit.map(|limit| mops / limit));
            let (cell, measure) = (ours.cell.clone(), THROUGHPUT.to_owned());
            Some(Self { cell, regime, measure, ours: mops, best_peer, best, over_best_peer, of_limit })
        });
        let costs = ours.costs.iter().filter_map(|(name, cost)| {
            let best = peers(rows).filter_map(|row| Some((row.map, row.costs.get(name)?.median)));
            let (best_peer, best) = best.min_by(|one, other| one.1.total_cmp(&other.1))?;
            let over_best_peer = best / cost.median;
            let (cell, measure) = (ours.cell.clone(), name.clone());
            Some(Self { cell, regime, measure, ours: cost.median, best_peer, best, over_best_peer, of_limit: None })
        });
        throughput.into_iter().chain(costs).collect()
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.over_best_peer < 1.0
    }

    pub(crate) fn is_throughput(&self) -> bool {
        self.measure == THROUGHPUT
    }
}

fn peers<'a>(rows: &'a [&'a Row]) -> impl Iterator<Item = &'a Row> {
    rows.iter().copied().filter(|row| row.map.role() == Role::Peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{rows, tests::result};

    #[test]
    fn ours_is_held_against_the_best_peer_of_the_same_regime() {
        let standings = Standing::of_cell(&rows(&result()));
        let [near] = &standings[..] else { panic!("ours has rounds of one regime: {standings:?}") };
        assert_eq!((near.regime, near.best_peer, near.best), (Regime::Near, Contestant::Dashmap, 2.0));
        assert_eq!((near.over_best_peer, near.of_limit, near.is_lost()), (2.0, Some(0.5), false));
    }

    #[test]
    fn of_costs_less_is_better() {
        let mut result = result();
        for (measurement, bytes) in result.measurements.iter_mut().zip([30.0, 30.0, 0.0, 40.0, 1.0]) {
            measurement.figures.costs.insert("entry_bytes".to_owned(), bytes);
        }
        let standings = Standing::of_cell(&rows(&result));
        let cost = standings.iter().find(|standing| !standing.is_throughput()).unwrap();
        assert_eq!((cost.best, cost.over_best_peer, cost.is_lost()), (30.0, 0.75, true));
    }
}
