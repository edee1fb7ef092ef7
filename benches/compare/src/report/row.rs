//! One map in one cell in one regime.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::spread::Spread;
use crate::{
    cores, machine,
    maps::Contestant,
    measurement::{CellResult, Failure, Measurement},
    transfer::Regime,
    trial::Figures,
    workload::Cell,
};

/// What programs get. The fields up to `mops_max` keep their names and order.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    #[serde(flatten)]
    pub(crate) cell: Cell,
    /// None for a map that failed.
    pub(crate) regime: Option<Regime>,
    pub(crate) map: Contestant,
    /// None where something else is measured, or the map failed.
    pub(crate) mops_median: Option<f64>,
    pub(crate) mops_min: Option<f64>,
    pub(crate) mops_max: Option<f64>,
    /// Counted rounds of this regime.
    pub(crate) rounds: usize,
    /// One way between two cores, before each of these rounds.
    pub(crate) transfer_ns: Option<Spread>,
    /// Figures of other kinds, by name, in which less is better.
    pub(crate) costs: BTreeMap<String, Spread>,
    /// What else there is to know, by name.
    pub(crate) notes: BTreeMap<String, Spread>,
    /// Why there is no figure.
    pub(crate) failure: Option<String>,
    pub(crate) versions: Vec<&'static str>,
    pub(crate) cores: usize,
}

/// A row for each regime of each map, and one for each map that failed.
pub(crate) fn rows(result: &CellResult) -> Vec<Row> {
    let groups: BTreeSet<(Regime, Contestant)> =
        result.measurements.iter().map(|measurement| (measurement.regime, measurement.map)).collect();
    let measured = groups.into_iter().map(|(regime, map)| {
        let of_group = |it: &&Measurement| it.regime == regime && it.map == map;
        let measurements: Vec<&Measurement> = result.measurements.iter().filter(of_group).collect();
        Row::measured(&result.cell, regime, map, &measurements)
    });
    measured.chain(result.failures.iter().map(|failure| Row::failed(&result.cell, failure))).collect()
}

impl Row {
    fn measured(cell: &Cell, regime: Regime, map: Contestant, measurements: &[&Measurement]) -> Self {
        let mops = Spread::of(measurements.iter().filter_map(|measurement| measurement.figures.mops));
        Self {
            regime: Some(regime),
            mops_median: mops.map(|mops| mops.median),
            mops_min: mops.map(|mops| mops.min),
            mops_max: mops.map(|mops| mops.max),
            rounds: measurements.len(),
            transfer_ns: Spread::of(measurements.iter().filter_map(|measurement| measurement.transfer_ns)),
            costs: spreads(measurements, |figures| &figures.costs),
            notes: spreads(measurements, |figures| &figures.notes),
            ..Self::empty(cell, map)
        }
    }

    fn failed(cell: &Cell, failure: &Failure) -> Self {
        Self { failure: Some(failure.reason.clone()), ..Self::empty(cell, failure.map) }
    }

    fn empty(cell: &Cell, map: Contestant) -> Self {
        Self {
            cell: cell.clone(),
            regime: None,
            map,
            mops_median: None,
            mops_min: None,
            mops_max: None,
            rounds: 0,
            transfer_ns: None,
            costs: BTreeMap::new(),
            notes: BTreeMap::new(),
            failure: None,
            versions: machine::versions_of(map),
            cores: cores::count(),
        }
    }
}

/// Each named figure's spread over the rounds.
fn spreads(measurements: &[&Measurement], named: fn(&Figures) -> &BTreeMap<String, f64>) -> BTreeMap<String, Spread> {
    let names: BTreeSet<&String> =
        measurements.iter().flat_map(|measurement| named(&measurement.figures).keys()).collect();
    let spread = |name: &String| {
        let figures = measurements.iter().filter_map(|measurement| named(&measurement.figures).get(name).copied());
        Spread::of(figures).map(|spread| (name.clone(), spread))
    };
    names.into_iter().filter_map(spread).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::result;

    #[test]
    fn medians_are_taken_within_one_regime() {
        let rows = rows(&result());
        let found = |map, regime| rows.iter().find(|row| row.map == map && row.regime == regime);
        let near = found(Contestant::Dashmap, Some(Regime::Near)).unwrap();
        assert_eq!((near.mops_median, near.mops_min, near.mops_max), (Some(2.0), Some(1.0), Some(3.0)));
        assert_eq!((near.rounds, near.transfer_ns.unwrap().max), (2, 30.0));
        assert_eq!(found(Contestant::Dashmap, Some(Regime::Far)).unwrap().mops_median, Some(9.0));
        assert!(found(Contestant::Flurry, None).is_some_and(|row| row.failure.is_some()));
        assert_eq!(rows.len(), 5);
    }
}
