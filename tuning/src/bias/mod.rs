//! The biases of shards' locks: what each mode costs, and which one a shard should have.
//!
//! [`mode`] names the modes, [`costs`] is the cost model, [`pool`] says how much of a shard's writes is chance,
//! [`memory`] is what is remembered of a shard, [`estimates`] what was learned of the costs, [`judge`] chooses.

mod costs;
mod estimates;
mod judge;
mod memory;
mod mode;
mod pool;

use costs::Crowd;
pub use costs::{Costs, Usage};
pub(crate) use judge::BiasJudge;
pub use mode::{Bias, Users};
