//! Guards held while shards are to move.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use autoshard::Store;
use rand::RngExt;

use crate::{churn::under_churn, stores::Mode};

/// Keys that all threads share.
const KEYS: u64 = 200;

/// Rounds of each thread.
const ROUNDS: u64 = 100;

/// A store with [`KEYS`] entries, all zero.
fn zeros(mode: Mode) -> Store<u64, (u64, u64)> {
    let store = mode.store();
    for number in 0..KEYS {
        store.insert(number, (0, 0));
    }
    store
}

#[test]
fn resharding_gives_way_to_a_guard_and_keeps_what_it_changes() {
    for mode in Mode::ALL {
        let store = zeros(mode);
        let shards = store.shard_count();
        let (held, tried) = (Barrier::new(2), Barrier::new(2));
        let outcome = thread::scope(|scope| {
            scope.spawn(|| {
                let mut guard = store.get_mut(&7).expect("7 is there");
                guard.0 = 1;
                held.wait();
                tried.wait();
                guard.1 = 2;
            });
            held.wait();
            let outcome = store.reshard(1);
            tried.wait();
            outcome
        });
        assert!(outcome.is_err(), "{mode:?}: a shard with a guard in it was replaced");
        assert_eq!(store.get_cloned(&7), Some((1, 2)), "{mode:?}");
        assert!(store.shard_count() <= shards, "{mode:?}");
        assert_eq!(store.reshard(16), Ok(()), "{mode:?}");
        assert_eq!(store.get_cloned(&7), Some((1, 2)), "{mode:?}");
        assert_eq!(store.iter().count() as u64, KEYS, "{mode:?}");
    }
}

#[test]
fn changes_through_guards_of_every_kind_are_kept() {
    for mode in Mode::ALL {
        let store = zeros(mode);
        let changes = AtomicU64::new(0);
        let coverage = under_churn(&store, ROUNDS, |_, random| {
            let mut guard = store.get_mut(&random.random_range(0..KEYS)).expect("keys are there throughout");
            guard.0 += 1;
            thread::yield_now();
            match random.random_range(0..4) {
                0 => guard.1 += 1,
                1 => {
                    let mut part = guard.map(|value| &mut value.1);
                    thread::yield_now();
                    *part += 1;
                }
                2 => {
                    guard.1 += 1;
                    let guard = guard.downgrade();
                    thread::yield_now();
                    assert_eq!(guard.0, guard.1);
                }
                _ => {
                    let mut guard = guard.try_map(|_| None::<&mut u64>).expect_err("nothing is found in it");
                    guard.1 += 1;
                }
            }
            changes.fetch_add(1, Ordering::Relaxed);
        });
        let changes = changes.into_inner();
        let sums = store.iter().fold((0, 0), |sums, entry| (sums.0 + entry.0, sums.1 + entry.1));
        assert_eq!(sums, (changes, changes), "{mode:?}");
        coverage.say("guards of every kind", &store);
    }
}

#[test]
fn who_holds_a_guard_may_read_on_beside_writers() {
    for mode in Mode::ALL {
        let store = zeros(mode);
        let coverage = under_churn(&store, ROUNDS, |thread, random| {
            if thread == 0 {
                store.update(&random.random_range(0..KEYS), |value| value.0 += 1).expect("keys are there throughout");
            } else {
                // Readers hold guards in each other's shards, while a writer and the migrator wait for both.
                let guards: Vec<_> = (0..4).filter_map(|_| store.get(&random.random_range(0..KEYS))).collect();
                thread::yield_now();
                assert_eq!(guards.len(), 4);
            }
        });
        coverage.say("readers with guards", &store);
    }
}

#[test]
fn a_mapped_guard_given_up_in_a_panic_leaves_the_store_whole() {
    for mode in Mode::ALL {
        let store = zeros(mode);
        let coverage = under_churn(&store, ROUNDS / 10, |_, random| {
            let key = random.random_range(0..KEYS);
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let mut guard = store.get_mut(&key).expect("keys are there throughout");
                guard.0 += 1;
                let _part = guard.map(|value| -> &mut u64 {
                    value.1 += 1;
                    // Without a message: there will be hundreds.
                    std::panic::resume_unwind(Box::new("on purpose"))
                });
            }));
            assert!(outcome.is_err());
        });
        assert!(store.iter().all(|entry| entry.0 == entry.1), "{mode:?}: what was changed before the panic is kept");
        coverage.say("panics under guards", &store);
    }
}
