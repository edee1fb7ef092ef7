//! One round of one map, as it is reported.

use serde::Serialize;

use crate::{maps::Contestant, transfer::Regime, workload::Workload};

/// One counted round of one map in one cell.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Measurement {
    #[serde(flatten)]
    pub(crate) workload: Workload,
    pub(crate) threads: usize,
    pub(crate) map: Contestant,
    /// Counted rounds from 1 on.
    pub(crate) round: usize,
    pub(crate) operations: u64,
    pub(crate) operations_per_s: f64,
    /// One way between two cores, right before the round.
    pub(crate) transfer_ns: Option<f64>,
    pub(crate) regime: Regime,
}
