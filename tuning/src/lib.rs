//! The brain of autoshard: policy, controllers and cost model.
//!
//! Pure: an [`Observation`] goes in, a [`Decision`] comes out, and what of it could be carried out comes back in the
//! next observation as an [`Outcome`]. No thread, clock, atomic, random source or I/O is used, so the same observations
//! always lead to the same decisions, and a machine of 256 cores can be tuned on one that has two.
//!
//! Five parts:
//!
//! - **Policy.** [`knobs`] is the one table of everything that can be set; [`PolicyLayers`] puts defaults, profile,
//!   code, policy file and environment upon each other, and tells of each value where it came from, or what is wrong
//!   with it.
//! - **Controllers.** [`Controller::decide`] judges a window by the [`Strategy`] that the policy names, and says in a
//!   sentence why it acts, or why it holds.
//! - **Biases.** [`Costs`] says what each mode of a shard's lock costs for how the shard is used; the controller gives
//!   each shard the one that suits it, the cheapest remedy of all, for no data moves.
//! - **Plans.** A [`Plan`] names the shards to be replaced and the slots of those that take their place;
//!   [`Plan::validate`] checks that it fits.
//! - **Diagnosis.** [`Symptoms::diagnose`] says what is wrong with a store or its use, by which evidence, and what helps.
//!
//! ```
//! use autoshard_tuning::{Action, Controller, Load, Observation, PolicyLayers, ShardObservation, initial_directory};
//!
//! let policy = PolicyLayers::new().set("tuner.samples_min", 100).resolve()?.policy;
//! let mut controller = Controller::new(&policy, 2);
//!
//! // One shard; of the 64,000 accesses that 1,000 samples stand for, 6,400 had to wait, for a microsecond each.
//! let observation = Observation {
//!     window: policy.tuner.window(),
//!     directory: initial_directory(4, 1),
//!     slot_loads: vec![Load { reads: 0, writes: 250 }; 4],
//!     samples: 1000,
//!     sample_every: 64,
//!     shards: vec![ShardObservation { waits: 6_400, wait_ns: 6_400_000, ..ShardObservation::default() }],
//!     can_migrate: true,
//!     ..Observation::default()
//! };
//! let decision = controller.decide(&observation);
//! let Action::Reshard(plan) = &decision.action else { panic!("{decision}") };
//! assert_eq!(plan.shards_after(1), 4);
//! let expected = "split: 10 % of the 64,000 acquisitions of shard 0 waited, 6.4 ms in all; it becomes 4 shards";
//! assert_eq!(decision.to_string(), expected);
//! # Ok::<(), autoshard_tuning::PolicyErrors>(())
//! ```
//!
//! Features: `policy-file` (default) reads policies written as TOML, the profiles among them; `serde` makes policies and
//! diagnoses serialisable; `simulator` has a store on a machine in numbers, to try policies and controllers on.
#![forbid(unsafe_code)]

mod bias;
mod controller;
mod decision;
mod diagnosis;
mod observation;
mod plan;
mod policy;
mod share_bounds;
#[cfg(feature = "simulator")]
pub mod simulator;

pub use bias::{Bias, Costs, Usage, Users};
pub use controller::Controller;
pub use decision::{Action, BiasChanges, Cause, Decision, Group, Outcome, Plan, PlanKind};
pub use diagnosis::{Condition, Diagnosis, Figure, Finding, HeldShard, Holder, Symptoms, WindowNotes};
pub use observation::{HotKeyEstimate, Load, Observation, ShardId, ShardObservation, SlotId, Timing};
pub use plan::{PlanError, even_parts, initial_directory, plan_to_count};
pub use policy::{
    Allowed, Application, BiasChoice, ContentionPolicy, EffectivePolicy, FullRule, FullShard, HotKeysPolicy, Knob,
    LockPolicy, MigrationMode, MigrationPolicy, Origin, Policy, PolicyError, PolicyErrors, PolicyLayers, Profile,
    Sharding, ShardsPolicy, Strategy, TunerPolicy, UnknownKey, Verification, WorkersPolicy, explain, knob, knobs,
};
pub use share_bounds::ShareBounds;
