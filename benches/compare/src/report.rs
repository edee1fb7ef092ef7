//! The results, for people as a table and for programs as JSON.

use std::fmt;

use serde::Serialize;

use crate::{args::Cell, machine::Machine, maps::Contestant, measurement::Measurement, transfer::Regime};

/// The map that ratios refer to.
const REFERENCE: Contestant = Contestant::Dashmap;

/// One cell's results; rounds of different regimes apart.
pub(crate) struct Table<'a> {
    cell: &'a Cell,
    measurements: &'a [Measurement],
}

/// One map's rounds of one regime, in operations a second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    map: Contestant,
    rounds: usize,
    median: f64,
    min: f64,
    max: f64,
}

impl<'a> Table<'a> {
    pub(crate) fn new(cell: &'a Cell, measurements: &'a [Measurement]) -> Self {
        Self { cell, measurements }
    }

    /// The regimes that there are rounds of.
    fn regimes(&self) -> Vec<Regime> {
        let mut regimes: Vec<Regime> = self.measurements.iter().map(|measurement| measurement.regime).collect();
        regimes.sort_unstable();
        regimes.dedup();
        regimes
    }

    /// A row for each map that has rounds of the regime.
    fn rows(&self, regime: Regime) -> Vec<Row> {
        let mut maps: Vec<Contestant> = self.measurements.iter().map(|measurement| measurement.map).collect();
        maps.sort_unstable();
        maps.dedup();
        maps.into_iter().filter_map(|map| Row::of(self.measurements, map, regime)).collect()
    }

    fn write_regime(&self, f: &mut fmt::Formatter<'_>, regime: Regime) -> fmt::Result {
        let transfers = self.measurements.iter().filter(|measurement| measurement.regime == regime);
        let transfers: Vec<f64> = transfers.filter_map(|measurement| measurement.transfer_ns).collect();
        writeln!(f, "\n{}, {} threads, {regime}{}", self.cell.workload, self.cell.threads, range_ns(&transfers))?;
        writeln!(
            f,
            "{:<18}{:>10}{:>10}{:>10}{:>8}{:>12}{:>10}",
            "map", "median", "min", "max", "rounds", "x dashmap", "of limit"
        )?;
        let rows = self.rows(regime);
        let median = |map| rows.iter().find(|row| row.map == map).map(|row| row.median);
        for row in &rows {
            writeln!(
                f,
                "{:<18}{:>10}{:>10}{:>10}{:>8}{:>12}{:>10}",
                row.map.name(),
                millions(row.median),
                millions(row.min),
                millions(row.max),
                row.rounds,
                ratio(row.median, median(REFERENCE)),
                ratio(row.median, median(Contestant::Limit)),
            )?;
        }
        Ok(())
    }
}

impl Row {
    /// `None` where the map has no round of the regime.
    fn of(measurements: &[Measurement], map: Contestant, regime: Regime) -> Option<Self> {
        let rounds = measurements.iter().filter(|measurement| measurement.map == map && measurement.regime == regime);
        let mut rounds: Vec<f64> = rounds.map(|measurement| measurement.operations_per_s).collect();
        rounds.sort_unstable_by(f64::total_cmp);
        let (&min, &max) = (rounds.first()?, rounds.last()?);
        Some(Self { map, rounds: rounds.len(), median: median(&rounds), min, max })
    }
}

/// Of sorted numbers, at least one.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// Millions of operations a second, to three figures or so.
fn millions(operations_per_s: f64) -> String {
    let millions = operations_per_s / 1e6;
    format!("{millions:.*}", if millions < 10.0 { 2 } else { 1 })
}

fn ratio(value: f64, reference: Option<f64>) -> String {
    reference.map_or_else(|| "-".to_owned(), |reference| format!("{:.2}", value / reference))
}

/// The transfers that were measured before the rounds.
fn range_ns(transfers: &[f64]) -> String {
    let min = transfers.iter().copied().min_by(f64::total_cmp);
    let max = transfers.iter().copied().max_by(f64::total_cmp);
    min.zip(max).map_or_else(String::new, |(min, max)| format!(" ({min:.0} to {max:.0} ns)"))
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.regimes().into_iter().try_for_each(|regime| self.write_regime(f, regime))
    }
}

/// All that was measured, round by round.
#[derive(Serialize)]
struct Document<'a> {
    machine: &'a Machine,
    measurements: &'a [Measurement],
}

/// The machine and each round of each map.
pub(crate) fn json(machine: &Machine, measurements: &[Measurement]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&Document { machine, measurements })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Distribution, Mix, Workload};

    const CELL: Cell =
        Cell { workload: Workload { mix: Mix::Get, distribution: Distribution::Zipf, keys: 10 }, threads: 2 };

    fn measurement(map: Contestant, operations_per_s: f64, transfer_ns: f64) -> Measurement {
        Measurement {
            workload: CELL.workload,
            threads: CELL.threads,
            map,
            round: 1,
            operations: 1,
            operations_per_s,
            transfer_ns: Some(transfer_ns),
            regime: Regime::of(Some(transfer_ns)),
        }
    }

    #[test]
    fn medians_are_taken_within_one_regime() {
        let measurements = [
            measurement(Contestant::Dashmap, 1e6, 25.0),
            measurement(Contestant::Dashmap, 3e6, 30.0),
            measurement(Contestant::Dashmap, 9e6, 220.0),
            measurement(Contestant::Autoshard, 4e6, 25.0),
        ];
        let table = Table::new(&CELL, &measurements);
        assert_eq!(table.regimes(), [Regime::Near, Regime::Far]);
        let near = table.rows(Regime::Near);
        assert_eq!(near.iter().map(|row| row.median).collect::<Vec<_>>(), [4e6, 2e6]);
        assert_eq!((near[1].min, near[1].max, near[1].rounds), (1e6, 3e6, 2));
        assert_eq!(table.rows(Regime::Far).len(), 1);
        let text = table.to_string();
        assert!(text.contains("near (25 to 30 ns)") && text.contains("2.00"), "{text}");
    }

    #[test]
    fn json_names_what_was_measured() {
        let text = json(&Machine::here(), &[measurement(Contestant::AutoshardUntuned, 1e6, 25.0)]).unwrap();
        for part in ["\"autoshard-untuned\"", "\"zipf\"", "\"near\"", "\"operations_per_s\"", "\"crates\""] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
}
