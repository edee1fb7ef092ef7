//! Cut-over: the moment at which the directory names the targets.

use std::time::Duration;

use autoshard_tuning::Bias;
use hashbrown::HashTable;

use super::{
    backfill::{Cursor, no_room},
    migration::{Migration, State},
    migrator::Progress,
    shadow::{Mode, TargetLock},
    verify,
};
use crate::{
    body::Body,
    mutants::{Mutant, is_on},
    presence::Kind,
    shard::{Contents, Item, ShardWrite},
    sync::{atomic::Ordering, time::Instant},
};

/// Items that may still have to move at the cut-over of a hand-over. Bounds how long the sources are held: a guess, some
/// 10 µs.
const LATECOMERS_MAX: usize = 64;

/// One attempt. On success, the sources' tables are put into `retired`.
///
/// The sources are held for no longer than it takes to compare counts and to name the targets. What takes memory is done before, what
/// gives it back is done after; and what comes in between is [rehearsed](rehearse).
pub(super) fn attempt<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    retired: &mut Vec<HashTable<Item<K, V>>>,
) -> Progress {
    let shards_max = body.control.policy().shards.max;
    let mut owners = Vec::with_capacity(migration.targets.len());
    // In this order: whatever is in the way, targets are left before sources.
    let mut sources = Vec::with_capacity(migration.sources.len());
    let mut targets = Vec::with_capacity(migration.targets.len());
    rehearse(migration, body, shards_max, &mut sources, &mut targets);
    let Some(held_since) = enter_all(migration, body, &mut sources) else { return Progress::Blocked };
    // Whoever aborts does so under a source's exclusive lock, or is the migrator: it has been, or comes after.
    if migration.shadow.is_aborted() && !is_on(Mutant::CutOverThoughAborted) {
        return Progress::Abort(migration.shadow.abort_reason());
    }
    if migration.mode() == Mode::HandOver {
        match move_latecomers(&mut sources) {
            None => return Progress::Next(State::Backfill(Cursor::default())),
            Some(false) => return no_room(),
            Some(true) => {}
        }
    }
    lock_targets(migration, body, &mut targets);
    if count_targets(&targets) != count_sources(&sources) && !is_on(Mutant::CountsNotCompared) {
        return verify::difference(migration, body);
    }
    if !body.control.make_room_below(shards_max, migration.sources.len(), targets.len()) {
        return Progress::Abort("the store has grown to as many shards as the policy allows".to_owned());
    }
    if is_on(Mutant::TargetsNotHeld) {
        targets.clear();
    }
    redirect(migration, body, Cast::Targets);
    owners.extend(targets.iter_mut().filter_map(|target| target.contents_mut().owners.take()));
    leave_targets(&mut targets, migration.bias);
    leave_sources(&mut sources);
    migration.exclusive_hold = held_since.elapsed();
    let held = migration.exclusive_hold.as_nanos() as u64;
    body.control.tuning().migrations.exclusive_hold_ns_max.fetch_max(held, Ordering::Relaxed);
    retired.extend(migration.sources.iter().map(|&source| body.empty_shard(source)));
    Progress::CutOver
}

/// Goes through what is done while the sources are held, with nothing held but the targets, and nothing changed: or the code for it, and what
/// it goes over, might have to come from memory while callers wait.
fn rehearse<'a, K, V, S>(
    migration: &Migration<K, V>,
    body: &'a Body<K, V, S>,
    shards_max: u32,
    sources: &mut Vec<ShardWrite<'a, K, V>>,
    targets: &mut Vec<TargetLock<'a, K, V>>,
) {
    lock_targets(migration, body, targets);
    count_targets(targets);
    body.control.make_room_below(shards_max, 0, 0);
    redirect(migration, body, Cast::AsItIs);
    // Neutral is what they are.
    leave_targets(targets, Bias::Neutral);
    // In the part of the sources, of which there may be more: a target.
    sources.extend(migration.targets.iter().take(1).map(|target| body.enter_unreachable(target.id)));
    leave_sources(sources);
}

/// Enters all sources exclusively, within the policy's patience; since when the first is held. Only for that one is waited, while nothing is
/// held; the others are had at once or not at all.
fn enter_all<'a, K, V, S>(
    migration: &mut Migration<K, V>,
    body: &'a Body<K, V, S>,
    sources: &mut Vec<ShardWrite<'a, K, V>>,
) -> Option<Instant> {
    // Another one is waited for next time, so that each contended lock has its turn.
    migration.sources.rotate_left(1);
    let mut patience = body.control.policy().migration.cut_over_wait();
    let mut held_since = None;
    for &source in &migration.sources {
        sources.push(migration.source_exclusive(body, source, patience)?);
        held_since.get_or_insert_with(Instant::now);
        patience = if is_on(Mutant::WaitsWhileHolding) { Duration::MAX } else { Duration::ZERO };
    }
    held_since
}

