//! One operation on a store, beside the same operation on `std::collections::HashMap`: the property tests and the fuzzer
//! draw them, and what the tuner does is an operation like any other.

use std::collections::{HashMap, hash_map};

use autoshard::{Entry, Store};

use crate::drawn::Drawn;

/// An operation; keys and values by their numbers.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Insert(u64, u64),
    Get(u64),
    GetMut(u64, u64),
    View(u64),
    GetMany(Vec<u64>),
    Remove(u64),
    RemoveIf(u64, bool),
    RemoveIfMut(u64, u64, bool),
    Update(u64, u64),
    Upsert(u64, u64),
    CompareExchange { key: u64, expected: Option<u64>, new: Option<u64> },
    Alter(u64, u64),
    AlterAll(u64),
    Entry(u64, EntryOperation),
    Retain(u64),
    IterMut(u64),
    Extend(Vec<(u64, u64)>),
    Clone,
    Clear,
    ShrinkToFit,
    Reshard(u8),
    TuneNow,
}

/// What is done with an entry.
#[derive(Clone, Debug)]
pub(crate) enum EntryOperation {
    OrInsert(u64),
    AndModify(u64),
    Insert(u64),
    Remove,
    RemoveEntry,
    ReplaceEntry(u64),
    Abandon,
}

/// Carries out the operation on both, and fails where they differ in what they answer or in what they hold.
pub(crate) fn apply<K: Drawn, V: Drawn>(operation: &Operation, store: &mut Store<K, V>, model: &mut HashMap<K, V>) {
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
        Operation::Entry(key, entry) => apply_to_entry(K::draw(*key), entry, store, model),
        Operation::AlterAll(_)
        | Operation::Retain(_)
        | Operation::IterMut(_)
        | Operation::Extend(_)
        | Operation::Clone
        | Operation::Clear => apply_to_all(operation, store, model),
        Operation::ShrinkToFit => store.shrink_to_fit(),
        Operation::Reshard(shards) => reshard(store, usize::from(*shards)),
        Operation::TuneNow => assert!(!store.tune_now().reason.is_empty()),
    }
    assert_eq!(store.len(), model.len());
    assert_eq!(store.is_empty(), model.is_empty());
}

/// Fails unless both hold the same entries, by look-up and by iteration.
pub(crate) fn assert_same<K: Drawn, V: Drawn>(store: &Store<K, V>, model: &HashMap<K, V>) {
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
            assert_eq!(store.insert(K::draw(key), V::draw(value)), model.insert(K::draw(key), V::draw(value)));
        }
        Operation::Get(key) => {
            let key = K::draw(key);
            assert_eq!(store.get(&key).as_deref(), model.get(&key));
            assert_eq!(store.try_get(&key).is_present(), store.contains_key(&key));
        }
        Operation::GetMut(key, value) => {
            let (key, value) = (K::draw(key), V::draw(value));
            let found = store.get_mut(&key).map(|mut entry| *entry = value.clone());
            assert_eq!(found, model.get_mut(&key).map(|old| *old = value));
        }
        Operation::View(key) => {
            let key = K::draw(key);
            assert_eq!(store.view(&key, |_, value| value.clone()).as_ref(), model.get(&key));
        }
        Operation::GetMany(ref keys) => {
            let keys: Vec<K> = keys.iter().map(|key| K::draw(*key)).collect();
            let expected: Vec<Option<V>> = keys.iter().map(|key| model.get(key).cloned()).collect();
            assert_eq!(store.get_many(&keys), expected);
        }
        Operation::Remove(key) => {
            let key = K::draw(key);
            assert_eq!(store.remove(&key), model.remove_entry(&key));
        }
        Operation::RemoveIf(key, agreed) => {
            let key = K::draw(key);
            let expected = if agreed { model.remove_entry(&key) } else { None };
            assert_eq!(store.remove_if(&key, |_, _| agreed), expected);
        }
        Operation::RemoveIfMut(key, value, agreed) => {
            let (key, value) = (K::draw(key), V::draw(value));
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
            let (key, value) = (K::draw(key), V::draw(value));
            let old = store.update(&key, |old| std::mem::replace(old, value.clone()));
            assert_eq!(old, model.get_mut(&key).map(|old| std::mem::replace(old, value)));
        }
        Operation::Upsert(key, value) => {
            let (key, value) = (K::draw(key), V::draw(value));
            store.upsert(key.clone(), || value.clone(), |old| *old = V::draw(0));
            model.entry(key).and_modify(|old| *old = V::draw(0)).or_insert(value);
        }
        Operation::CompareExchange { key, expected, new } => {
            let key = K::draw(key);
            let (expected, new) = (expected.map(V::draw), new.map(V::draw));
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
            let (key, value) = (K::draw(key), V::draw(value));
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
            let found = store.entry(key.clone()).or_insert_with(|| V::draw(value)).value().clone();
            assert_eq!(&found, model.entry(key).or_insert_with(|| V::draw(value)));
        }
        EntryOperation::AndModify(value) => {
            drop(store.entry(key.clone()).and_modify(|old| *old = V::draw(value)));
            model.entry(key).and_modify(|old| *old = V::draw(value));
        }
        EntryOperation::Insert(value) => {
            assert_eq!(*store.entry(key.clone()).insert(V::draw(value)), V::draw(value));
            model.insert(key, V::draw(value));
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
                let (key, old) = ours.replace_entry(V::draw(value));
                assert_eq!((&key, old), (&theirs.key().clone(), theirs.insert(V::draw(value))));
            }
            _ => unreachable!("apply_to_entry sends only operations on what is there"),
        },
        _ => panic!("the store and the model disagree on whether the key is there"),
    }
}

fn apply_to_all<K: Drawn, V: Drawn>(operation: &Operation, store: &mut Store<K, V>, model: &mut HashMap<K, V>) {
    match *operation {
        Operation::AlterAll(value) => {
            store.alter_all(|_, _| V::draw(value));
            model.values_mut().for_each(|old| *old = V::draw(value));
        }
        Operation::Retain(value) => {
            store.retain(|_, old| *old != V::draw(value));
            model.retain(|_, old| *old != V::draw(value));
        }
        Operation::IterMut(value) => {
            store.iter_mut().for_each(|mut entry| *entry = V::draw(value));
            model.values_mut().for_each(|old| *old = V::draw(value));
        }
        Operation::Extend(ref entries) => {
            let entries = || entries.iter().map(|&(key, value)| (K::draw(key), V::draw(value)));
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
