//! Undo: the sources as they were, after which nobody can reach the targets any more.

use super::{
    budget::Budget,
    migration::{Migration, State},
    migrator::Progress,
    shadow::Mode,
};
use crate::{
    body::Body,
    mutants::{Mutant, is_on},
    shard::Contents,
};

/// Panics of the user's code that an undoing bears before it gives up the item at hand.
const PANICS_MAX: u32 = 8;
/// Buckets of a target that are looked through between two looks at the clock.
const BUCKETS_PER_LOOK: usize = 32;

/// One step. `done` sources are unmarked already.
pub(super) fn step<K, V, S>(
    migration: &Migration<K, V>,
    body: &Body<K, V, S>,
    done: usize,
    budget: &mut Budget,
) -> Progress {
    // Sources that were never marked may be held by somebody for ever, and need nothing undone.
    let Some(&source) = migration.sources[..migration.marked].get(done) else { return Progress::Undone };
    // Dropped after the source has been left: it runs the user's code.
    let mut unhashable = None;
    let Some(mut shard) = migration.source_exclusive(body, source, body.patience()) else { return Progress::Blocked };
    let header = shard.header();
    let Contents { table, mark, .. } = shard.contents_mut();
    if let Some(mark) = mark.as_deref_mut()
        && migration.mode() == Mode::HandOver
    {
        if migration.undo_panics > PANICS_MAX {
            unhashable = mark.take_unhashable();
        }
        while !mark.fetch_back(header, table, BUCKETS_PER_LOOK) {
            if budget.spend(true) {
                return Progress::More;
            }
        }
    }
    if is_on(Mutant::MarkStays) {
        return Progress::Next(State::Undo(done + 1));
    }
    let mark = mark.take();
    header.set_marked(false);
    shard.note_table_size();
    drop(shard);
    drop(mark);
    drop(unhashable);
    Progress::Next(State::Undo(done + 1))
}
