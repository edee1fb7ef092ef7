//! All cells at a glance: those that we lose, first.

use std::{collections::BTreeMap, fmt};

use super::{Row, Standing, choice::Choice, spread::geometric_mean, table::number};
use crate::{maps::Contestant, transfer::Regime, workload::Family};

/// How our store stands over all cells.
pub(crate) struct Summary {
    /// The worst first.
    pub(crate) standings: Vec<Standing>,
    pub(crate) failures: Vec<String>,
    /// The worst first.
    choices: Vec<Choice>,
    /// parlayhash's score by threads, regime and map.
    pub(crate) scores: BTreeMap<(usize, Regime, Contestant), f64>,
}

/// Geometric means over some cells.
pub(crate) struct Means {
    pub(crate) name: String,
    pub(crate) cells: usize,
    pub(crate) over_best_peer: f64,
    pub(crate) of_limit: Option<f64>,
    pub(crate) lost: usize,
}

impl Summary {
    /// Of the rows of each cell.
    pub(crate) fn new(cells: &[Vec<Row>]) -> Self {
        let mut standings: Vec<Standing> = cells.iter().flat_map(|rows| Standing::of_cell(rows)).collect();
        standings.sort_by(|one, other| one.over_best_peer.total_cmp(&other.over_best_peer));
        let failed = |row: &Row| Some(format!("{} in {}: {}", row.map, row.cell, row.failure.as_ref()?));
        let failures = cells.iter().flatten().filter_map(failed).collect();
        let mut choices: Vec<Choice> = cells.iter().flat_map(|rows| Choice::of_cell(rows)).collect();
        choices.sort_by(|one, other| one.of_best().total_cmp(&other.of_best()));
        Self { standings, failures, choices, scores: scores(cells) }
    }

    /// Over all cells, by number of threads, by family, and of each family by number of threads.
    pub(crate) fn means(&self) -> Vec<Means> {
        let mut groups: BTreeMap<(u8, String), Vec<&Standing>> = BTreeMap::new();
        for standing in self.standings.iter().filter(|standing| standing.is_throughput()) {
            let (family, threads) = (standing.cell.workload.family(), standing.cell.threads);
            let plural = if threads == 1 { "" } else { "s" };
            let names = [
                "all".to_owned(),
                format!("{threads} thread{plural}"),
                family.to_string(),
                format!("{family}, {threads} thread{plural}"),
            ];
            for (order, name) in (0..).zip(names) {
                groups.entry((order, name)).or_default().push(standing);
            }
        }
        groups.into_iter().filter_map(|((_, name), standings)| Means::of(name, &standings)).collect()
    }
}

impl Means {
    fn of(name: String, standings: &[&Standing]) -> Option<Self> {
        Some(Self {
            name,
            cells: standings.len(),
            over_best_peer: geometric_mean(standings.iter().map(|standing| standing.over_best_peer))?,
            of_limit: geometric_mean(standings.iter().filter_map(|standing| standing.of_limit)),
            lost: standings.iter().filter(|standing| standing.is_lost()).count(),
        })
    }
}

/// Where all cells of parlayhash's mix were measured in one regime.
fn scores(cells: &[Vec<Row>]) -> BTreeMap<(usize, Regime, Contestant), f64> {
    let mut figures: BTreeMap<(usize, Regime, Contestant), Vec<f64>> = BTreeMap::new();
    for row in cells.iter().flatten().filter(|row| row.cell.workload.family() == Family::Parlayhash) {
        if let (Some(regime), Some(mops)) = (row.regime, row.mops_median) {
            figures.entry((row.cell.threads, regime, row.map)).or_default().push(mops);
        }
    }
    let due: usize = Family::Parlayhash.workloads().map(|it| it.distributions().len() * it.keys().len()).sum();
    let complete = figures.into_iter().filter(|(_, figures)| figures.len() == due);
    complete.filter_map(|(group, figures)| Some((group, geometric_mean(figures)?))).collect()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost: Vec<&Standing> = self.standings.iter().filter(|standing| standing.is_lost()).collect();
        writeln!(f, "\nLost cells: {} of {}", lost.len(), self.standings.len())?;
        lost.iter().try_for_each(|standing| writeln!(f, "  {standing}"))?;
        if !self.failures.is_empty() {
            writeln!(f, "\nMaps that failed:")?;
            self.failures.iter().try_for_each(|failure| writeln!(f, "  {failure}"))?;
        }
        writeln!(f, "\n{:<32}{:>8}{:>8}{:>12}{:>10}", "geometric means", "cells", "lost", "x best peer", "of limit")?;
        for means in self.means() {
            let of_limit = means.of_limit.map_or("-".to_owned(), |part| format!("{part:.2}"));
            let Means { name, cells, lost, over_best_peer, .. } = means;
            writeln!(f, "{name:<32}{cells:>8}{lost:>8}{over_best_peer:>12.2}{of_limit:>10}")?;
        }
        if !self.scores.is_empty() {
            writeln!(f, "\nparlayhash's score: the geometric mean of its cells in Mop/s")?;
        }
        for ((threads, regime, map), score) in &self.scores {
            writeln!(f, "  {threads} threads, {regime}, {map:<20}{:>8}", number(*score))?;
        }
        if !self.choices.is_empty() {
            writeln!(f, "\nThe tuner's choice of modes against the best mode forced: {}", self.choices.len())?;
        }
        self.choices.iter().try_for_each(|choice| writeln!(f, "  {choice}"))?;
        let won: Vec<&Standing> = self.standings.iter().filter(|standing| !standing.is_lost()).collect();
        writeln!(f, "\nThe other cells: {}", won.len())?;
        won.iter().try_for_each(|standing| writeln!(f, "  {standing}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        measurement::CellResult,
        report::{
            rows,
            tests::{measurement, result},
        },
        workload::Cell,
    };

    fn lost() -> CellResult {
        let result = result();
        let cell = Cell { threads: 8, ..result.cell };
        let measurements =
            vec![measurement(Contestant::Autoshard, 1.0, 25.0), measurement(Contestant::Papaya, 8.0, 25.0)];
        CellResult { cell, measurements, failures: Vec::new() }
    }

    #[test]
    fn lost_cells_come_first() {
        let text = Summary::new(&[rows(&result()), rows(&lost())]).to_string();
        let position = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is missing in {text}"));
        assert!(position("Lost cells: 1 of 2") < position("0.12 x papaya"));
        assert!(position("0.12 x papaya") < position("flurry in"));
        assert!(position("flurry in") < position("2.00 x dashmap"));
    }

    #[test]
    fn means_are_geometric() {
        let means = Summary::new(&[rows(&result()), rows(&lost())]).means();
        assert_eq!((means[0].name.as_str(), means[0].cells, means[0].lost), ("all", 2, 1));
        assert!((means[0].over_best_peer - 0.5).abs() < 1e-12, "{}", means[0].over_best_peer);
    }
}
