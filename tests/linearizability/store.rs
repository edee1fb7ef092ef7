//! The store, while its shards split and merge without pause, by all ways to migrate.

use std::thread;

use autoshard::{Entry, Store};
use rand::{RngExt, rngs::SmallRng};

use crate::{
    action::{Action, KEYS, Kind},
    churn::{WORKERS, under_churn},
    history::{Effect, Found, Value},
    numbered::Numbered,
    recorder::{OPERATIONS_OF_ROUND, Recorder},
    stores::{Mode, builder},
};

/// Operations checked in a run, at least.
const OPERATIONS_MIN: u64 = 1_000_000;

/// Stores: of numbers and of texts, in each mode.
const STORES: u64 = 2 * Mode::ALL.len() as u64;

/// Operations on each store, with those that find a shard locked and so do not count.
const OPERATIONS: u64 = OPERATIONS_MIN / STORES * 11 / 10;

/// Most shards: so few that entries fill them up.
const SHARDS_MAX: u64 = 16;

/// Entries of a shard that is split when it has as many; the policy allows no fewer.
const ENTRIES_MAX: u64 = 16;

/// Entries that come and go beside those whose histories are recorded: twice what all shards hold before they are split, so that
/// each time some are, unless there are as many shards as may be.
const BALLAST: u64 = 2 * SHARDS_MAX * ENTRIES_MAX;

/// They come and go in one round of a thread in so many.
const BALLAST_ONE_IN: u32 = 16;

/// Has the store do it, and says what came of it; `None` if it gave up because a shard was locked.
pub(crate) fn perform<K: Numbered, V: Numbered>(store: &Store<K, V>, action: &Action) -> Option<Effect> {
    let key = K::draw(action.key);
    match action.kind {
        Kind::Get => {
            let found = store.get(&key);
            dawdle(action);
            Some(Effect::reads(Found::Is(found.map(|guard| guard.number()))))
        }
        Kind::View => Some(Effect::reads(Found::Is(store.view(&key, |_, value| value.number())))),
        Kind::ContainsKey => {
            Some(Effect::reads(if store.contains_key(&key) { Found::IsNot(None) } else { Found::Is(None) }))
        }
        Kind::TryGet => {
            let found = store.try_get(&key);
            if found.is_locked() {
                None
            } else {
                Some(Effect::reads(Found::Is(found.try_unwrap().map(|guard| guard.number()))))
            }
        }
        Kind::Insert => {
            let before = store.insert(key, V::draw(action.value));
            Some(Effect::replaces(before.map(|value| value.number()), Some(action.value)))
        }
        Kind::Remove => Some(Effect::replaces(store.remove(&key).map(|(_, value)| value.number()), None)),
        Kind::Update | Kind::Upsert | Kind::GetMut => Some(change(store, key, action)),
        Kind::CompareExchange => Some(compare_exchange(store, key, action)),
        Kind::OrInsert | Kind::AndModify | Kind::EntryRemove => Some(by_entry(store, key, action)),
    }
}

/// Changes in place.
fn change<K: Numbered, V: Numbered>(store: &Store<K, V>, key: K, action: &Action) -> Effect {
    let mut before = None;
    let mut replace = |value: &mut V| {
        before = Some(value.number());
        dawdle(action);
        *value = V::draw(action.value);
    };
    match action.kind {
        Kind::Update => drop(store.update(&key, replace)),
        Kind::Upsert => {
            store.upsert(key, || V::draw(action.value), replace);
            return Effect::replaces(before, Some(action.value));
        }
        _ => drop(store.get_mut(&key).map(|mut guard| replace(&mut guard))),
    }
    replaced_if_there(before, action)
}

fn compare_exchange<K: Numbered, V: Numbered>(store: &Store<K, V>, key: K, action: &Action) -> Effect {
    match store.compare_exchange(key, action.expected.map(V::draw).as_ref(), action.leaves().map(V::draw)) {
        Ok(before) => {
            let before = before.map(|value| value.number());
            assert_eq!(before, action.expected, "what was found is what was expected");
            Effect::replaces(before, action.leaves())
        }
        Err(_) => Effect::reads(Found::IsNot(action.expected)),
    }
}

