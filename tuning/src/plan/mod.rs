//! Plans: which slots go to which fresh shards.

mod check;
mod directory;
mod partition;
mod to_count;

pub use check::PlanError;
pub use directory::initial_directory;
pub(crate) use directory::slots_by_shard;
pub(crate) use partition::{partition, slot_weights};
pub use to_count::plan_to_count;
