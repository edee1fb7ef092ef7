//! A machine in numbers, with a store on it, that runs in virtual time.
//!
//! What no machine at hand has, 256 cores say, is tried here, with the controller that the store runs, to the line. It is
//! a model: threads draw keys and carry out one operation after another, in the order of virtual time, and pay for what operations
//! on such a machine are known to cost.
//!
//! - [`Machine`]: cores, sockets, what lines, locks, fences and misses cost.
//! - [`Workload`]: what is done to the store: phases of traffic.
//! - `probe`: what a look-up costs in the caches, by how often its key comes.
//! - `line`, `shard`, `engine`: a cache line that several cores want, a shard with its lock, and the threads that use it.
//! - `layout`: slots, shards and migrations as the store has them.
//! - `observer`: samples, hot keys, and the observation that the controller is shown.
//! - [`Simulation`]: a store's way through a workload, window by window; [`sweep`]: the same with fixed numbers of shards;
//!   [`evaluate`]: all of it, for many workloads and machines.
//!
//! Of each window a part is run operation by operation and stands for the rest, so that seconds can be simulated in full and
//! hours in minutes. The same seed gives the same run.

mod cache;
mod catalogue;
mod engine;
mod evaluation;
mod keys;
mod layout;
mod line;
mod machine;
mod observer;
mod probe;
mod samples;
mod scheduler;
mod shard;
mod simulation;
mod sweep;
mod workload;

pub use evaluation::{Evaluation, Score, evaluate};
pub use machine::{CacheLevel, Machine};
pub use simulation::{Run, Simulation, WindowRecord};
pub use sweep::{STATIC_COUNTS, StaticPhase, sweep};
pub use workload::{Phase, Popularity, Traffic, Workload};
