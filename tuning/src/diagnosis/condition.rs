//! What can be wrong.

use std::fmt;

/// What can be wrong, in the order in which findings are told: what stops callers first, then what limits them whatever the number
/// of shards, then what keeps the tuner from helping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Condition {
    /// A guard of an entry has been held for long.
    GuardHeld,
    /// An iterator, or what it has yielded, has been in one shard for long.
    IteratorHeld,
    /// One key is written so often that its writers queue, whatever the shards.
    WriteHotKey,
    /// One key takes so many of all accesses that more shards do not divide the load any further.
    HotKey,
    /// Entries crowd in few slots: the hash does not spread the keys.
    UnevenHash,
    /// More threads use the store than there are cores to run them.
    TooFewCores,
    /// A remedy is known, but the policy forbids it, or the store was built without the means.
    RemedyForbidden,
    /// The tuner has had too few samples to judge for long, or loses them.
    FewSamples,
}

impl Condition {
    /// The condition's name, as reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GuardHeld => "guard_held",
            Self::IteratorHeld => "iterator_held",
            Self::WriteHotKey => "write_hot_key",
            Self::HotKey => "hot_key",
            Self::UnevenHash => "uneven_hash",
            Self::TooFewCores => "too_few_cores",
            Self::RemedyForbidden => "remedy_forbidden",
            Self::FewSamples => "few_samples",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
