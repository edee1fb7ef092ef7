//! Knobs that are one of a few names.

use std::fmt;

use crate::{Bias, Users};

/// Defines an enum whose variants have the names that a policy writes.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$meaning])* #[cfg_attr(feature = "serde", serde(rename = $text))] $variant,)+
        }

        impl $name {
            /// All names, as a policy writes them.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name, as a policy writes it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The choice of that name, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

choice! {
    /// Who judges the observations.
    Strategy {
        /// By the share of acquisitions that had to wait, damped as in Erlang's ETS; then by skew, size and cold.
        #[default]
        Contention = "contention",
        /// By a formula over cores, the skew of keys and the spread of load: the baseline to beat.
        Formula = "formula",
        /// Not at all: the shards stay as they are, brought within the policy's limits. Their locks' modes are chosen.
        Fixed = "fixed",
    }
}

choice! {
    /// Who chooses the modes of shards' locks.
    BiasChoice {
        /// The tuner, for each shard, by a model of what the modes cost.
        #[default]
        Auto = "auto",
        /// All shards are neutral.
        Neutral = "neutral",
        /// All shards are read-biased with a fence.
        Fenced = "fenced",
        /// All shards are read-biased without a fence, where the system has a heavy barrier; otherwise with.
        Asymmetric = "asymmetric",
        /// Each shard is its only user's, where the system has a heavy barrier; shards with many users stay as they are.
        Owned = "owned",
    }
}

impl BiasChoice {
    /// The mode that a shard with these users is forced into, if it is.
    ///
    /// ```
    /// use autoshard_tuning::{Bias, BiasChoice, Users};
    ///
    /// assert_eq!(BiasChoice::Asymmetric.forced(false, Users::Many), Some(Bias::Fenced));
    /// assert_eq!(BiasChoice::Owned.forced(true, Users::One(3)), Some(Bias::Owned(3)));
    /// assert_eq!(BiasChoice::Auto.forced(true, Users::One(3)), None);
    /// ```
    #[must_use]
    pub fn forced(self, has_heavy_barrier: bool, users: Users) -> Option<Bias> {
        match (self, users) {
            (Self::Auto, _) => None,
            (Self::Neutral, _) => Some(Bias::Neutral),
            (Self::Asymmetric, _) if has_heavy_barrier => Some(Bias::Asymmetric),
            (Self::Fenced | Self::Asymmetric, _) => Some(Bias::Fenced),
            (Self::Owned, _) if !has_heavy_barrier => Some(Bias::Neutral),
            (Self::Owned, Users::One(thread)) => Some(Bias::Owned(thread)),
            (Self::Owned, Users::Nobody | Users::Many) => None,
        }
    }
}

choice! {
    /// How entries come from the old shards to the new.
    MigrationMode {
        /// Entries are cloned, and every write is applied to both copies until the cut-over.
        #[default]
        DualWrite = "dual_write",
        /// Entries are moved, and a look-up probes both shards until the cut-over; needs no `Clone`.
        HandOver = "hand_over",
    }
}

choice! {
    /// Which slots make up which shard, in a fresh store and where a number of shards is asked for.
    ///
    /// A key's slot is some bits of its hash; a shard is a set of slots. What the tuner does by itself splits and merges the shards
    /// that there are, whatever their slots.
    Sharding {
        /// Neighbouring slots; for another number of shards, single ones are split or merged, and no more are touched than need be.
        #[default]
        Ranges = "ranges",
        /// The slot, modulo the number of shards.
        Modulo = "modulo",
        /// The low bits of the slot; the number of shards is a power of two.
        Bitmask = "bitmask",
        /// A ring with 128 points for each shard (consistent hashing).
        Consistent = "consistent",
    }
}

choice! {
    /// What is compared before a cut-over.
    Verification {
        /// Every key of the old shards is looked up in the new ones, and the other way round.
        #[default]
        Keys = "keys",
        /// Only the counts of entries.
        Off = "off",
    }
}

choice! {
    /// What becomes of a staged write that finds its worker's queue full.
    FullRule {
        /// Its caller waits for room.
        #[default]
        Block = "block",
        /// It is handed back.
        Reject = "reject",
        /// It takes the place of the one that has waited longest, which is lost.
        DropOldest = "drop_oldest",
    }
}

choice! {
    /// A named set of values, compiled in from `tuning/profiles/`.
    Profile {
        /// The knobs' defaults.
        #[default]
        Default = "default",
        /// Nearly all accesses read.
        ReadHeavy = "read-heavy",
        /// Many accesses write.
        WriteHeavy = "write-heavy",
        /// A few keys take much of all accesses.
        Skewed = "skewed",
        /// The shards stay as they were built.
        Frozen = "frozen",
    }
}
