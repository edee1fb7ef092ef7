//! One operation on a store, beside the same operation on `std::collections::HashMap`: the property tests and the fuzzer
//! draw them, and what the tuner does is an operation like any other.
//!
//! Keys, values and shards go by numbers of a byte, taken modulo what there is: any byte is one that others meet.

use std::collections::{HashMap, hash_map};

use autoshard::{Entry, Store};

#[cfg(fuzzing)]
use crate::intervention::Intervention;
use crate::{drawn::Drawn, stores::SHARDS_MAX};

/// Keys are few, so that operations meet.
pub(crate) const KEYS: u8 = 48;

/// Values are fewer, so that comparisons succeed.
pub(crate) const VALUES: u8 = 4;

/// Accesses that make a key hot, whatever was accessed before.
const ACCESSES_HOT: usize = 200;

/// Knobs, each with a value, and whether that is in force at once, waits, or is refused: what the tuner does, and how entries
/// move, all turn into something else.
const SETTINGS: &[(&str, &str, Fate)] = &[
    ("tuner.enabled", "false", Fate::InForce),
    ("tuner.enabled", "true", Fate::InForce),
    ("tuner.strategy", "fixed", Fate::InForce),
    ("tuner.strategy", "formula", Fate::InForce),
    ("tuner.strategy", "contention", Fate::InForce),
    ("lock.bias", "auto", Fate::InForce),
    ("lock.bias", "neutral", Fate::InForce),
    ("lock.bias", "fenced", Fate::InForce),
    ("lock.bias", "asymmetric", Fate::InForce),
    ("lock.bias", "owned", Fate::InForce),
    ("shards.min", "auto", Fate::InForce),
    ("shards.min", "4", Fate::InForce),
    ("shards.entries_max", "16", Fate::InForce),
    ("shards.entries_max", "65536", Fate::InForce),
    ("migration.verify", "off", Fate::InForce),
    ("migration.verify", "keys", Fate::InForce),
    ("migration.batch", "8", Fate::InForce),
    ("migration.batch", "1", Fate::InForce),
    ("hot_keys.share_threshold", "0.5", Fate::InForce),
    ("hot_keys.share_threshold", "0.05", Fate::InForce),
    ("migration.mode", "hand_over", Fate::Waits),
    ("shards.max", "8", Fate::Waits),
    ("shards.min", "100", Fate::Refused),
    ("lock.bias", "none", Fate::Refused),
];

/// What becomes of a setting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    InForce,
    Waits,
    Refused,
}

/// An operation; keys and values by their numbers.
#[derive(Clone, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum Operation {
    Insert(u8, u8),
    Get(u8),
    GetMut(u8, u8),
    View(u8),
    GetMany(Vec<u8>),
    Remove(u8),
    RemoveIf(u8, bool),
    RemoveIfMut(u8, u8, bool),
    Update(u8, u8),
    Upsert(u8, u8),
    CompareExchange {
        key: u8,
        expected: Option<u8>,
        new: Option<u8>,
    },
    Alter(u8, u8),
    AlterAll(u8),
    Entry(u8, EntryOperation),
    Retain(u8),
    IterMut(u8),
    Extend(Vec<(u8, u8)>),
    Clone,
    Clear,
    ShrinkToFit,
    Reshard(u8),
    TuneNow,
    /// Many accesses to a key, and the tuner's judgement of that: an isolation, perhaps, or another bias.
    Favour(u8),
    /// A knob, and its value, by their numbers among [`SETTINGS`].
    SetPolicy(u8),
    #[cfg(fuzzing)]
    Intervene(Intervention),
}

/// What is done with an entry.
#[derive(Clone, Debug)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum EntryOperation {
    OrInsert(u8),
    AndModify(u8),
    Insert(u8),
    Remove,
    RemoveEntry,
    ReplaceEntry(u8),
    Abandon,
}

/// Carries out all operations on the store, which is empty, and on a model; fails where they differ.
pub(crate) fn compare<K: Drawn, V: Drawn>(mut store: Store<K, V>, operations: &[Operation]) {
    let mut model = HashMap::new();
    for operation in operations {
        apply(operation, &mut store, &mut model);
    }
    assert_same(&store, &model);
    assert_eq!(store.telemetry().migrations.mismatches, 0);
    assert_eq!(store.into_iter().collect::<HashMap<K, V>>(), model);
}

fn nth_key<K: Drawn>(number: u8) -> K {
    K::draw(u64::from(number % KEYS))
}

fn nth_value<V: Drawn>(number: u8) -> V {
    V::draw(u64::from(number % VALUES))
}

/// A number of shards that a store can have.
pub(crate) fn nth_shard_count(number: u8) -> usize {
    usize::from(number) % SHARDS_MAX + 1
}

