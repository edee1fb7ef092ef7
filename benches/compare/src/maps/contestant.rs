//! The maps by name.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A map, in the way it is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contestant {
    /// `autoshard::Store` as a user gets it, tuning itself; the hasher is that of the others.
    Autoshard,
    /// The same with its default hasher.
    AutoshardDefault,
    /// `autoshard::Store` with its tuner off.
    AutoshardUntuned,
    /// `autoshard::Store` tuning itself, read and updated through guards.
    AutoshardGuards,
    /// `autoshard::Store` tuning itself, but for the mode of its locks: all shards are neutral.
    AutoshardNeutral,
    /// The same, all shards fenced.
    AutoshardFenced,
    /// The same, all shards asymmetric, where the system has a heavy barrier.
    AutoshardAsymmetric,
    /// The same, each shard its only user's, if it has but one.
    AutoshardOwned,
    /// `dashmap::DashMap`, version 6, with its default number of shards.
    Dashmap,
    /// The same with 1,024 shards, as somebody who tunes by hand would have it.
    #[value(name = "dashmap-1024")]
    #[serde(rename = "dashmap-1024")]
    Dashmap1024,
    /// `dashmap::DashMap`, version 7 (release candidate), with its default number of shards.
    #[value(name = "dashmap-7")]
    #[serde(rename = "dashmap-7")]
    Dashmap7,
    /// `papaya::HashMap`, pinned for each operation.
    Papaya,
    /// `scc::HashMap`.
    Scc,
    /// `flurry::HashMap`, pinned for each operation.
    Flurry,
    /// `starshard::ShardedHashMap` with its default number of shards.
    Starshard,
    /// `hashbrown::HashMap` in a `parking_lot::RwLock`.
    Rwlock,
    /// `std::collections::HashMap` in a `std::sync::RwLock`.
    StdRwlock,
    /// 64 tables, each in a `parking_lot::RwLock` on cache lines of its own.
    #[value(name = "fixed-64")]
    #[serde(rename = "fixed-64")]
    FixedShards,
    /// `hashbrown::HashMap` on one thread, without synchronisation, times the cores that the threads could use.
    Limit,
}

/// What a map is in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The store that is compared with the peers.
    Ours,
    /// The store, otherwise used or built: no peer, and not what ratios are about.
    Variant,
    /// The store with the mode of its locks forced: what its own choice is held against.
    Forced,
    /// What the store is compared with.
    Peer,
    /// What no shared map can reach.
    Limit,
}

impl Contestant {
    /// Left out by `--quick`, unless named.
    const NOT_QUICK: [Self; 2] = [Self::AutoshardGuards, Self::Dashmap1024];

    /// Those that are measured where none is named.
    pub(crate) fn usual() -> Vec<Self> {
        Self::value_variants().iter().copied().filter(|map| map.role() != Role::Forced).collect()
    }

    /// Those of them that `--quick` has time for.
    pub(crate) fn quick() -> Vec<Self> {
        Self::usual().into_iter().filter(|map| !Self::NOT_QUICK.contains(map)).collect()
    }

    pub(crate) fn role(self) -> Role {
        match self {
            Self::Autoshard => Role::Ours,
            Self::AutoshardDefault | Self::AutoshardUntuned | Self::AutoshardGuards => Role::Variant,
            Self::AutoshardNeutral | Self::AutoshardFenced | Self::AutoshardAsymmetric | Self::AutoshardOwned => {
                Role::Forced
            }
            Self::Limit => Role::Limit,
            Self::Dashmap
            | Self::Dashmap1024
            | Self::Dashmap7
            | Self::Papaya
            | Self::Scc
            | Self::Flurry
            | Self::Starshard
            | Self::Rwlock
            | Self::StdRwlock
            | Self::FixedShards => Role::Peer,
        }
    }
}

/// The name, as `--map` takes it.
impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no map is hidden").get_name())
    }
}
