//! Plans: which slots go to which fresh shards.

mod check;
mod directory;
mod partition;
mod sharding;
mod to_count;

pub use check::PlanError;
pub(crate) use directory::slots_by_shard;
pub use directory::{even_parts, initial_directory};
pub(crate) use partition::{partition, slot_weights};
pub use to_count::plan_to_count;
