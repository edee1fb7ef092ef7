//! Guards held while shards are replaced.

use autoshard::Entry;
use shuttle::thread::{scope, yield_now};

use super::check::{check, check_with_aborts};

/// Lets others go on, while the caller holds something.
fn linger() {
    (0..4).for_each(|_| yield_now());
}

#[test]
fn a_guard_keeps_its_entry() {
    check(|case| {
        let subject = case.subject(0..4);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                let read = subject.get(&1).expect("it is there throughout");
                let before = *read;
                linger();
                assert_eq!(*read, before, "nobody writes while it is read");
            });
            scope.spawn(|| {
                let mut written = subject.get_mut(&1).expect("it is there throughout");
                *written += 1;
                linger();
                *written += 1;
                let read = written.downgrade();
                linger();
                assert_eq!(*read, 12);
            });
        });
        subject.finish_with([(0, 0), (1, 12), (2, 20), (3, 30)]);
    });
}

#[test]
fn an_entry_keeps_its_place() {
    check(|case| {
        let subject = case.subject(0..3);
        let work = || {
            for key in [0, 5] {
                let entry = subject.entry(key);
                linger();
                let mut value = entry.or_insert(0);
                linger();
                *value += 1;
            }
            if let Entry::Occupied(entry) = subject.entry(1) {
                linger();
                entry.remove();
            }
        };
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(work);
            scope.spawn(work);
        });
        subject.finish_with([(0, 2), (2, 20), (5, 2)]);
    });
}

/// Two threads that read each other's shards, and writers queued in between: neither reader may wait behind a writer that
/// waits for the other.
#[test]
fn readers_of_each_others_shards_pass_waiting_writers() {
    check(|case| {
        let subject = case.subject(0..4);
        let read = |first: u64, second: u64| {
            let held = subject.get(&first).expect("it is there throughout");
            linger();
            assert!(subject.get_cloned(&second).is_some());
            assert!(*held <= first * 10 + 1);
        };
        let write = |key: u64| subject.update(&key, |value| *value += 1);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(move || read(0, 3));
            scope.spawn(move || read(3, 0));
            scope.spawn(move || write(0));
            scope.spawn(move || write(3));
        });
        subject.finish_with([(0, 1), (1, 10), (2, 20), (3, 31)]);
    });
}

/// One who holds a guard for longer than the migrator tries: it gives up, whatever it has done so far, and waiters go on.
#[test]
fn a_guard_held_for_long_costs_the_migration_and_nothing_else() {
    check_with_aborts(|case| {
        let subject = case.subject_with(0..4, |key| key * 10, 1);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                let mut held = subject.get_mut(&2).expect("it is there throughout");
                (0..12).for_each(|_| linger());
                *held += 1;
            });
            scope.spawn(|| {
                subject.remove(&0);
                subject.insert(6, 60);
                subject.update(&1, |value| *value += 1);
            });
        });
        subject.finish_with([(1, 11), (2, 21), (3, 30), (6, 60)]);
    });
}
