//! Cut-over: the moment at which the directory names the targets.

use std::{mem, time::Duration};

use autoshard_tuning::Bias;
use hashbrown::HashTable;

use super::{
    backfill::{Cursor, no_room},
    migration::{Migration, State, Target},
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
pub(super) fn attempt<K, V, S>(
    migration: &mut Migration<K, V>,
    body: &Body<K, V, S>,
    retired: &mut Vec<HashTable<Item<K, V>>>,
) -> Progress {
    let Some((mut sources, held_since)) = enter_all(migration, body) else { return Progress::Blocked };
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
    let mut targets = lock_targets(migration, body);
    if count_targets(&targets) != count_sources(&sources) && !is_on(Mutant::CountsNotCompared) {
        return verify::difference(migration, body);
    }
    if !body.control.make_room(migration.sources.len(), targets.len()) {
        return Progress::Abort("the store has grown to as many shards as the policy allows".to_owned());
    }
    if is_on(Mutant::TargetsNotHeld) {
        targets.clear();
    }
    redirect(migration, body);
    targets.iter_mut().for_each(|target| target.contents_mut().owners = None);
    drop(targets);
    for mut shard in sources {
        let Contents { table, mark, .. } = shard.contents_mut();
        retired.push(mem::take(table));
        let mark = mark.take();
        shard.header().set_marked(false);
        // Nobody comes here any more but by a stale directory entry; whoever gets the header next finds it neutral.
        shard.header().lock.choose(Bias::Neutral);
        shard.note_table_size();
        drop(shard);
        drop(mark);
    }
    migration.exclusive_hold = held_since.elapsed();
    let held = migration.exclusive_hold.as_nanos() as u64;
    body.control.tuning().migrations.exclusive_hold_ns_max.fetch_max(held, Ordering::Relaxed);
    inherit_bias(migration, body);
    Progress::CutOver
}

/// The targets' locks get the mode that the sources' had, until the tuner has seen the targets themselves. Nothing is held any
/// more, so whoever has entered a target by now is in nobody's way.
fn inherit_bias<K, V, S>(migration: &Migration<K, V>, body: &Body<K, V, S>) {
    let Some(bias) = migration.bias else { return };
    for target in &migration.targets {
        let uid = body.control.headers.get(target.id).lock.uid();
        body.control.choose_bias(target.id, uid, bias, body.patience());
    }
}

/// Enters all sources exclusively, within the policy's patience. Only for the first is waited, while nothing is held; the
/// others are had at once or not at all.
fn enter_all<'a, K, V, S>(
    migration: &mut Migration<K, V>,
    body: &'a Body<K, V, S>,
) -> Option<(Vec<ShardWrite<'a, K, V>>, Instant)> {
    // Another one is waited for next time, so that each contended lock has its turn.
    migration.sources.rotate_left(1);
    let mut sources = Vec::with_capacity(migration.sources.len());
    let mut patience = body.control.policy().migration.cut_over_wait();
    let mut held_since = None;
    for &source in &migration.sources {
        sources.push(migration.source_exclusive(body, source, patience)?);
        held_since.get_or_insert_with(Instant::now);
        patience = if is_on(Mutant::WaitsWhileHolding) { Duration::MAX } else { Duration::ZERO };
    }
    Some((sources, held_since?))
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

/// Locks all targets, so that whoever the directory leads to one of them finds it with all of its slots.
fn lock_targets<'a, K, V, S>(migration: &Migration<K, V>, body: &'a Body<K, V, S>) -> Vec<TargetLock<'a, K, V>> {
    let lock = |target: &Target| {
        // SAFETY: a target of this migration, all sources of which the caller holds.
        unsafe { TargetLock::new_among_others(body.control.headers.get(target.id), Kind::Exclusive) }
    };
    migration.targets.iter().map(lock).collect()
}

/// Entries in the targets; tells observers of them.
fn count_targets<K, V>(targets: &[TargetLock<'_, K, V>]) -> usize {
    let count = |lock: &TargetLock<'_, K, V>| {
        let table = &lock.contents().table;
        lock.header().set_length(table.len());
        lock.header().note_table(table);
        table.len()
    };
    targets.iter().map(count).sum()
}

/// Points the slots at the targets. Takes time with their number, and none with that of the entries.
pub(super) fn redirect<K, V, S>(migration: &Migration<K, V>, body: &Body<K, V, S>) {
    let headers = &body.control.headers;
    body.control.change_layout(|directory| {
        for target in &migration.targets {
            let left_behind = usize::from(is_on(Mutant::SlotLeftBehind));
            for &slot in &target.slots[left_behind..] {
                directory.assign(slot, target.id);
            }
            headers.get(target.id).set_slots(target.slots.len() as u32);
        }
        for &source in migration.sources.iter().filter(|_| !is_on(Mutant::SourcesKeepSlots)) {
            headers.get(source).set_slots(0);
            headers.get(source).set_length(0);
        }
    });
}
