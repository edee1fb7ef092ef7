//! A recorded trace: each thread replays every n-th access, so that all are at the same place of it at the same time.

use std::sync::Arc;

use super::Cell;
use crate::{
    operation::{Extent, Hits, Operation, Prepared},
    trace::{Trace, TraceError},
};

pub(super) fn prepare(cell: &Cell) -> Result<Prepared<u64>, TraceError> {
    let trace = Trace::load(cell.trace.as_deref().unwrap_or_else(|| "no trace".as_ref()))?;
    let present: Arc<[u64]> = (0..trace.keys() as u64).collect();
    let of_thread = |thread| -> Vec<Operation<u64>> {
        trace.operations.iter().skip(thread).step_by(cell.threads).cloned().collect()
    };
    let operations = (0..cell.threads).map(of_thread).collect();
    Ok(Prepared { capacity: present.len(), present, operations, extent: Extent::Cycle, hits: Hits::All })
}
