//! Verification: that targets and sources hold the same, by looking up each entry of the one in the other.
//!
//! It shares no code with the copy: a key that the copy put in the wrong place is looked for in the right one. Dual-writing
//! keeps true what was verified, so once is enough; the counts at cut-over are the last word.

use autoshard_tuning::ShardId;
use hashbrown::HashTable;

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
    mutants::{Mutant, is_on},
    presence::Kind,
    shard::{Item, ShardRead},
    sync::atomic::Ordering,
};

/// Verifications that may find a difference before the migration is given up.
const MISMATCHES_MAX: u32 = 1;

/// How far verification has come.
#[derive(Clone, Copy)]
pub(super) struct Check {
    direction: Direction,
    cursor: Cursor,
}

#[derive(Clone, Copy)]
enum Direction {
    /// Each entry of this source, by its place in the list, is in its target.
    Forth(usize),
    /// Each entry of this target is in its source.
    Back(usize),
}

impl Default for Check {
    fn default() -> Self {
        Self { direction: Direction::Forth(0), cursor: Cursor::default() }
    }
}

/// One step.
pub(super) fn step<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    Check { direction, mut cursor }: Check,
    budget: &mut Budget,
) -> Progress {
    let done = match direction {
        Direction::Forth(source) => forth(migration, body, source, &mut cursor, budget),
        Direction::Back(target) => back(migration, body, target, &mut cursor, budget),
    };
    let (sources, targets) = (migration.sources.len(), migration.targets.len());
    let next = match (done, direction) {
        (Err(progress), _) => return progress,
        (Ok(false), _) => return Progress::Next(State::Verify(Check { direction, cursor })),
        (Ok(true), Direction::Forth(source)) if source + 1 < sources => Direction::Forth(source + 1),
        (Ok(true), Direction::Forth(_)) => Direction::Back(0),
        (Ok(true), Direction::Back(target)) if target + 1 < targets => Direction::Back(target + 1),
        (Ok(true), Direction::Back(_)) => return Progress::Next(State::CutOver),
    };
    Progress::Next(State::Verify(Check { direction: next, cursor: Cursor::default() }))
}

/// A difference: the backfill starts again, or the migration ends.
pub(super) fn difference<K, V, S>(migration: &mut Migration<K, V>, body: &Body<K, V, S>) -> Progress {
    body.control.tuning().migrations.mismatches.fetch_add(1, Ordering::Relaxed);
    migration.mismatches += 1;
    if migration.mismatches > MISMATCHES_MAX {
        return Progress::Abort("the fresh shards differed from the old ones twice".to_owned());
    }
    Progress::Next(State::Backfill(Cursor::default()))
}

