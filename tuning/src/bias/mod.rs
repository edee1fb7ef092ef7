//! The biases of shards' locks: what each mode costs, and which one a shard should have.
//!
//! [`mode`] names the modes, [`costs`] is the cost model, [`pool`] says how much of a shard's writes is chance,
//! [`memory`] is what is remembered of a shard, [`judge`] chooses.

mod costs;
mod judge;
mod memory;
mod mode;
mod pool;

pub use costs::{Costs, Usage};
pub(crate) use judge::BiasJudge;
pub use mode::{Bias, Users};