/// Carries out the operation on both, and fails where they differ in what they answer or in what they hold.
fn apply<K: Drawn, V: Drawn>(operation: &Operation, store: &mut Store<K, V>, model: &mut HashMap<K, V>) {
    match operation {
        Operation::Insert(..)
        | Operation::Get(_)
        | Operation::GetMut(..)
        | Operation::View(_)
        | Operation::GetMany(_)
        | Operation::Remove(_)
        | Operation::RemoveIf(..)
        | Operation::RemoveIfMut(..) => apply_to_key(operation, store, model),
        Operation::Update(..) | Operation::Upsert(..) | Operation::CompareExchange { .. } | Operation::Alter(..) => {
            apply_in_place(operation, store, model);
        }
        Operation::Entry(key, entry) => apply_to_entry(nth_key(*key), entry, store, model),
        Operation::AlterAll(_)
        | Operation::Retain(_)
        | Operation::IterMut(_)
        | Operation::Extend(_)
        | Operation::Clone
        | Operation::Clear => apply_to_all(operation, store, model),
        Operation::ShrinkToFit => store.shrink_to_fit(),
        Operation::Reshard(shards) => reshard(store, nth_shard_count(*shards)),
        Operation::TuneNow => assert!(!store.tune_now().reason.is_empty()),
        Operation::Favour(key) => {
            let key = nth_key::<K>(*key);
            (0..ACCESSES_HOT).for_each(|_| assert_eq!(store.contains_key(&key), model.contains_key(&key)));
            store.tune_now();
        }
        Operation::SetPolicy(number) => set_policy(store, *number),
        #[cfg(fuzzing)]
        Operation::Intervene(intervention) => intervention.apply(store),
    }
    assert_eq!(store.len(), model.len());
    assert_eq!(store.is_empty(), model.is_empty());
}

/// Sets a knob, which leaves what the store holds as it is.
fn set_policy<K: Drawn, V: Drawn>(store: &Store<K, V>, number: u8) {
    let (key, value, fate) = SETTINGS[usize::from(number) % SETTINGS.len()];
    let before = store.policy();
    let outcome = store.set_policy([(key, value)]);
    assert_eq!(outcome.is_err(), fate == Fate::Refused, "{key} = {value}: {outcome:?}");
    let after = store.policy();
    if fate == Fate::InForce {
        let knob = autoshard_tuning::knob(key).expect("there is such a knob");
        assert_eq!(knob.value(&after).trim_matches('"'), value, "{key}");
    } else {
        assert_eq!(after, before, "{key} = {value}");
    }
}

/// Fails unless both hold the same entries, by look-up and by iteration.
fn assert_same<K: Drawn, V: Drawn>(store: &Store<K, V>, model: &HashMap<K, V>) {
    for (key, value) in model {
        assert_eq!(store.get_cloned(key).as_ref(), Some(value), "{key:?}");
    }
    let mut seen = HashMap::with_capacity(model.len());
    for entry in store {
        assert_eq!(seen.insert(entry.key().clone(), entry.value().clone()), None, "{:?} was seen twice", entry.key());
    }
    assert_eq!(&seen, model);
}

/// Without entries in anybody's hands nothing can keep a store from taking the number of shards it is told.
fn reshard<K: Drawn, V: Drawn>(store: &Store<K, V>, shards: usize) {
    store.reshard(shards).unwrap_or_else(|error| panic!("{shards} shards: {error}"));
    assert_eq!(store.shard_count(), shards);
}

fn apply_to_key<K: Drawn, V: Drawn>(operation: &Operation, store: &Store<K, V>, model: &mut HashMap<K, V>) {
    match *operation {
        Operation::Insert(key, value) => {
            assert_eq!(store.insert(nth_key(key), nth_value(value)), model.insert(nth_key(key), nth_value(value)));
        }
        Operation::Get(key) => {
            let key = nth_key(key);
            assert_eq!(store.get(&key).as_deref(), model.get(&key));
            assert_eq!(store.try_get(&key).is_present(), store.contains_key(&key));
        }
        Operation::GetMut(key, value) => {
            let (key, value): (K, V) = (nth_key(key), nth_value(value));
            let found = store.get_mut(&key).map(|mut entry| *entry = value.clone());
            assert_eq!(found, model.get_mut(&key).map(|old| *old = value));
        }
        Operation::View(key) => {
            let key = nth_key(key);
            assert_eq!(store.view(&key, |_, value| value.clone()).as_ref(), model.get(&key));
        }
        Operation::GetMany(ref keys) => {
            let keys: Vec<K> = keys.iter().map(|&key| nth_key(key)).collect();
            let expected: Vec<Option<V>> = keys.iter().map(|key| model.get(key).cloned()).collect();
            assert_eq!(store.get_many(&keys), expected);
        }
        Operation::Remove(key) => {
            let key = nth_key(key);
            assert_eq!(store.remove(&key), model.remove_entry(&key));
        }
        Operation::RemoveIf(key, agreed) => {
            let key = nth_key(key);
            let expected = if agreed { model.remove_entry(&key) } else { None };
            assert_eq!(store.remove_if(&key, |_, _| agreed), expected);
        }
        Operation::RemoveIfMut(key, value, agreed) => {
            let (key, value): (K, V) = (nth_key(key), nth_value(value));
            let removed = store.remove_if_mut(&key, |_, old| {
                *old = value.clone();
                agreed
            });
            if let Some(old) = model.get_mut(&key) {
                *old = value.clone();
            }
            assert_eq!(removed, if agreed { model.remove_entry(&key) } else { None });
        }
        _ => unreachable!("apply sends only operations on one key here"),
    }
}