/// Moves what was added since the backfill; `None` if that is too much, `Some(false)` if there is no room for it.
fn move_latecomers<K, V>(sources: &mut [ShardWrite<'_, K, V>]) -> Option<bool> {
    if sources.iter().map(|shard| shard.contents().table.len()).sum::<usize>() > LATECOMERS_MAX {
        return None;
    }
    for shard in sources {
        let Contents { table, mark, .. } = shard.contents_mut();
        let Some(mark) = mark.as_deref_mut() else { continue };
        while !table.is_empty() {
            let bucket = table.iter_buckets().next()?;
            if !mark.hand_over(table, bucket) {
                return Some(false);
            }
        }
    }
    Some(true)
}

fn count_sources<K, V>(sources: &[ShardWrite<'_, K, V>]) -> usize {
    let count = |shard: &ShardWrite<'_, K, V>| {
        let Contents { table, mark, .. } = shard.contents();
        table.len() + mark.as_deref().map_or(0, |mark| mark.moved)
    };
    sources.iter().map(count).sum()
}

// What a rehearsal shares with the performance is not inlined: it would not be the same code.

/// Locks all targets, so that whoever the directory leads to one of them finds it with all of its slots.
#[inline(never)]
fn lock_targets<'a, K, V, S>(
    migration: &Migration<K, V>,
    body: &'a Body<K, V, S>,
    targets: &mut Vec<TargetLock<'a, K, V>>,
) {
    targets.extend(migration.targets.iter().map(|target| {
        // SAFETY: a target of the migration under way, and its migrator's own lock; it holds all sources, or nothing but targets.
        unsafe { TargetLock::new_among_others(body.control.headers.get(target.id), Kind::Exclusive) }
    }));
}

/// Entries in the targets; tells observers of them.
#[inline(never)]
fn count_targets<K, V>(targets: &[TargetLock<'_, K, V>]) -> usize {
    let count = |lock: &TargetLock<'_, K, V>| {
        let table = &lock.contents().table;
        lock.header().set_length(table.len());
        lock.header().note_table_if_grown(table);
        table.len()
    };
    targets.iter().map(count).sum()
}

/// Leaves all targets; their locks have this mode until the tuner has seen the shards themselves.
#[inline(never)]
fn leave_targets<K, V>(targets: &mut Vec<TargetLock<'_, K, V>>, bias: Bias) {
    for target in targets.drain(..) {
        target.header().lock.choose(bias);
    }
}

/// Leaves all sources. Nobody comes there any more but by a stale directory entry; whoever gets the headers next finds them neutral.
#[inline(never)]
fn leave_sources<K, V>(sources: &mut Vec<ShardWrite<'_, K, V>>) {
    for source in sources.drain(..) {
        source.header().lock.choose(Bias::Neutral);
    }
}

/// Who owns the slots once they have been assigned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cast {
    /// The targets.
    Targets,
    /// Whoever owns them: the sources. Nobody else changes that as long as they are marked.
    AsItIs,
}

/// Points the slots at the targets. Takes time with their number, and none with that of the entries.
#[inline(never)]
pub(super) fn redirect<K, V, S>(migration: &Migration<K, V>, body: &Body<K, V, S>, cast: Cast) {
    let headers = &body.control.headers;
    let owner_of = |slot, target| match cast {
        Cast::Targets => Some(target),
        Cast::AsItIs => body.control.directory.shard(slot),
    };
    let is_real = cast == Cast::Targets;
    body.control.change_layout(|directory| {
        for target in &migration.targets {
            let left_behind = usize::from(is_on(Mutant::SlotLeftBehind));
            for &slot in &target.slots[left_behind..] {
                directory.assign(slot, owner_of(slot, target.id).unwrap_or(target.id));
            }
            headers.get(target.id).set_slots(if is_real { target.slots.len() as u32 } else { 0 });
        }
        for &source in migration.sources.iter().filter(|_| !is_on(Mutant::SourcesKeepSlots)) {
            let header = headers.get(source);
            header.set_slots(if is_real { 0 } else { header.slots() });
            if is_real {
                header.set_length(0);
            }
        }
    });
}
