//! Every operation, with a panic at the first call of the user's code, then at the second, and so on until it runs through without: in
//! `Hash`, `Eq`, `Clone`, `Drop` and whatever is handed in, with and without a migration under way. After each, the store is whole.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::Ordering,
};

use super::{
    subject::{ENTRIES, Shape, Subject},
    touchy::{Fuse, Touchy, set_fuse, touch},
};
use crate::{Entry, Store, mapref::entry_ref::EntryRef};

/// Keys that an operation adds, at most.
const FRESH: u64 = 16;

/// Steps after which a migration stands still: not begun, just marked, half-way, and nearly verified.
const STOPS: [usize; 4] = [0, 5, 12, 24];

/// An operation, and what a panic in it may cost and leave.
struct Operation {
    name: &'static str,
    run: fn(&mut Subject),
    /// Of the entries that were there, so many may be gone.
    loses: u64,
}

/// One that loses nothing.
const fn keeping(name: &'static str, run: fn(&mut Subject)) -> Operation {
    Operation { name, run, loses: 0 }
}

/// One that may lose so many entries.
const fn losing(loses: u64, name: &'static str, run: fn(&mut Subject)) -> Operation {
    Operation { name, run, loses }
}

/// A value that is there, changed in place.
fn change(value: &mut Touchy) {
    touch();
    value.number += 1000;
    touch();
}

fn store_of(subject: &mut Subject) -> &mut Store<Touchy, Touchy> {
    &mut subject.store
}

const OF_ONE_KEY: [Operation; 20] = [
    keeping("insert", |s| drop(s.store.insert(s.touchy(ENTRIES), s.touchy(0)))),
    keeping("insert, replacing", |s| drop(s.store.insert(s.touchy(3), s.touchy(1000)))),
    losing(1, "remove", |s| drop(s.store.remove(&s.touchy(3)))),
    losing(1, "remove_if", |s| drop(s.store.remove_if(&s.touchy(3), |_, _| (touch(), true).1))),
    losing(1, "remove_if_mut", |s| drop(s.store.remove_if_mut(&s.touchy(3), |_, value| (change(value), true).1))),
    keeping("update", |s| _ = s.store.update(&s.touchy(3), change)),
    keeping("upsert", |s| s.store.upsert(s.touchy(ENTRIES), || (touch(), s.touchy(1)).1, change)),
    keeping("upsert, updating", |s| s.store.upsert(s.touchy(3), || s.touchy(1), change)),
    losing(1, "alter", |s| s.store.alter(&s.touchy(3), |_, value| (touch(), value).1)),
    keeping("compare_exchange", |s| {
        drop(s.store.compare_exchange(s.touchy(3), Some(&s.touchy(3)), Some(s.touchy(1000))))
    }),
    losing(1, "compare_exchange, removing", |s| drop(s.store.compare_exchange(s.touchy(3), Some(&s.touchy(3)), None))),
    keeping("compare_exchange, inserting", |s| {
        drop(s.store.compare_exchange(s.touchy(ENTRIES), None, Some(s.touchy(1))))
    }),
    keeping("compare_exchange, failing", |s| {
        drop(s.store.compare_exchange(s.touchy(3), Some(&s.touchy(4)), Some(s.touchy(5))))
    }),
    keeping("get_mut", |s| s.store.get_mut(&s.touchy(3)).into_iter().for_each(|mut guard| change(&mut guard))),
    keeping("get_mut, mapped", |s| {
        let guard = s.store.get_mut(&s.touchy(3)).map(|guard| guard.map(|value| (change(value), value).1));
        drop(guard);
    }),
    keeping("get_mut, downgraded", |s| {
        drop(s.store.get_mut(&s.touchy(3)).map(|mut guard| (change(&mut guard), guard.downgrade()).1))
    }),
    keeping("get", |s| drop(s.store.get(&s.touchy(3)).map(|guard| (touch(), guard.map(|value| (touch(), value).1)).1))),
    keeping("get_cloned", |s| drop(s.store.get_cloned(&s.touchy(3)))),
    keeping("view", |s| drop(s.store.view(&s.touchy(3), |_, value| (touch(), value.clone()).1))),
    keeping("get_many", |s| drop(s.store.get_many(&[s.touchy(3), s.touchy(ENTRIES)]))),
];

const OF_ENTRIES: [Operation; 12] = [
    keeping("or_insert_with", |s| drop(s.store.entry(s.touchy(ENTRIES)).or_insert_with(|| (touch(), s.touchy(1)).1))),
    keeping("or_insert, occupied", |s| drop(s.store.entry(s.touchy(3)).or_insert(s.touchy(1)))),
    keeping("and_modify", |s| drop(s.store.entry(s.touchy(3)).and_modify(change))),
    keeping("entry.insert", |s| drop(s.store.entry(s.touchy(3)).insert(s.touchy(1000)))),
    keeping("insert_entry", |s| drop(s.store.entry(s.touchy(ENTRIES)).insert_entry(s.touchy(1)))),
    losing(1, "remove_entry", |s| {
        if let Entry::Occupied(entry) = s.store.entry(s.touchy(3)) {
            drop(entry.remove_entry());
        }
    }),
    losing(1, "entry.remove", |s| {
        if let Entry::Occupied(entry) = s.store.entry(s.touchy(3)) {
            drop(entry.remove());
        }
    }),
    keeping("replace_entry", |s| {
        if let Entry::Occupied(entry) = s.store.entry(s.touchy(3)) {
            drop(entry.replace_entry(s.touchy(1000)));
        }
    }),
    keeping("entry_ref.or_insert_with", |s| {
        drop(s.store.entry_ref(&s.touchy(ENTRIES)).or_insert_with(|| (touch(), s.touchy(1)).1))
    }),
    keeping("entry_ref.insert_entry", |s| drop(s.store.entry_ref(&s.touchy(ENTRIES)).insert_entry(s.touchy(1)))),
    losing(1, "entry_ref.remove", |s| {
        if let EntryRef::Occupied(entry) = s.store.entry_ref(&s.touchy(3)) {
            drop(entry.remove());
        }
    }),
    keeping("entry_ref.replace_entry", |s| {
        if let EntryRef::Occupied(entry) = s.store.entry_ref(&s.touchy(3)) {
            drop(entry.replace_entry(s.touchy(1000)));
        }
    }),
];

