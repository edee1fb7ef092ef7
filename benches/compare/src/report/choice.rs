//! What our store came to with the modes that its tuner chose, against the best of the modes that a policy forces.

use std::{collections::BTreeSet, fmt};

use super::{Row, table::number};
use crate::{
    maps::{Contestant, Role},
    transfer::Regime,
    workload::Cell,
};

/// Our store in one cell and regime.
pub(crate) struct Choice {
    pub(crate) cell: Cell,
    pub(crate) regime: Regime,
    /// Millions of operations a second.
    pub(crate) ours: f64,
    pub(crate) best_forced: Contestant,
    pub(crate) best: f64,
}

impl Choice {
    /// Of one cell's rows; none where no mode was forced.
    pub(crate) fn of_cell(rows: &[Row]) -> Vec<Self> {
        let regimes: BTreeSet<Regime> = rows.iter().filter_map(|row| row.regime).collect();
        regimes.into_iter().filter_map(|regime| Self::of_regime(regime, rows)).collect()
    }

    fn of_regime(regime: Regime, rows: &[Row]) -> Option<Self> {
        let of_role = |role| {
            let rows = rows.iter().filter(move |row| row.regime == Some(regime) && row.map.role() == role);
            rows.filter_map(|row| Some((row, row.mops_median?)))
        };
        let (row, ours) = of_role(Role::Ours).next()?;
        let (forced, best) = of_role(Role::Forced).max_by(|one, other| one.1.total_cmp(&other.1))?;
        Some(Self { cell: row.cell.clone(), regime, ours, best_forced: forced.map, best })
    }

    /// The part of the best forced mode's throughput that the tuner's choice is.
    pub(crate) fn of_best(&self) -> f64 {
        self.ours / self.best
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, best) = (number(self.ours), number(self.best));
        write!(f, "{:.2} x {}: {} ({}), ", self.of_best(), self.best_forced, self.cell, self.regime)?;
        write!(f, "{ours} against {best} Mop/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        rows,
        tests::{measurement, result},
    };

    #[test]
    fn ours_is_held_against_the_best_forced_mode_of_the_same_regime() {
        let mut result = result();
        assert!(Choice::of_cell(&rows(&result)).is_empty());
        result.measurements.extend([
            measurement(Contestant::AutoshardNeutral, 2.0, 25.0),
            measurement(Contestant::AutoshardFenced, 5.0, 25.0),
            measurement(Contestant::AutoshardFenced, 50.0, 220.0),
        ]);
        let choices = Choice::of_cell(&rows(&result));
        let [near] = &choices[..] else { panic!("ours has rounds of one regime") };
        assert_eq!((near.regime, near.best_forced, near.of_best()), (Regime::Near, Contestant::AutoshardFenced, 0.8));
    }
}
