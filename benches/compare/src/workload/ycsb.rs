//! The workloads of YCSB (Cooper et al., SoCC 2010) that touch single keys: keys are strings, values 100 bytes within the entry.

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{Cell, Settings, Workload, strings::OPERATIONS};
use crate::{
    keys::{Ranks, scattered, text},
    operation::{Extent, Hits, Kind, Operation, Prepared},
    shares::{Shares, per_thread},
};

/// A value: as long as one of YCSB's fields.
pub(super) type Record = [u8; 100];

/// Percent of inserts in workload D.
const INSERTS: u32 = 5;

fn shares(workload: Workload) -> Shares {
    match workload {
        Workload::YcsbA => Shares::reading(50),
        Workload::YcsbB => Shares::reading(95),
        Workload::YcsbF => Shares { get: 50, insert: 0, remove: 0, update: 0, read_modify_write: 50 },
        _ => Shares::reading(100),
    }
}

pub(super) fn prepare(cell: &Cell, settings: &Settings) -> Prepared<String> {
    if cell.workload == Workload::YcsbD {
        return prepare_latest(cell, settings);
    }
    let present: Vec<String> = scattered(cell.keys, settings.seed).into_iter().map(text).collect();
    let ranks = Ranks::zipf(present.len());
    let seeds = settings.thread_seeds(cell.threads);
    let operations = shares(cell.workload).operations(&present, ranks, OPERATIONS, &seeds);
    Prepared { capacity: cell.keys, present: present.into(), operations, extent: Extent::Cycle, hits: Hits::All }
}

/// D: a thread's reads prefer what it has inserted last, and go on to what was there at first; each insert brings a key that
/// nobody else has, so that every read hits. The inserts do not repeat, so each operation is done once.
fn prepare_latest(cell: &Cell, settings: &Settings) -> Prepared<String> {
    let present = scattered(cell.keys, settings.seed);
    let ranks = Ranks::zipf(present.len());
    let seeds = settings.thread_seeds(cell.threads);
    let operations = per_thread(&seeds, |seed| latest(&present, ranks, seed, cell.threads as u64));
    Prepared {
        capacity: cell.keys,
        present: present.into_iter().map(text).collect(),
        operations,
        extent: Extent::Once,
        hits: Hits::All,
    }
}

/// One thread's: seeds follow each other, so numbers that leave different rests by the number of threads are different.
fn latest(present: &[u64], ranks: Ranks, seed: u64, threads: u64) -> Vec<Operation<String>> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut inserted: Vec<u64> = Vec::new();
    let mut next = || {
        if random.random_range(0..100) < INSERTS {
            let key = present.len() as u64 + inserted.len() as u64 * threads + seed % threads;
            inserted.push(key);
            return Operation { kind: Kind::Insert, key: text(key) };
        }
        let age = ranks.draw(&mut random);
        let key = match age.checked_sub(inserted.len()) {
            None => inserted[inserted.len() - 1 - age],
            Some(older) => present[older],
        };
        Operation { kind: Kind::Get, key: text(key) }
    };
    (0..OPERATIONS).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use super::*;
    use crate::keys::Distribution;

    #[test]
    fn the_latest_are_inserted_before_they_are_read_and_by_one_thread() {
        let cell =
            Cell { workload: Workload::YcsbD, keys: 100, distribution: Distribution::Latest, threads: 3, trace: None };
        let second = Duration::from_secs(1);
        let settings = Settings { rounds: 1, warm_up: second, length: second, patience: second, seed: 5 };
        let prepared = prepare(&cell, &settings);
        let mut inserted_by_anyone = HashSet::new();
        for operations in &prepared.operations {
            let mut there: HashSet<&String> = prepared.present.iter().collect();
            for operation in operations {
                if operation.kind == Kind::Insert {
                    assert!(inserted_by_anyone.insert(&operation.key));
                    there.insert(&operation.key);
                } else {
                    assert!(there.contains(&operation.key));
                }
            }
        }
    }
}