const OF_ALL: [Operation; 15] = [
    keeping("retain", |s| s.store.retain(|_, value| (change(value), true).1)),
    losing(ENTRIES, "retain, removing", |s| s.store.retain(|_, _| (touch(), false).1)),
    losing(1, "alter_all", |s| s.store.alter_all(|_, value| (touch(), value).1)),
    keeping("iter", |s| s.store.iter().for_each(|_| touch())),
    keeping("iter_mut", |s| s.store.iter_mut().for_each(|mut entry| change(&mut entry))),
    losing(ENTRIES, "clear", |s| s.store.clear()),
    keeping("shrink_to_fit", |s| {
        store_of(s).try_reserve(100).expect("there is memory");
        s.store.shrink_to_fit();
    }),
    keeping("try_reserve", |s| store_of(s).try_reserve(100).expect("there is memory")),
    keeping("grow", |s| {
        (0..FRESH).for_each(|number| drop(s.store.insert(s.touchy(ENTRIES + number), s.touchy(number))))
    }),
    keeping("extend", |s| {
        let entries: Vec<_> = (0..FRESH).map(|number| (s.touchy(ENTRIES + number), s.touchy(number))).collect();
        store_of(s).extend(entries);
    }),
    keeping("clone", |s| drop(s.store.clone())),
    keeping("==", |s| {
        let same = &s.store;
        assert!(s.store == *same);
    }),
    keeping("tune_now", |s| drop(s.store.tune_now())),
    keeping("reshard", |s| _ = s.store.reshard(7)),
    keeping("migrate", |s| while s.step() {}),
];

/// What the store holds, whatever the operation has done.
fn check(subject: &Subject, operation: &Operation, label: &str) {
    let mut found = BTreeMap::new();
    for entry in &subject.store {
        let twice = found.insert(entry.key().number, entry.value().number);
        assert!(twice.is_none(), "{label}: an entry is met twice");
    }
    assert_eq!(subject.store.len(), found.len(), "{label}");
    let kept = (0..ENTRIES).filter(|number| found.contains_key(number)).count() as u64;
    assert!(kept + operation.loses >= ENTRIES, "{label}: {} entries are gone", ENTRIES - kept);
    for (key, value) in &found {
        assert!(*key < ENTRIES + FRESH, "{label}: a key that nobody inserted");
        assert!(*key >= ENTRIES || value % 1000 == *key || *value == 1000, "{label}: {value} under {key}");
    }
    for number in 0..ENTRIES + FRESH {
        let value = subject.store.get(&subject.touchy(number)).map(|value| value.number);
        assert_eq!(value, found.get(&number).copied(), "{label}: key {number}");
    }
}

/// Runs an operation with a panic at a call of the user's code; `false` if there were not so many calls.
fn panic_at(call: u32, operation: &Operation, shape: Shape, by_hand_over: bool, steps: usize) -> bool {
    let label = format!("{}, call {call}, {shape:?} by hand-over: {by_hand_over}, after {steps} steps", operation.name);
    let mut subject = Subject::new(shape, by_hand_over, label.clone());
    (0..steps).for_each(|_| _ = subject.step());
    set_fuse(Fuse::After(call));
    // Whether the panic reaches the caller, or only ends a migration, is the operation's affair.
    let outcome = catch_unwind(AssertUnwindSafe(|| (operation.run)(&mut subject)));
    let has_panicked = set_fuse(Fuse::Never) == Fuse::Never;
    assert!(has_panicked || outcome.is_ok(), "{label}: a panic that was not ours");
    check(&subject, operation, &label);
    while subject.step() {}
    check(&subject, operation, &label);
    subject.store.audit();
    let alive = subject.alive();
    assert_eq!(
        alive.load(Ordering::Relaxed),
        2 * subject.store.len() as i64,
        "{label}: copies are left, or were dropped twice"
    );
    drop(subject);
    assert_eq!(alive.load(Ordering::Relaxed), 0, "{label}");
    has_panicked
}

/// Every call of every operation, with a migration that stands after each of these numbers of steps.
fn panic_everywhere(operations: &[Operation], stops: &[usize]) {
    for operation in operations {
        let mut calls = 0;
        for shape in [Shape::Split, Shape::Merge] {
            for (by_hand_over, &steps) in stops.iter().flat_map(|steps| [(false, steps), (true, steps)]) {
                calls += (0..).take_while(|&call| panic_at(call, operation, shape, by_hand_over, steps)).count();
            }
        }
        assert!(calls > 0 || operation.name == "tune_now", "{} calls nothing of the user's", operation.name);
    }
}

#[test]
fn operations_on_one_key_survive_a_panic_at_any_call() {
    panic_everywhere(&OF_ONE_KEY, &STOPS);
}

#[test]
fn entries_survive_a_panic_at_any_call() {
    panic_everywhere(&OF_ENTRIES, &STOPS);
}

#[test]
fn operations_on_all_entries_survive_a_panic_at_any_call() {
    panic_everywhere(&OF_ALL, &STOPS[..3]);
}
