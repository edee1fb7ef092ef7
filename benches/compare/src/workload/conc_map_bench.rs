//! The workloads of conc-map-bench, as its driver (bustle) makes them: each thread has keys of its own; it inserts its next key,
//! removes its oldest, and looks its keys up in a fixed random order, whether they are there or not. So what each operation
//! must answer is known beforehand.

use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};

use super::{Cell, Settings, Workload};
use crate::{
    operation::{Extent, Hits, Kind, Operation, Prepared},
    shares::{Shares, per_thread},
};

/// Part of the capacity that is there at first, in percent; RapidGrow starts from empty.
const PREFILLED_PERCENT: usize = 75;

fn shares(workload: Workload) -> Shares {
    let [get, insert, remove, update] = match workload {
        Workload::ConcReadHeavy => [98, 1, 1, 0],
        Workload::ConcExchange => [10, 40, 40, 10],
        _ => [5, 80, 5, 10],
    };
    Shares { get, insert, remove, update, read_modify_write: 0 }
}

/// One thread's part.
struct Part {
    present: Vec<u64>,
    operations: Vec<Operation<u64>>,
    hits: u64,
}

pub(super) fn prepare(cell: &Cell, settings: &Settings) -> Prepared<u64> {
    let (prefilled, capacity) = match cell.workload {
        Workload::ConcRapidGrow => (0, cell.keys),
        Workload::ConcRapidGrowUnhinted => (0, 0),
        _ => (cell.keys * PREFILLED_PERCENT / 100 / cell.threads, cell.keys),
    };
    let operations = cell.keys / cell.threads;
    let shares = shares(cell.workload);
    // Keys by thread: the thread's number in the low digits, as seeds follow each other.
    let threads = cell.threads as u64;
    let make = |seed| Part::make(shares, prefilled, operations, seed, |key| key * threads + seed % threads);
    let parts = per_thread(&settings.thread_seeds(cell.threads), make);
    let hits = Hits::OfThread(parts.iter().map(|part| part.hits).collect());
    let (present, operations) = parts.into_iter().map(|part| (part.present, part.operations)).unzip();
    let present: Vec<Vec<u64>> = present;
    Prepared { capacity, present: present.concat().into(), operations, extent: Extent::Once, hits }
}

impl Part {
    fn make(shares: Shares, prefilled: usize, operations: usize, seed: u64, key: impl Fn(u64) -> u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let kinds: Vec<Kind> = (0..operations).map(|_| shares.draw(&mut random)).collect();
        let inserts = kinds.iter().filter(|kind| **kind == Kind::Insert).count();
        let mut keys: Vec<u64> = (0..(prefilled + inserts).max(1) as u64).map(key).collect();
        keys.shuffle(&mut random);
        let mut looked_up: Vec<usize> = (0..keys.len()).collect();
        looked_up.shuffle(&mut random);
        let mut looked_up = looked_up.iter().copied().cycle();
        let (mut oldest, mut next, mut hits) = (0, prefilled, 0);
        let operations = kinds.into_iter().map(|kind| {
            let index = match kind {
                Kind::Insert => next,
                Kind::Remove => oldest,
                _ => looked_up.next().unwrap_or_default(),
            };
            // An insert hits if the key was not there, and it never is.
            hits += u64::from(kind == Kind::Insert || (oldest..next).contains(&index));
            next += usize::from(kind == Kind::Insert);
            oldest += usize::from(kind == Kind::Remove && oldest < next);
            Operation { kind, key: keys[index.min(keys.len() - 1)] }
        });
        let operations = operations.collect();
        keys.truncate(prefilled);
        Self { present: keys, operations, hits }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use super::*;
    use crate::{keys::Distribution, workload::Family};

    #[test]
    fn what_must_hit_is_known() {
        let second = Duration::from_secs(1);
        let settings = Settings { rounds: 1, warm_up: second, length: second, patience: second, seed: 5 };
        for workload in Family::ConcMapBench.workloads() {
            let cell = Cell { workload, keys: 9_000, distribution: Distribution::Uniform, threads: 3, trace: None };
            let prepared = prepare(&cell, &settings);
            let mut set: HashSet<u64> = prepared.present.iter().copied().collect();
            assert_eq!(set.len(), prepared.present.len(), "{workload}: no key twice");
            let mut hits = Vec::new();
            for operations in &prepared.operations {
                assert_eq!(operations.len(), 3_000);
                let hit = |operation: &&Operation<u64>| match operation.kind {
                    Kind::Insert => set.insert(operation.key),
                    Kind::Remove => set.remove(&operation.key),
                    _ => set.contains(&operation.key),
                };
                hits.push(operations.iter().filter(hit).count() as u64);
            }
            assert_eq!(prepared.hits, Hits::OfThread(hits), "{workload}");
        }
    }
}