fn apply_in_place<K: Drawn, V: Drawn>(operation: &Operation, store: &Store<K, V>, model: &mut HashMap<K, V>) {
    match *operation {
        Operation::Update(key, value) => {
            let (key, value): (K, V) = (nth_key(key), nth_value(value));
            let old = store.update(&key, |old| std::mem::replace(old, value.clone()));
            assert_eq!(old, model.get_mut(&key).map(|old| std::mem::replace(old, value)));
        }
        Operation::Upsert(key, value) => {
            let (key, value): (K, V) = (nth_key(key), nth_value(value));
            store.upsert(key.clone(), || value.clone(), |old| *old = nth_value(0));
            model.entry(key).and_modify(|old| *old = nth_value(0)).or_insert(value);
        }
        Operation::CompareExchange { key, expected, new } => {
            let key = nth_key(key);
            let (expected, new) = (expected.map(nth_value::<V>), new.map(nth_value::<V>));
            let found = model.get(&key).cloned();
            let outcome = store.compare_exchange(key.clone(), expected.as_ref(), new.clone());
            if found == expected {
                assert_eq!(outcome.ok(), Some(found));
                match new {
                    Some(new) => drop(model.insert(key, new)),
                    None => drop(model.remove(&key)),
                }
            } else {
                assert!(outcome.is_err());
            }
        }
        Operation::Alter(key, value) => {
            let (key, value): (K, V) = (nth_key(key), nth_value(value));
            store.alter(&key, |_, _| value.clone());
            if let Some(old) = model.get_mut(&key) {
                *old = value;
            }
        }
        _ => unreachable!("apply sends only changes in place here"),
    }
}

fn apply_to_entry<K: Drawn, V: Drawn>(
    key: K,
    operation: &EntryOperation,
    store: &Store<K, V>,
    model: &mut HashMap<K, V>,
) {
    match *operation {
        EntryOperation::OrInsert(value) => {
            let found = store.entry(key.clone()).or_insert_with(|| nth_value(value)).value().clone();
            assert_eq!(&found, model.entry(key).or_insert_with(|| nth_value(value)));
        }
        EntryOperation::AndModify(value) => {
            drop(store.entry(key.clone()).and_modify(|old| *old = nth_value(value)));
            model.entry(key).and_modify(|old| *old = nth_value(value));
        }
        EntryOperation::Insert(value) => {
            assert_eq!(*store.entry(key.clone()).insert(nth_value(value)), nth_value(value));
            model.insert(key, nth_value(value));
        }
        EntryOperation::Abandon => assert_eq!(store.entry(key.clone()).into_key(), key),
        EntryOperation::Remove | EntryOperation::RemoveEntry | EntryOperation::ReplaceEntry(_) => {
            apply_to_occupied(key, operation, store, model);
        }
    }
}

fn apply_to_occupied<K: Drawn, V: Drawn>(
    key: K,
    operation: &EntryOperation,
    store: &Store<K, V>,
    model: &mut HashMap<K, V>,
) {
    match (store.entry(key.clone()), model.entry(key)) {
        (Entry::Vacant(ours), hash_map::Entry::Vacant(theirs)) => assert_eq!(ours.key(), theirs.key()),
        (Entry::Occupied(ours), hash_map::Entry::Occupied(mut theirs)) => match *operation {
            EntryOperation::Remove => assert_eq!(ours.remove(), theirs.remove()),
            EntryOperation::RemoveEntry => assert_eq!(ours.remove_entry(), theirs.remove_entry()),
            EntryOperation::ReplaceEntry(value) => {
                let (key, old) = ours.replace_entry(nth_value(value));
                assert_eq!((&key, old), (&theirs.key().clone(), theirs.insert(nth_value(value))));
            }
            _ => unreachable!("apply_to_entry sends only operations on what is there"),
        },
        _ => panic!("the store and the model disagree on whether the key is there"),
    }
}

fn apply_to_all<K: Drawn, V: Drawn>(operation: &Operation, store: &mut Store<K, V>, model: &mut HashMap<K, V>) {
    match *operation {
        Operation::AlterAll(value) => {
            store.alter_all(|_, _| nth_value(value));
            model.values_mut().for_each(|old| *old = nth_value(value));
        }
        Operation::Retain(value) => {
            store.retain(|_, old| *old != nth_value(value));
            model.retain(|_, old| *old != nth_value(value));
        }
        Operation::IterMut(value) => {
            store.iter_mut().for_each(|mut entry| *entry = nth_value(value));
            model.values_mut().for_each(|old| *old = nth_value(value));
        }
        Operation::Extend(ref entries) => {
            let entries = || entries.iter().map(|&(key, value)| (nth_key(key), nth_value(value)));
            store.extend(entries());
            model.extend(entries());
        }
        Operation::Clone => {
            let copy = store.clone();
            assert_same(&copy, model);
            *store = copy;
        }
        Operation::Clear => {
            store.clear();
            model.clear();
        }
        _ => unreachable!("apply sends only operations on all entries here"),
    }
}
