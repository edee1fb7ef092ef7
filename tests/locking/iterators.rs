//! Iterators leave a note of where they stand with the thread that calls `next`: so whoever writes there is told, also if the iterator came
//! from elsewhere, and nobody else is.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Barrier, Mutex},
    thread,
    time::{Duration, Instant},
};

use autoshard::{Condition, Store};

use crate::{KEYS, comes_free, keys_of_one_shard, store, told_of_oneself};

/// Longer than the time after which whoever waits looks around.
const LONG: Duration = Duration::from_millis(50);

#[test]
fn who_writes_where_its_own_iterator_stands_is_told() {
    let store = store();
    let writes: [(&str, &dyn Fn(u64)); 8] = [
        ("`insert`", &|key| {
            store.insert(key, 1);
        }),
        ("`remove_if_mut`", &|key| {
            store.remove(&key);
        }),
        ("`update`", &|key| {
            store.update(&key, |value| *value = 1);
        }),
        ("`retain`", &|_| store.retain(|_, _| true)),
        ("`clear`", &|_| store.clear()),
        ("iterators.rs", &|key| drop(store.get_mut(&key))),
        ("iterators.rs", &|key| drop(store.entry(key))),
        ("iterators.rs", &|_| store.iter_mut().for_each(drop)),
    ];
    for (name, write) in writes {
        let made = format!("by the iterator made at {}:{}", file!(), line!() + 1);
        let mut entries = store.iter();
        let key = *entries.next().expect("there are entries").key();
        let told = told_of_oneself(|| write(key));
        assert!(told.contains(name) && told.contains(&made), "{told}");
        // It goes on as if nothing had been.
        assert_eq!(entries.count() as u64, KEYS - 1, "{name}");
        assert!(comes_free(|| store.try_get_mut(&key).is_present()), "{name}");
    }
    assert_eq!(store.len() as u64, KEYS);
}

#[test]
fn who_uses_the_store_in_a_loop_over_it_is_told() {
    let store = store();
    for (name, looping) in [
        (
            "for",
            (|store| {
                for entry in store {
                    store.insert(*entry.key(), 1);
                }
            }) as fn(&Store<u64, u64>),
        ),
        ("iter", |store| {
            store.iter().for_each(|entry| {
                store.remove(entry.key());
            })
        }),
        ("iter_mut", |store| store.iter_mut().for_each(|entry| assert_eq!(store.get_cloned(entry.key()), Some(0)))),
    ] {
        let told = told_of_oneself(|| looping(&store));
        assert!(told.contains("iterators.rs"), "{name}: {told}");
    }
    assert!(store.iter().all(|entry| *entry.value() == 0));
    assert_eq!(store.len() as u64, KEYS);
}

#[test]
fn what_an_iterator_yielded_counts_when_the_iterator_is_gone() {
    let store = store();
    let entry = store.iter().find(|entry| *entry.key() == 7).expect("it is there");
    let told = told_of_oneself(|| {
        store.insert(7, 1);
    });
    assert!(told.contains("or by what that has yielded"), "{told}");
    assert_eq!(store.get_cloned(&7), Some(0), "reading goes on");
    drop(entry);
    store.insert(7, 1);
}

#[test]
fn an_iterator_is_in_the_way_of_the_thread_that_calls_next() {
    let store = store();
    let keys = keys_of_one_shard(&store, 10);
    let mut entries = store.iter();
    let first = entries.find(|entry| keys.contains(entry.key())).map(|entry| *entry.key());
    let first = first.expect("one of them comes first");
    let (has_it, go_on) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let (has_it, go_on, store) = (&has_it, &go_on, &store);
        let entries = &mut entries;
        scope.spawn(move || {
            let second = entries.next().expect("the shard has more");
            let told = told_of_oneself(|| {
                store.remove(second.key());
            });
            assert!(told.contains("iterators.rs"), "{told}");
            has_it.wait();
            go_on.wait();
            // The one that made it waits now, and is not told that it would wait for itself.
            thread::sleep(LONG);
            drop(second);
            entries.for_each(drop);
        });
        has_it.wait();
        go_on.wait();
        assert_eq!(store.insert(first, 3), Some(0));
    });
    assert_eq!(store.len() as u64, KEYS);
}

