//! The mix that parlayhash's authors measure with: a universe of twice the entries, so about half of the look-ups hit; half of
//! the updates insert, half remove. Its score is the geometric mean of the cells (`report::summary`).

use super::{Cell, OPERATIONS, Settings, Workload};
use crate::{
    keys::{Ranks, scattered},
    operation::{Extent, Hits, Prepared},
    shares::Shares,
};

fn shares(workload: Workload) -> Shares {
    let updates = match workload {
        Workload::Parlayhash10 => 10,
        Workload::Parlayhash50 => 50,
        _ => 0,
    };
    let half = updates / 2;
    Shares { get: 100 - updates, insert: half, remove: updates - half, update: 0, read_modify_write: 0 }
}

pub(super) fn prepare(cell: &Cell, settings: &Settings) -> Prepared<u64> {
    let keys = scattered(2 * cell.keys, settings.seed);
    let ranks = Ranks::of(cell.distribution, keys.len());
    let seeds = settings.thread_seeds(cell.threads);
    let operations = shares(cell.workload).operations(&keys, ranks, OPERATIONS, &seeds);
    // Ranks are scattered over the keys, so the even ones are a random half of them.
    let present = keys.into_iter().filter(|key| key % 2 == 0).collect();
    Prepared { capacity: cell.keys, present, operations, extent: Extent::Cycle, hits: Hits::Open }
}
