//! One cell's results for people, rounds of different regimes apart.

use std::{collections::BTreeSet, fmt};

use super::{Row, Standing};
use crate::{
    maps::{Contestant, Role},
    transfer::Regime,
};

/// Widths of the first column and of the others.
const NAME_WIDTH: usize = 20;
const WIDTH: usize = 10;

/// The cell's rows.
pub(crate) struct Table<'a>(pub(crate) &'a [Row]);

impl Table<'_> {
    fn write_regime(&self, f: &mut fmt::Formatter<'_>, regime: Regime) -> fmt::Result {
        let mut rows: Vec<&Row> = self.0.iter().filter(|row| row.regime == Some(regime)).collect();
        rows.sort_by_key(|row| row.map);
        let Some(first) = rows.first() else { return Ok(()) };
        let transfers: Vec<_> = rows.iter().filter_map(|row| row.transfer_ns).collect();
        write!(f, "\n{}, {regime}", first.cell)?;
        let min = transfers.iter().map(|spread| spread.min).min_by(f64::total_cmp);
        let max = transfers.iter().map(|spread| spread.max).max_by(f64::total_cmp);
        if let Some((min, max)) = min.zip(max) {
            write!(f, " ({min:.0} to {max:.0} ns)")?;
        }
        writeln!(f)?;
        if rows.iter().any(|row| row.mops_median.is_some()) {
            write_throughput(f, &rows)?;
        }
        rows.iter().try_for_each(|row| write_figures(f, row))
    }
}

/// Millions of operations a second, and how they compare.
fn write_throughput(f: &mut fmt::Formatter<'_>, rows: &[&Row]) -> fmt::Result {
    let median = |map: Contestant| rows.iter().find(|row| row.map == map).and_then(|row| row.mops_median);
    let peers = rows.iter().filter(|row| row.map.role() == Role::Peer).filter_map(|row| row.mops_median);
    let best_peer = peers.max_by(f64::total_cmp);
    write!(f, "{:<NAME_WIDTH$}", "Mop/s")?;
    for title in ["median", "min", "max", "rounds", "x best", "of limit", "x rwlock"] {
        write!(f, "{title:>WIDTH$}")?;
    }
    writeln!(f)?;
    for row in rows {
        let figures = [row.mops_median, row.mops_min, row.mops_max];
        write!(f, "{:<NAME_WIDTH$}", row.map)?;
        figures.into_iter().try_for_each(|figure| write!(f, "{:>WIDTH$}", figure.map_or("-".to_owned(), number)))?;
        write!(f, "{:>WIDTH$}", row.rounds)?;
        for reference in [best_peer, median(Contestant::Limit), median(Contestant::Rwlock)] {
            let ratio = row.mops_median.zip(reference).map(|(ours, reference)| ours / reference);
            write!(f, "{:>WIDTH$}", ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// Whatever else was measured: medians.
fn write_figures(f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
    if row.costs.is_empty() && row.notes.is_empty() {
        return Ok(());
    }
    write!(f, "{:<NAME_WIDTH$}", row.map)?;
    let figures = row.costs.iter().chain(&row.notes);
    let texts: Vec<String> = figures.map(|(name, spread)| format!("{name} {}", number(spread.median))).collect();
    writeln!(f, "{}", texts.join(", "))
}

/// To three figures or so.
pub(super) fn number(number: f64) -> String {
    let decimals = match number.abs() {
        0.0..10.0 => 2,
        10.0..1000.0 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regimes: BTreeSet<Regime> = self.0.iter().filter_map(|row| row.regime).collect();
        regimes.into_iter().try_for_each(|regime| self.write_regime(f, regime))?;
        for row in self.0 {
            if let Some(reason) = &row.failure {
                writeln!(f, "{} FAILED in {}: {reason}.", row.map, row.cell)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, best) = (number(self.ours), number(self.best));
        write!(f, "{:.2} x {}: {} ({}), ", self.over_best_peer, self.best_peer, self.cell, self.regime)?;
        write!(f, "{ours} against {best} {}", self.measure)?;
        self.of_limit.map_or(Ok(()), |part| write!(f, ", {part:.2} of the limit"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{rows, tests::result};

    #[test]
    fn regimes_are_apart_and_failures_told() {
        let text = Table(&rows(&result())).to_string();
        for part in ["near (25 to 30 ns)", "far (220 to 220 ns)", "flurry FAILED", "it hung", "2.00      0.50"] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
}
