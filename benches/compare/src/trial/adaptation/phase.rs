//! The phases and their operations.

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use crate::{
    keys::{Ranks, scattered},
    operation::Operation,
    shares::{Shares, per_thread},
    workload::{Cell, Settings},
};

/// Each thread's operations in one phase.
pub(super) type OfThreads = Vec<Vec<Operation<u64>>>;

/// Operations prepared for each thread and phase.
const OPERATIONS: usize = if cfg!(test) { 1 << 10 } else { 1 << 18 };

/// Share of all accesses that the hot key takes: what a live-streaming service saw of its most popular one.
const HOT_KEY_SHARE: f64 = 0.38;

/// Gets in the phases that are no burst of writes.
const GET_PERCENT: u32 = 95;

/// A stretch of load that is alike throughout; after the last, nobody does anything for as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Uniform,
    Zipf,
    /// One key takes a large part of all accesses.
    HotKey,
    /// Zipf's law over other keys than before.
    HotSetMoved,
    /// Updates only.
    WriteBurst,
}

impl Phase {
    pub(crate) const ALL: [Self; 5] = [Self::Uniform, Self::Zipf, Self::HotKey, Self::HotSetMoved, Self::WriteBurst];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
            Self::HotKey => "hot_key",
            Self::HotSetMoved => "hot_set_moved",
            Self::WriteBurst => "write_burst",
        }
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }

    fn operations(self, keys: &[u64], seed: u64) -> Vec<Operation<u64>> {
        let mut random = SmallRng::seed_from_u64(seed.wrapping_add((self.index() as u64) << 32));
        let shares = Shares::reading(if self == Self::WriteBurst { 0 } else { GET_PERCENT });
        let ranks = match self {
            Self::Uniform | Self::HotKey => Ranks::uniform(keys.len()),
            Self::Zipf | Self::HotSetMoved | Self::WriteBurst => Ranks::zipf(keys.len()),
        };
        let mut draw = || {
            let rank =
                if self == Self::HotKey && random.random_bool(HOT_KEY_SHARE) { 0 } else { ranks.draw(&mut random) };
            let rank = if self == Self::HotSetMoved { keys.len() - 1 - rank } else { rank };
            Operation { key: keys[rank], kind: shares.draw(&mut random) }
        };
        (0..OPERATIONS).map(|_| draw()).collect()
    }
}

/// The keys, and each phase's operations by thread.
pub(super) fn prepare(cell: &Cell, settings: &Settings) -> (Vec<u64>, Vec<OfThreads>) {
    let keys = scattered(cell.keys, settings.seed);
    let seeds = settings.thread_seeds(cell.threads);
    let operations =
        Phase::ALL.map(|phase| per_thread(&seeds, |seed| phase.operations(&keys, seed))).into_iter().collect();
    (keys, operations)
}
