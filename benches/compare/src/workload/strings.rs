//! Keys of 24 bytes and values of 128, each in an allocation of its own: 95 % get, 5 % update.

use super::{Cell, Settings};
use crate::{
    keys::{Ranks, scattered, text},
    operation::{Extent, Hits, Prepared},
    shares::Shares,
};

/// Operations prepared for each thread: each holds a key of its own.
pub(super) const OPERATIONS: usize = if cfg!(test) { 1 << 10 } else { 1 << 18 };

pub(super) fn prepare(cell: &Cell, settings: &Settings) -> Prepared<String> {
    let present: Vec<String> = scattered(cell.keys, settings.seed).into_iter().map(text).collect();
    let ranks = Ranks::of(cell.distribution, present.len());
    let seeds = settings.thread_seeds(cell.threads);
    let operations = Shares::reading(95).operations(&present, ranks, OPERATIONS, &seeds);
    Prepared { capacity: cell.keys, present: present.into(), operations, extent: Extent::Cycle, hits: Hits::All }
}
