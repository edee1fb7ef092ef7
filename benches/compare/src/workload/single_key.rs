//! All threads on one key: what sharding cannot help with.

use super::{Cell, Workload};
use crate::operation::{Extent, Hits, Kind, Operation, Prepared};

/// The key.
const KEY: u64 = 42;

/// Operations of each thread; they are all the same.
const OPERATIONS: usize = 1 << 12;

pub(super) fn prepare(cell: &Cell) -> Prepared<u64> {
    let kind = if cell.workload == Workload::SingleKeyUpdate { Kind::Update } else { Kind::Get };
    Prepared {
        capacity: 1,
        present: [KEY].into(),
        operations: vec![vec![Operation { kind, key: KEY }; OPERATIONS]; cell.threads],
        extent: Extent::Cycle,
        hits: Hits::All,
    }
}
