//! How a map is measured; one file for each way.

mod throughput;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{fault::Fault, maps::Contestant};

pub(crate) use throughput::Throughput;

/// What one round of one map came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Millions of operations a second, where that is what is measured.
    pub(crate) mops: Option<f64>,
    /// Figures in which less is better, by name; the unit comes last in the name.
    pub(crate) costs: BTreeMap<String, f64>,
    /// What else there is to know, by name.
    pub(crate) notes: BTreeMap<String, f64>,
}

/// A way to measure maps. It holds all that was prepared, and is the same for each map and round.
pub(crate) trait Trial {
    /// One round of one map, built afresh. A map that loses something is a fault: its speed says nothing.
    fn conduct(&self, contestant: Contestant) -> Result<Figures, Fault>;
}
