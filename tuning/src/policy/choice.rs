//! Knobs that are one of a few names.

use std::fmt;

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
        /// Not at all: the shards stay as they are, brought within the policy's limits.
        Fixed = "fixed",
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