fn by_entry<K: Numbered, V: Numbered>(store: &Store<K, V>, key: K, action: &Action) -> Effect {
    let entry = store.entry(key);
    dawdle(action);
    match (action.kind, entry) {
        (Kind::OrInsert, entry) => {
            let found = entry.or_insert_with(|| V::draw(action.value)).number();
            if found == action.value {
                Effect::replaces(None, Some(found))
            } else {
                Effect::reads(Found::Is(Some(found)))
            }
        }
        (Kind::AndModify, entry) => {
            let mut before = None;
            drop(entry.and_modify(|value| before = Some(std::mem::replace(value, V::draw(action.value)).number())));
            replaced_if_there(before, action)
        }
        (_, Entry::Occupied(entry)) => Effect::replaces(Some(entry.remove().number()), None),
        (_, Entry::Vacant(_)) => Effect::reads(Found::Is(None)),
    }
}

/// Of an operation that changes what is there, and nothing where there is nothing.
pub(crate) fn replaced_if_there(before: Value, action: &Action) -> Effect {
    match before {
        Some(_) => Effect::replaces(before, Some(action.value)),
        None => Effect::reads(Found::Is(None)),
    }
}

fn dawdle(action: &Action) {
    if action.dawdles {
        thread::yield_now();
    }
}

/// Fills shards up, so that they are split, and empties them again. What migrates when tables are shrunk is given up.
fn fill_up<K: Numbered, V: Numbered>(store: &Store<K, V>) {
    for number in KEYS..KEYS + BALLAST {
        assert!(store.insert(K::draw(number), V::draw(number)).is_none());
    }
    store.retain(|key, _| key.number() < KEYS);
    store.shrink_to_fit();
}

/// Gives the locks of all shards another mode, now and then; owners are threads that may be at work, may be idle, and may be gone.
#[cfg(fuzzing)]
fn change_modes<K: Numbered, V: Numbered>(store: &Store<K, V>, random: &mut SmallRng) {
    use autoshard_tuning::Bias;

    store.choose_bias(match random.random_range(0..5) {
        0 => Bias::Neutral,
        1 => Bias::Fenced,
        2 => Bias::Asymmetric,
        _ => Bias::Owned(random.random_range(1..=WORKERS as u32)),
    });
}

/// Other builds leave the modes to the tuner, and to the policy in the environment.
#[cfg(not(fuzzing))]
fn change_modes<K: Numbered, V: Numbered>(store: &Store<K, V>, random: &mut SmallRng) {
    if random.random_ratio(1, 64) {
        store.tune_now();
    }
}

fn is_linearizable<K: Numbered, V: Numbered>(test: &str, mode: Mode) {
    let store: Store<K, V> = mode.build(builder().set("shards.entries_max", ENTRIES_MAX).set("shards.max", SHARDS_MAX));
    let mut recorder = Recorder::new();
    let rounds = OPERATIONS.div_ceil(WORKERS * OPERATIONS_OF_ROUND);
    let coverage = under_churn(&store, rounds, |thread, random| {
        recorder.round(thread, random, |action| perform(&store, action));
        if thread == 0 {
            change_modes(&store, random);
        }
        if thread == 1 && random.random_ratio(1, BALLAST_ONE_IN) {
            fill_up(&store);
        }
    });
    recorder.look_up_all(|action| perform(&store, action));
    let operations = recorder.operations();
    assert!(operations * STORES >= OPERATIONS_MIN, "{test}: too few operations: {operations}");
    let overlapping = recorder.check().unwrap_or_else(|violation| panic!("{test}: {violation}"));
    println!("{test}: {operations} operations, {overlapping} of them beside another on the same key");
    assert!(overlapping > 0, "{test}: nothing has overlapped");
    assert!(store.telemetry().migrations.splits_in_growth > 0, "{test}: no full shard was split");
    coverage.say(test, &store);
}

#[test]
fn numbers() {
    for mode in Mode::ALL {
        is_linearizable::<u64, u64>(&format!("numbers, {mode:?}"), mode);
    }
}

#[test]
fn texts() {
    for mode in Mode::ALL {
        is_linearizable::<String, String>(&format!("texts, {mode:?}"), mode);
    }
}
