//! What was measured, round by round.

use serde::{Deserialize, Serialize};

use crate::{maps::Contestant, transfer::Regime, trial::Figures, workload::Cell};

/// One counted round of one map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measurement {
    pub(crate) map: Contestant,
    /// Counted rounds from 1 on.
    pub(crate) round: usize,
    /// One way between two cores, right before the round; none on a single core.
    pub(crate) transfer_ns: Option<f64>,
    pub(crate) regime: Regime,
    pub(crate) figures: Figures,
}

/// A map that did not come through, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) map: Contestant,
    /// A sentence about the map, without its name.
    pub(crate) reason: String,
}

/// All that came of a cell.
#[derive(Clone, Debug)]
pub(crate) struct CellResult {
    pub(crate) cell: Cell,
    pub(crate) measurements: Vec<Measurement>,
    pub(crate) failures: Vec<Failure>,
}
