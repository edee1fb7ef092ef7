//! The six mixes of `u64` to `u64`.

use std::sync::Arc;

use super::{Cell, Group, OPERATIONS, Settings, Workload};
use crate::{
    keys::{Ranks, scattered},
    operation::{Extent, Hits, Prepared},
    shares::Shares,
    workload::Family,
};

/// Keys that come and go do so in a universe of so many times the entries.
const UNIVERSE: usize = 2;

/// Keys come and go, and their number stays about the same.
const EXCHANGE: Shares = Shares { get: 10, insert: 40, remove: 40, update: 10, read_modify_write: 0 };

fn shares(workload: Workload) -> Shares {
    match workload {
        Workload::Get99 => Shares::reading(99),
        Workload::Get95 => Shares::reading(95),
        Workload::Get50 => Shares::reading(50),
        Workload::Update => Shares::reading(0),
        Workload::Exchange => EXCHANGE,
        _ => Shares::reading(100),
    }
}

/// Whether both are mixes that one map can serve in turn: over the same keys, which stay for both, or come and go for both. In the
/// latter case the second begins with other keys than the first, but with about as many.
pub(super) fn may_share_map(one: &Cell, other: &Cell) -> bool {
    let are_mixes = [one, other].iter().all(|cell| cell.workload.family() == Family::Mixes);
    let move_keys = |cell: &Cell| shares(cell.workload).moves_keys();
    are_mixes && one.keys == other.keys && move_keys(one) == move_keys(other)
}

/// Each cell's operations, over keys that are made once.
pub(super) fn prepare(group: &Group, settings: &Settings) -> Vec<Prepared<u64>> {
    let keys = Keys::new(shares(group.first.workload), group.first.keys, settings);
    group.cells().map(|cell| keys.prepare(shares(cell.workload), cell, settings)).collect()
}

/// As under a mix, for a cell of another workload.
pub(crate) fn prepare_mix(mix: Workload, cell: &Cell, settings: &Settings) -> Prepared<u64> {
    let shares = shares(mix);
    Keys::new(shares, cell.keys, settings).prepare(shares, cell, settings)
}

/// The keys of cells that may share a map.
struct Keys {
    universe: Vec<u64>,
    present: Arc<[u64]>,
}

impl Keys {
    fn new(shares: Shares, present: usize, settings: &Settings) -> Self {
        let universe = if shares.moves_keys() { UNIVERSE * present } else { present };
        let universe = scattered(universe, settings.seed);
        Self { present: universe[..present].into(), universe }
    }

    fn prepare(&self, shares: Shares, cell: &Cell, settings: &Settings) -> Prepared<u64> {
        let ranks = Ranks::of(cell.distribution, self.universe.len());
        let operations = shares.operations(&self.universe, ranks, OPERATIONS, &settings.thread_seeds(cell.threads));
        let hits = if shares.moves_keys() { Hits::Open } else { Hits::All };
        Prepared { capacity: cell.keys, present: self.present.clone(), operations, extent: Extent::Cycle, hits }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use super::*;
    use crate::keys::Distribution;

    const SETTINGS: Settings = Settings {
        rounds: 1,
        warm_up: Duration::ZERO,
        length: Duration::from_millis(1),
        patience: Duration::from_secs(60),
        seed: 7,
    };

    fn prepare_one(cell: Cell, settings: &Settings) -> Prepared<u64> {
        prepare(&cell.into(), settings).remove(0)
    }

    #[test]
    fn keys_are_there_unless_they_come_and_go() {
        for workload in Family::Mixes.workloads() {
            for &distribution in workload.distributions() {
                let prepared =
                    prepare_one(Cell { workload, keys: 50, distribution, threads: 2, trace: None }, &SETTINGS);
                let present: HashSet<u64> = prepared.present.iter().copied().collect();
                assert_eq!((present.len(), prepared.operations.len()), (50, 2));
                let all_present = prepared.operations[0].iter().all(|operation| present.contains(&operation.key));
                assert_eq!(all_present, prepared.hits == Hits::All, "{workload}, {distribution}");
            }
        }
    }

    #[test]
    fn the_same_seed_prepares_the_same() {
        let cell =
            Cell { workload: Workload::Get50, keys: 100, distribution: Distribution::Zipf, threads: 2, trace: None };
        let keys = |settings: &Settings| {
            let prepared = prepare_one(cell.clone(), settings);
            prepared.operations.concat().iter().map(|operation| operation.key).collect::<Vec<_>>()
        };
        assert_eq!(keys(&SETTINGS), keys(&SETTINGS));
        assert_ne!(keys(&SETTINGS), keys(&Settings { seed: 8, ..SETTINGS }));
    }
}
