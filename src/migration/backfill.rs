//! Backfill: what the sources have, into the targets.

use autoshard_tuning::Verification;

use super::{
    budget::Budget,
    migration::{Migration, State},
    migrator::Progress,
    shadow::Mode,
    verify::Check,
};
use crate::{
    body::Body,
    mutants::{Mutant, is_on},
    shard::{Contents, Header},
};

/// Items that are moved before a source is left for a moment, so that others get in: a guess, some 10 µs.
const MOVED_AT_ONCE_MAX: u32 = 64;

/// How far the backfill has come: the source by its place in the list, and the bucket in its table.
#[derive(Clone, Copy, Default)]
pub(super) struct Cursor {
    source: usize,
    pub(super) bucket: usize,
    /// The count of rehashes for which `bucket` means something; `None` before the source was entered.
    rehashes: Option<u32>,
}

impl Cursor {
    /// Starts again if buckets have moved since.
    pub(super) fn settle(&mut self, header: &Header) {
        let before = self.rehashes.replace(header.rehashes());
        if before != self.rehashes && !is_on(Mutant::BackfillGoesOn) {
            self.bucket = 0;
        }
    }

    /// Whether buckets have moved since the cursor was settled.
    pub(super) fn is_void(&self, header: &Header) -> bool {
        self.rehashes != Some(header.rehashes())
    }

    fn next_source(self) -> Self {
        Self { source: self.source + 1, bucket: 0, rehashes: None }
    }
}

/// One step.
pub(super) fn step<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    mut cursor: Cursor,
    budget: &mut Budget,
) -> Progress {
    let done = match migration.mode() {
        Mode::DualWrite => copy(migration, body, &mut cursor, budget),
        Mode::HandOver => hand_over(migration, body, &mut cursor, budget),
    };
    match done {
        Err(progress) => progress,
        Ok(false) => Progress::Next(State::Backfill(cursor)),
        Ok(true) if cursor.source + 1 < migration.sources.len() => {
            Progress::Next(State::Backfill(cursor.next_source()))
        }
        Ok(true) if body.control.policy().migration.verify == Verification::Off || is_on(Mutant::NotVerified) => {
            Progress::Next(State::CutOver)
        }
        Ok(true) => Progress::Next(State::Verify(Check::default())),
    }
}

/// Copies from a source, under its shared lock, within the budget, and no longer than until somebody wants to write there; `true`
/// at its end.
fn copy<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    cursor: &mut Cursor,
    budget: &mut Budget,
) -> Result<bool, Progress> {
    let shard = migration.source_shared(body, migration.sources[cursor.source], body.patience());
    let Some(shard) = shard else { return Err(Progress::Blocked) };
    if migration.shadow.is_aborted() {
        return Ok(false);
    }
    let Some(mark) = shard.contents().mark.as_deref() else { return Err(unmarked()) };
    cursor.settle(shard.header());
    let table = &shard.contents().table;
    while cursor.bucket < table.num_buckets() {
        let item = table.get_bucket(cursor.bucket);
        cursor.bucket += 1;
        if let Some(item) = item {
            migration.entries_copied += u64::from(mark.copy(item));
        }
        if budget.spend(item.is_some()) || shard.is_awaited() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Moves from a source, under its exclusive lock, within the budget; `true` at its end. Is never inside for long at a time.
fn hand_over<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    cursor: &mut Cursor,
    budget: &mut Budget,
) -> Result<bool, Progress> {
    loop {
        let shard = migration.source_exclusive(body, migration.sources[cursor.source], body.patience());
        let Some(mut shard) = shard else { return Err(Progress::Blocked) };
        if migration.shadow.is_aborted() {
            return Ok(false);
        }
        cursor.settle(shard.header());
        let Contents { table, mark, .. } = shard.contents_mut();
        let Some(mark) = mark.as_deref_mut() else { return Err(unmarked()) };
        let mut moved = 0;
        let mut is_spent = false;
        while cursor.bucket < table.num_buckets() && moved < MOVED_AT_ONCE_MAX && !is_spent {
            let is_full = table.get_bucket(cursor.bucket).is_some();
            if is_full && !mark.hand_over(table, cursor.bucket) {
                return Err(no_room());
            }
            moved += u32::from(is_full);
            cursor.bucket += 1;
            is_spent = budget.spend(is_full);
        }
        migration.entries_copied += u64::from(moved);
        let is_done = !is_spent && cursor.bucket >= table.num_buckets();
        shard.leave_in_turn();
        if is_done || is_spent {
            return Ok(is_done);
        }
    }
}

/// A target of a hand-over, which never grows, cannot take an item.
pub(super) fn no_room() -> Progress {
    Progress::Abort("a target is full, since entries were added while others moved".to_owned())
}

/// A source in a migration is marked until it is cut over or undone; anything else is a fault of ours.
pub(super) fn unmarked() -> Progress {
    debug_assert!(false, "a source lost its mark");
    Progress::Abort("a source lost its mark".to_owned())
}