/// Looks each of a source's items up in its target, under the source's shared lock. In a hand-over the source's items are those
/// that have not moved: there is nothing to look up.
fn forth<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    source: usize,
    cursor: &mut Cursor,
    budget: &mut Budget,
) -> Result<bool, Progress> {
    if migration.mode() == Mode::HandOver || is_on(Mutant::NotVerifiedForth) {
        return Ok(true);
    }
    let shard = migration.source_shared(body, migration.sources[source], body.patience());
    let Some(shard) = shard else { return Err(Progress::Blocked) };
    if migration.shadow.is_aborted() {
        // Whoever aborted while it held the source may have changed it without a word to the targets.
        return Err(Progress::More);
    }
    let Some(mark) = shard.contents().mark.as_deref() else { return Err(unmarked()) };
    cursor.settle(shard.header());
    let table = &shard.contents().table;
    while cursor.bucket < table.num_buckets() {
        let item = table.get_bucket(cursor.bucket);
        cursor.bucket += 1;
        if let Some(item) = item {
            migration.verified_entries += 1;
            if !target_has(mark, item) {
                return Err(difference(migration, body));
            }
        }
        if budget.spend(item.is_some()) || shard.is_awaited() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn target_has<K, V>(mark: &Mark<K, V>, item: &Item<K, V>) -> bool {
    let functions = mark.functions;
    let hash = functions.hash(item.key());
    let Some(target) = mark.target(hash, Kind::Shared) else { return false };
    let copy = target.contents().table.find(hash, |copy| (functions.equal)(item.key(), copy.key()));
    // SAFETY: the source is held, shared, and with it the right to read its values and their copies.
    copy.is_some_and(|copy| functions.same_value.is_none_or(|same| unsafe { same(item.value(), copy.value()) }))
}

/// Items of a target that are looked up together, source by source. Few, since a source is held for all of its items in a group.
pub(super) const GROUP: usize = 16;
/// Buckets that are looked through for a group, at most.
const GROUP_BUCKETS: usize = 256;

/// Looks a target's items up in their sources, or (in a hand-over, where they are no longer there) where a look-up for them would
/// go. Goes over the target once, whatever the number of sources: by groups, of which it first learns the sources, and then
/// enters these one at a time.
fn back<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    target: usize,
    cursor: &mut Cursor,
    budget: &mut Budget,
) -> Result<bool, Progress> {
    if is_on(Mutant::NotVerifiedBack) {
        return Ok(true);
    }
    let target = migration.targets[target].id;
    let header = body.control.headers.get(target);
    loop {
        let (mut group, end) = {
            // SAFETY: a target of this migration, and the migrator's own lock; it holds and waits for nothing else.
            let lock = unsafe { TargetLock::<K, V>::new(header, Kind::Shared) };
            cursor.settle(header);
            next_group(migration, target, &lock.contents().table, cursor.bucket)
        };
        group.sort_unstable();
        for of_source in group.chunk_by(|one, other| one.0 == other.0) {
            let Some(source) = of_source[0].0 else { return Err(difference(migration, body)) };
            let Some(shard) = migration.source_shared(body, source, body.patience()) else {
                return Err(Progress::Blocked);
            };
            if migration.shadow.is_aborted() {
                return Err(Progress::More);
            }
            // SAFETY: a target of this migration, one source of which is held.
            let lock = unsafe { TargetLock::<K, V>::new(header, Kind::Shared) };
            if cursor.is_void(header) {
                return Ok(false);
            }
            let has_all = of_source.iter().all(|&(_, bucket)| source_has(migration, &shard, source, &lock, bucket));
            drop(lock);
            if !has_all {
                return Err(difference(migration, body));
            }
            migration.verified_entries += of_source.len() as u64;
        }
        cursor.bucket = end.unwrap_or(cursor.bucket);
        if end.is_none() {
            return Ok(true);
        }
        if budget.spend(true) {
            return Ok(false);
        }
    }
}

/// The next items of a target, with their sources (`None`: it does not belong here), and where the group ends; no end at the table's.
fn next_group<K, V>(
    migration: &Migration<K, V>,
    target: ShardId,
    table: &HashTable<Item<K, V>>,
    from: usize,
) -> (Vec<(Option<ShardId>, usize)>, Option<usize>) {
    let mut group = Vec::new();
    for bucket in from..table.num_buckets() {
        if let Some(item) = table.get_bucket(bucket) {
            let hash = migration.functions.hash(item.key());
            let belongs_here = migration.shadow.target(hash) == Some(target);
            group.push((migration.shadow.source(hash).filter(|_| belongs_here), bucket));
        }
        if group.len() == GROUP || bucket + 1 - from == GROUP_BUCKETS {
            return (group, Some(bucket + 1));
        }
    }
    (group, None)
}

/// Whether a bucket's item, if it is still there, is where it should be. Another source's item may have come into the bucket
/// meanwhile: it was written to both, so it needs no verification.
fn source_has<K, V>(
    migration: &Migration<K, V>,
    shard: &ShardRead<'_, K, V>,
    source: ShardId,
    target: &TargetLock<'_, K, V>,
    bucket: usize,
) -> bool {
    let table = &target.contents().table;
    let Some(item) = table.get_bucket(bucket) else { return true };
    let functions = migration.functions;
    let hash = functions.hash(item.key());
    if migration.shadow.source(hash) != Some(source) {
        return true;
    }
    let same = |other: &Item<K, V>| (functions.equal)(item.key(), other.key());
    let looked_in = if migration.mode() == Mode::HandOver { table } else { &shard.contents().table };
    looked_in.find(hash, same).is_some()
}