#[test]
fn guards_of_one_shard_are_in_the_way_of_those_who_have_them() {
    let store = store();
    let keys = keys_of_one_shard(&store, 3);
    let theirs_is_held = Barrier::new(2);
    thread::scope(|scope| {
        let ours: Vec<_> = store.iter().filter(|entry| keys.contains(entry.key())).collect();
        let theirs = scope.spawn(|| {
            // Of an iterator of its own, in the same shard.
            let held: Vec<_> = store.iter().filter(|entry| keys.contains(entry.key())).collect();
            theirs_is_held.wait();
            told_of_oneself(|| {
                store.insert(keys[0], 1);
            });
            drop(held);
        });
        theirs_is_held.wait();
        told_of_oneself(|| {
            store.insert(keys[1], 1);
        });
        drop(ours);
        // Waits for the other thread, if need be, and not for itself.
        store.insert(keys[2], 1);
        theirs.join().expect("no panic");
    });
}

/// What is moved without a call of `next` stays noted with the thread that had it. Its end is seen wherever it comes about.
#[test]
fn what_ends_on_another_thread_is_no_longer_in_the_way() {
    let store = store();
    for _ in 0..200 {
        let mut entries = store.iter();
        let entry = entries.next().expect("there are entries");
        let key = *entry.key();
        thread::scope(|scope| scope.spawn(move || drop((entries, entry))).join().expect("no panic"));
        store.update(&key, |value| *value += 1);
        let mut entries = store.iter_mut();
        let entry = entries.next().expect("there are entries");
        thread::scope(|scope| scope.spawn(move || drop((entry, entries))).join().expect("no panic"));
        store.update(&key, |value| *value += 1);
    }
    assert_eq!(store.iter().map(|entry| *entry.value()).sum::<u64>(), 400);
}

/// A thread that was handed a guard, and has not called `next`, waits for itself untold. Whoever asks for a diagnosis finds it.
#[test]
fn who_was_handed_a_guard_and_waits_for_itself_is_diagnosed() {
    let store = store();
    let made = format!("made at {}:{}", file!(), line!() + 1);
    let handed = store.iter().next();
    let key = *handed.as_ref().expect("there are entries").key();
    let handed = Mutex::new(handed);
    let diagnosis = thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            assert!(handed.lock().expect("no panic").is_some(), "the thread has it");
            store.insert(key, 1)
        });
        let begun = Instant::now();
        let diagnosis = loop {
            let diagnosis = store.diagnose();
            let is_found = diagnosis.findings().iter().any(|finding| finding.condition == Condition::IteratorHeld);
            if is_found || begun.elapsed() > Duration::from_secs(60) {
                break diagnosis;
            }
            thread::sleep(LONG);
        };
        assert!(!waiter.is_finished(), "it waits");
        // So that the test ends: another thread drops what the waiter holds.
        drop(handed.lock().expect("no panic").take());
        assert_eq!(waiter.join().expect("no panic"), Some(0));
        diagnosis
    });
    assert!(diagnosis.to_string().contains(&made), "{diagnosis}");
}

#[test]
fn a_thread_may_end_before_its_iterator() {
    let store = store();
    for _ in 0..50 {
        let (mut entries, first) = thread::scope(|scope| {
            let begun = scope.spawn(|| {
                let mut entries = store.iter();
                let first = entries.next();
                (entries, first)
            });
            begun.join().expect("no panic")
        });
        let first = *first.expect("there are entries").key();
        assert!(store.try_get_mut(&first).is_locked());
        // Whoever comes in the place of that thread has nothing to do with it.
        thread::scope(|scope| {
            let other = scope.spawn(|| catch_unwind(AssertUnwindSafe(|| store.update(&first, |value| *value += 1))));
            thread::sleep(Duration::from_millis(1));
            assert!(entries.next().is_some());
            drop(entries);
            assert!(other.join().expect("it has caught its panic").is_ok());
        });
    }
    assert_eq!(store.iter().map(|entry| *entry.value()).sum::<u64>(), 50);
}

#[test]
fn all_guards_of_an_iterator_may_be_held_at_once() {
    let store = store();
    assert_eq!(store.iter().collect::<Vec<_>>().len() as u64, KEYS);
    let mut all: Vec<_> = store.iter_mut().collect();
    all.iter_mut().for_each(|entry| **entry += 1);
    told_of_oneself(|| {
        store.get_cloned(&1);
    });
    assert_eq!(all.len() as u64, KEYS);
    drop(all);
    assert!(store.iter().all(|entry| *entry == 1));
}
