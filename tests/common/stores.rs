//! The ways to build a store whose entries can move, with tunables so small that rare paths are common.

use std::hash::{BuildHasher, Hash};

use autoshard::{Store, StoreBuilder};

/// Most shards that the stores under test can have.
pub(crate) const SHARDS_MAX: usize = 64;

/// Who moves entries, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum Mode {
    /// Copies, kept equal by every writer until the cut-over.
    DualWrite,
    /// Entries move, and look-ups follow them.
    HandOver,
    /// As hand-over, a step at a time by whoever calls.
    Cooperative,
}

impl Mode {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::DualWrite, Self::HandOver, Self::Cooperative];

    /// An empty store of this mode, from [`builder`].
    pub(crate) fn store<K, V>(self) -> Store<K, V>
    where
        K: Eq + Hash + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        self.build(builder())
    }

    /// An empty store of this mode, from any builder.
    pub(crate) fn build<K, V, S>(self, builder: StoreBuilder<S>) -> Store<K, V, S>
    where
        K: Eq + Hash + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        match self {
            Self::DualWrite => builder.build(),
            Self::HandOver => builder.build_by_hand_over(),
            Self::Cooperative => builder.build_cooperative(),
        }
        .expect("the policy of the tests is valid")
    }
}

/// A builder for few slots, where every access is sampled, migrations go in the smallest steps, and the tuner judges
/// whatever it has, but only when it is asked to.
pub(crate) fn builder() -> StoreBuilder {
    Store::builder()
        .set("shards.slots", SHARDS_MAX)
        .set("shards.max", SHARDS_MAX)
        .set("shards.initial", "4")
        .set("tuner.window_ms", "60000")
        .set("tuner.samples_min", "1")
        .set("migration.batch", "1")
        .set("migration.step_us", "1")
        .set("hot_keys.sample_every", "1")
        .set("hot_keys.samples_per_s_max", "1000000000")
}
