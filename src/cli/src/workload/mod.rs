//! What the load threads do: operations on numbered keys, prepared before the clock starts.

mod distribution;
mod operation;
mod phase;
mod plan;
mod scenario;

pub(crate) use distribution::{Distribution, HotKey};
pub(crate) use operation::{Kind, Operation};
pub(crate) use phase::{Busy, Mix, Phase};
pub(crate) use plan::Plan;
pub(crate) use scenario::Scenario;
