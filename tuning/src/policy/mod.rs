//! Policy: every knob of a store, its layers and its errors.

mod check;
mod choice;
mod error;
#[cfg(feature = "policy-file")]
mod file;
mod knob;
mod layers;
mod nearest;
mod origin;
mod profile;
mod reload;
mod render;
mod tables;
mod value;

pub use choice::{BiasChoice, FullRule, MigrationMode, Profile, Sharding, Strategy, Verification};
pub use error::{PolicyError, PolicyErrors, UnknownKey};
pub use knob::{Allowed, Application, Knob, knob, knobs};
pub use layers::{EffectivePolicy, PolicyLayers};
pub use origin::Origin;
pub use render::explain;
pub use tables::{
    ContentionPolicy, FullShard, HotKeysPolicy, LockPolicy, MigrationPolicy, Policy, ShardsPolicy, TunerPolicy,
    WorkersPolicy,
};
