//! Who waits for whom, whatever the mode of the locks: writers for guards, threads with guards for each other, and those who only try.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autoshard_tuning::Bias;
use shuttle::thread::{scope, yield_now};

use super::{
    case::{Case, Lock, Mode, Shape},
    check::{check, run},
};

/// Lets others go on, while the caller holds something.
fn linger() {
    (0..4).for_each(|_| yield_now());
}

/// Two writers are pending on a reader that goes deeper, and lets go of the outer guard first.
#[test]
fn pending_writers_wait_for_the_last_of_nested_guards() {
    check(|case| {
        let subject = case.subject(0..4);
        let write = || subject.update(&1, |value| *value += 1);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                let outer = subject.get(&1).expect("it is there throughout");
                let found = *outer;
                let inner = subject.get(&1).expect("it is there throughout");
                drop(outer);
                linger();
                assert_eq!(*inner, found, "nobody writes while it is read");
            });
            scope.spawn(write);
            scope.spawn(write);
        });
        subject.finish_with([(0, 0), (1, 12), (2, 20), (3, 30)]);
    });
}

/// The mode changes again and again, while others read and write.
#[test]
fn modes_change_beside_everybody() {
    check(|case| {
        let subject = case.subject(0..4);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                for bias in [Bias::Asymmetric, Bias::Fenced] {
                    subject.choose_bias(bias);
                    linger();
                }
            });
            scope.spawn(|| {
                let held = subject.get(&0).expect("it is there throughout");
                linger();
                assert_eq!(*held, 0);
                drop(held);
                subject.update(&1, |value| *value += 1);
            });
            scope.spawn(|| {
                assert!(matches!(subject.get_cloned(&1), Some(10 | 11)));
                subject.update(&2, |value| *value += 1);
                assert_eq!(subject.get_cloned(&2), Some(21));
            });
        });
        subject.finish_with([(0, 0), (1, 11), (2, 21), (3, 30)]);
    });
}

#[test]
fn who_only_tries_gets_in_rightly_or_not_at_all() {
    check(|case| {
        let subject = case.subject(0..4);
        let written = scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                for _ in 0..3 {
                    if let Some(found) = subject.try_get(&1).try_unwrap() {
                        let before = *found;
                        linger();
                        assert_eq!(*found, before, "nobody writes while it is read");
                    }
                }
            });
            let writer = scope.spawn(|| {
                let write = || match subject.try_get_mut(&1).try_unwrap() {
                    Some(mut found) => {
                        *found += 1;
                        1
                    }
                    None => 0,
                };
                (0..3).map(|_| write()).sum::<u64>()
            });
            writer.join().expect("no panic")
        });
        subject.finish_with([(0, 0), (1, 10 + written), (2, 20), (3, 30)]);
    });
}

/// An iterator stands in a shard, by the raw lock alone, while its thread reads on and others want to write.
#[test]
fn an_iterators_thread_reads_on_beside_waiting_writers() {
    check(|case| {
        let subject = case.subject(0..4);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                for entry in subject.iter() {
                    assert_eq!(subject.get_cloned(entry.key()).map(|value| value / 10), Some(*entry.key()));
                }
            });
            scope.spawn(|| {
                subject.update(&0, |value| *value += 1);
                subject.update(&3, |value| *value += 1);
            });
        });
        subject.finish_with([(0, 1), (1, 10), (2, 20), (3, 31)]);
    });
}

/// Two threads, each with a guard, want each other's shards: one is told, at least, and nobody hangs. (Both are told if the
/// shards become one. They want to read: writing to another shard under a guard is refused in builds with debug assertions.)
#[test]
fn threads_in_a_circle_are_told() {
    for lock in [Lock::Neutral, Lock::Fenced, Lock::Owned] {
        let case = Case { shape: Shape::Regroup, mode: Mode::HandOver, lock, outcomes: Default::default() };
        run(&case, |case| {
            let subject = case.subject(0..4);
            let write_and_read = |first: u64, second: u64| {
                let work = || {
                    let mut held = subject.get_mut(&first).expect("it is there throughout");
                    linger();
                    let read = subject.get(&second).expect("it is there throughout");
                    *held += 1;
                    drop((read, held));
                };
                catch_unwind(AssertUnwindSafe(work)).is_ok()
            };
            let [one, other] = scope(|scope| {
                let one = scope.spawn(|| write_and_read(0, 3));
                let other = scope.spawn(|| write_and_read(3, 0));
                [one, other].map(|thread| u64::from(thread.join().expect("it has caught its panic")))
            });
            assert!(one + other >= 1, "one of them goes on");
            subject.finish_with([(0, one), (1, 10), (2, 20), (3, 30 + other)]);
        });
    }
}
