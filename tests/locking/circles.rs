//! Threads that hold guards and want each other's shards: one of them is told, and the others go on. Nobody hangs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier, mpsc},
    thread,
};

use autoshard::Store;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use crate::{Shard, comes_free, message, shards};

/// What a thread does that holds a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    /// By an iterator, which stands where the key is.
    Iterate,
}

/// Accesses a key by a guard, and does something while it is held.
fn hold<R>(store: &Store<u64, u64>, access: Access, key: u64, then: impl FnOnce() -> R) -> R {
    match access {
        Access::Read => {
            let _held = store.get(&key).expect("it is there throughout");
            then()
        }
        Access::Write => {
            let mut held = store.get_mut(&key).expect("it is there throughout");
            *held += 1;
            then()
        }
        Access::Iterate => {
            let _held = store.iter().find(|entry| *entry.key() == key).expect("it is there throughout");
            then()
        }
    }
}

/// Each thread holds one shard and wants that of the next; returns what those were told who panicked.
fn ring(shards: &[Shard], threads: &[(Access, Access)], bystander: bool) -> Vec<String> {
    let all_hold = Barrier::new(threads.len());
    let refusals = thread::scope(|scope| {
        let run = |index: usize| {
            let (first, second) = threads[index];
            let (store, key) = &shards[index];
            let (next_store, next) = &shards[(index + 1) % shards.len()];
            let all_hold = &all_hold;
            scope.spawn(move || {
                hold(store, first, *key, || {
                    all_hold.wait();
                    hold(next_store, second, *next, || {})
                })
            })
        };
        let workers: Vec<_> = (0..threads.len()).map(run).collect();
        if bystander {
            // It holds nothing, so that nobody waits for it.
            scope.spawn(|| shards[0].0.update(&shards[0].1, |value| *value += 1));
        }
        let ended: Vec<_> = workers.into_iter().filter_map(|worker| worker.join().err()).collect();
        ended.iter().map(|panic| message(&**panic).to_owned()).collect()
    });
    // Nothing is left locked.
    shards.iter().for_each(|(store, key)| assert!(comes_free(|| store.try_get_mut(key).is_present())));
    refusals
}

#[test]
fn of_two_threads_that_want_each_others_shards_one_is_told() {
    use Access::{Iterate, Read, Write};
    for shards in shards(2) {
        for (first, second) in [(Write, Write), (Read, Write), (Write, Read), (Iterate, Write)] {
            // Who goes over a store comes by the other's shard, and queues behind a writer there, holding nothing yet.
            let passes_by = first == Iterate && Arc::ptr_eq(&shards[0].0, &shards[1].0);
            let bystanders = if passes_by { &[false][..] } else { &[false, true] };
            for &bystander in bystanders {
                let refusals = ring(&shards, &[(first, second), (first, second)], bystander);
                assert_eq!(refusals.len(), 1, "{first:?} {second:?}: {refusals:?}");
                assert!(refusals[0].starts_with("2 threads would wait for one another"), "{refusals:?}");
                assert_eq!(refusals[0].matches("circles.rs").count(), 4, "both guards and both wishes: {refusals:?}");
            }
        }
    }
}

#[test]
fn a_ring_of_three_is_broken_once() {
    use Access::{Read, Write};
    for shards in shards(3) {
        for bystander in [false, true] {
            let refusals = ring(&shards, &[(Write, Write), (Read, Read), (Write, Write)], bystander);
            // The second only reads what the third writes, and the first writes what the second reads.
            assert_eq!(refusals.len(), 1, "{refusals:?}");
            assert!(refusals[0].starts_with("3 threads would wait for one another"), "{refusals:?}");
        }
    }
}

#[test]
fn an_operation_that_uses_a_store_in_its_closure_is_part_of_a_circle() {
    for shards in shards(2) {
        let both_inside = Barrier::new(2);
        let refusals = thread::scope(|scope| {
            let run = |index: usize| {
                let ((store, key), (other, other_key)) = (&shards[index], &shards[1 - index]);
                let both_inside = &both_inside;
                scope.spawn(move || {
                    store.update(key, |_| {
                        both_inside.wait();
                        other.update(other_key, |value| *value += 1)
                    })
                })
            };
            let workers = [0, 1].map(run);
            workers.into_iter().filter_map(|worker| worker.join().err()).collect::<Vec<_>>()
        });
        assert_eq!(refusals.len(), 1);
        let told = message(&*refusals[0]);
        assert!(told.contains("by an operation that is still running") && told.contains("by `update`"), "{told}");
    }
}

#[test]
fn who_catches_the_panic_may_go_on() {
    for shards in shards(2) {
        let (holding, held) = mpsc::channel();
        let both_hold = Barrier::new(2);
        let caught: usize = thread::scope(|scope| {
            let run = |index: usize| {
                let ((store, key), (other, other_key)) = (&shards[index], &shards[1 - index]);
                let (both_hold, holding) = (&both_hold, holding.clone());
                scope.spawn(move || {
                    let mut guard = store.get_mut(key).expect("it is there throughout");
                    both_hold.wait();
                    let write = || other.update(other_key, |value| *value += 1);
                    let is_refused = catch_unwind(AssertUnwindSafe(write)).is_err();
                    // Still held: the other one waits on.
                    *guard += 10;
                    holding.send(is_refused).expect("somebody listens");
                    drop(guard);
                    usize::from(is_refused)
                })
            };
            let workers = [0, 1].map(run);
            workers.into_iter().map(|worker| worker.join().expect("it caught its panic")).sum()
        });
        assert_eq!(caught, 1);
        assert_eq!(held.try_iter().collect::<Vec<_>>(), [true, false], "the one who is told comes first");
        let sum: u64 = shards.iter().filter_map(|(store, key)| store.get_cloned(key)).sum();
        assert_eq!(sum, 21, "two guards wrote ten each, one update went through");
    }
}

/// Who takes guards in one order waits, for long if need be, but never in a circle.
#[test]
fn there_is_no_false_alarm_where_guards_are_taken_in_order() {
    let rounds = 300;
    for shards in shards(6) {
        thread::scope(|scope| {
            for number in 0..8 {
                let shards = &shards;
                scope.spawn(move || {
                    let mut random = SmallRng::seed_from_u64(number);
                    for round in 0..rounds {
                        let chosen = shards.iter().filter(|_| random.random_bool(0.5)).collect::<Vec<_>>();
                        let mut guards = Vec::new();
                        for (store, key) in chosen {
                            let mut guard = store.get_mut(key).expect("it is there throughout");
                            *guard += 1;
                            guards.push(guard);
                        }
                        if round % 50 == number {
                            // Long enough for the others to look around.
                            thread::sleep(std::time::Duration::from_millis(30));
                        }
                    }
                });
            }
        });
    }
}
