//! Verification: that targets and sources hold the same, by looking up each entry of the one in the other.
//!
//! It shares no code with the copy: a key that the copy put in the wrong place is looked for in the right one. Dual-writing
//! keeps true what was verified, so once is enough; the counts at cut-over are the last word.

use autoshard_tuning::ShardId;

use super::{
    backfill::{Cursor, unmarked},
    budget::Budget,
    mark::Mark,
    migration::{Migration, State},
    migrator::Progress,
    shadow::{Mode, TargetLock},
};
use crate::{
    body::Body,
    presence::Kind,
    shard::{Item, ShardRead},
    sync::atomic::Ordering,
};

/// Verifications that may find a difference before the migration is given up.
const MISMATCHES_MAX: u32 = 1;

/// How far verification has come.
#[derive(Clone, Copy, Default)]
pub(super) struct Check {
    source: usize,
    direction: Direction,
    cursor: Cursor,
}

#[derive(Clone, Copy, Default)]
enum Direction {
    /// Each of the source's entries is in its target.
    #[default]
    Forth,
    /// Each entry of this target that belongs to the source is there.
    Back(usize),
}

/// What a stretch of looking up came to.
enum Found {
    /// The budget was spent first.
    Unfinished,
    AllRight,
    Difference,
}

/// One step.
pub(super) fn step<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    mut check: Check,
    budget: &mut Budget,
) -> Progress {
    let source = migration.sources[check.source];
    let Some(shard) = migration.source_shared(body, source, body.patience()) else { return Progress::Blocked };
    if migration.shadow.is_aborted() {
        // Whoever aborted while it held the source may have changed it without a word to the targets.
        return Progress::More;
    }
    let Some(mark) = shard.contents().mark.as_deref() else { return unmarked() };
    let mut looked_up = 0;
    let found = match check.direction {
        Direction::Forth => forth(mark, &shard, &mut check.cursor, budget, &mut looked_up),
        Direction::Back(target) => {
            let target = migration.targets[target].id;
            back(mark, &shard, source, target, &mut check.cursor, budget, &mut looked_up)
        }
    };
    drop(shard);
    migration.verified_entries += looked_up;
    match found {
        Found::Unfinished => Progress::Next(State::Verify(check)),
        Found::Difference => difference(migration, body),
        Found::AllRight => Progress::Next(next(migration, check)),
    }
}

/// What comes after a part in which all was right.
fn next<K, V>(migration: &Migration<K, V>, check: Check) -> State {
    let target = match check.direction {
        Direction::Forth => 0,
        Direction::Back(target) => target + 1,
    };
    if target < migration.targets.len() {
        return State::Verify(Check { direction: Direction::Back(target), cursor: Cursor::default(), ..check });
    }
    let source = check.source + 1;
    if source < migration.sources.len() {
        return State::Verify(Check { source, ..Check::default() });
    }
    State::CutOver
}

/// A difference: the backfill starts again, or the migration ends.
pub(super) fn difference<K, V, S>(migration: &mut Migration<K, V>, body: &Body<K, V, S>) -> Progress {
    body.control.migrations.mismatches.fetch_add(1, Ordering::Relaxed);
    migration.mismatches += 1;
    if migration.mismatches > MISMATCHES_MAX {
        return Progress::Abort("the fresh shards differed from the old ones twice".to_owned());
    }
    Progress::Next(State::Backfill(Cursor::default()))
}

/// Looks each of the source's items up in its target. In a hand-over the source's items are those that have not moved.
fn forth<K, V>(
    mark: &Mark<K, V>,
    shard: &ShardRead<'_, K, V>,
    cursor: &mut Cursor,
    budget: &mut Budget,
    looked_up: &mut u64,
) -> Found {
    if mark.shadow.mode == Mode::HandOver {
        return Found::AllRight;
    }
    cursor.settle(shard.header());
    let table = &shard.contents().table;
    while cursor.bucket < table.num_buckets() {
        let item = table.get_bucket(cursor.bucket);
        cursor.bucket += 1;
        if let Some(item) = item {
            *looked_up += 1;
            if !target_has(mark, item) {
                return Found::Difference;
            }
        }
        if budget.spend(item.is_some()) {
            return Found::Unfinished;
        }
    }
    Found::AllRight
}

fn target_has<K, V>(mark: &Mark<K, V>, item: &Item<K, V>) -> bool {
    let functions = mark.functions;
    let hash = functions.hash(item.key());
    let target = mark.target(hash, Kind::Shared);
    let copy = target.contents().table.find(hash, |copy| (functions.equal)(item.key(), copy.key()));
    // SAFETY: the source is held, shared, and with it the right to read its values and their copies.
    copy.is_some_and(|copy| functions.same_value.is_none_or(|same| unsafe { same(item.value(), copy.value()) }))
}

/// Looks each of a target's items that belong to the source up: in the source, or (in a hand-over) where a look-up for it
/// would go.
fn back<K, V>(
    mark: &Mark<K, V>,
    shard: &ShardRead<'_, K, V>,
    source: ShardId,
    target: ShardId,
    cursor: &mut Cursor,
    budget: &mut Budget,
    looked_up: &mut u64,
) -> Found {
    let functions = mark.functions;
    // SAFETY: a target of this mark, whose source is held.
    let lock = unsafe { TargetLock::<K, V>::new(mark.shadow.header(target), Kind::Shared) };
    cursor.settle(lock.header());
    let table = &lock.contents().table;
    while cursor.bucket < table.num_buckets() {
        let item = table.get_bucket(cursor.bucket);
        cursor.bucket += 1;
        if let Some(item) = item {
            let hash = functions.hash(item.key());
            if mark.shadow.target(hash) != target {
                return Found::Difference;
            }
            if mark.shadow.source(hash) == Some(source) {
                *looked_up += 1;
                let same = |other: &Item<K, V>| (functions.equal)(item.key(), other.key());
                let looked_in = if mark.shadow.mode == Mode::HandOver { table } else { &shard.contents().table };
                if looked_in.find(hash, same).is_none() {
                    return Found::Difference;
                }
            }
        }
        if budget.spend(item.is_some()) {
            return Found::Unfinished;
        }
    }
    Found::AllRight
}
