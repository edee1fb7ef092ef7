//! The six mixes of `u64` to `u64`.

use super::{Cell, OPERATIONS, Settings, Workload};
use crate::{
    keys::{Ranks, scattered},
    operation::{Extent, Hits, Prepared},
    shares::Shares,
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

pub(super) fn prepare(cell: &Cell, settings: &Settings) -> Prepared<u64> {
    prepare_by(shares(cell.workload), cell, settings)
}

/// As under `exchange`, for a workload that has writers.
pub(super) fn prepare_exchange(cell: &Cell, settings: &Settings) -> Prepared<u64> {
    prepare_by(EXCHANGE, cell, settings)
}

fn prepare_by(shares: Shares, cell: &Cell, settings: &Settings) -> Prepared<u64> {
    let universe = if shares.moves_keys() { UNIVERSE * cell.keys } else { cell.keys };
    let mut keys = scattered(universe, settings.seed);
    let ranks = Ranks::of(cell.distribution, universe);
    let operations = shares.operations(&keys, ranks, OPERATIONS, &settings.thread_seeds(cell.threads));
    keys.truncate(cell.keys);
    let hits = if shares.moves_keys() { Hits::Open } else { Hits::All };
    Prepared { capacity: cell.keys, present: keys, operations, extent: Extent::Cycle, hits }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use super::*;
    use crate::{keys::Distribution, workload::Family};

    const SETTINGS: Settings = Settings {
        rounds: 1,
        warm_up: Duration::ZERO,
        length: Duration::from_millis(1),
        patience: Duration::from_secs(60),
        seed: 7,
    };

    #[test]
    fn keys_are_there_unless_they_come_and_go() {
        for workload in Family::Mixes.workloads() {
            for &distribution in workload.distributions() {
                let prepared = prepare(&Cell { workload, keys: 50, distribution, threads: 2, trace: None }, &SETTINGS);
                let present: HashSet<u64> = prepared.present.into_iter().collect();
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
            let prepared = prepare(&cell, settings);
            prepared.operations.concat().iter().map(|operation| operation.key).collect::<Vec<_>>()
        };
        assert_eq!(keys(&SETTINGS), keys(&SETTINGS));
        assert_ne!(keys(&SETTINGS), keys(&Settings { seed: 8, ..SETTINGS }));
    }
}
