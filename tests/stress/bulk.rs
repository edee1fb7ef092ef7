//! Operations on all entries, while shards move.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use autoshard::Store;
use rand::RngExt;

use crate::{
    churn::under_churn,
    ledger::{CountedClone, Ledger},
    stores::Mode,
};

/// Entries that stay.
const KEPT: u64 = 300;

/// Numbers of entries that go: from [`KEPT`] on.
const PASSING: u64 = 300;

/// Rounds of each thread.
const ROUNDS: u64 = 30;

#[test]
fn retain_asks_about_each_entry_once_and_keeps_what_it_is_told() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        for number in 0..KEPT {
            store.insert(number, 0);
        }
        let passes = AtomicU64::new(0);
        let coverage = under_churn(&store, ROUNDS, |thread, random| {
            if thread < 2 {
                store.retain(|key, value| {
                    *value += 1;
                    *key < KEPT
                });
                passes.fetch_add(1, Ordering::Relaxed);
            } else {
                store.insert(random.random_range(KEPT..KEPT + PASSING), 0);
                assert!(store.contains_key(&random.random_range(0..KEPT)));
            }
        });
        let passes = passes.into_inner();
        store.retain(|key, _| *key < KEPT);
        assert_eq!(store.len() as u64, KEPT);
        assert!(store.iter().all(|entry| *entry.value() == passes), "{mode:?}: each pass meets each entry once");
        coverage.say("retain", &store);
    }
}

#[test]
fn iter_mut_and_alter_all_meet_each_entry_once() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        for number in 0..KEPT {
            store.insert(number, 0);
        }
        let passes = AtomicU64::new(0);
        let coverage = under_churn(&store, ROUNDS, |thread, random| {
            if thread == 0 {
                store.iter_mut().for_each(|mut entry| *entry += 1);
                passes.fetch_add(1, Ordering::Relaxed);
            } else if thread == 1 {
                store.alter_all(|_, value| value + 1);
                passes.fetch_add(1, Ordering::Relaxed);
            } else {
                assert!(store.contains_key(&random.random_range(0..KEPT)));
            }
        });
        let passes = passes.into_inner();
        assert!(store.iter().all(|entry| *entry.value() == passes), "{mode:?}: each pass meets each entry once");
        coverage.say("iter_mut and alter_all", &store);
    }
}

#[test]
fn clear_leaves_nothing_of_what_was_there() {
    for mode in Mode::ALL {
        let ledger: Arc<Ledger> = Arc::default();
        let store: Store<u64, CountedClone> = mode.store();
        let coverage = under_churn(&store, ROUNDS, |thread, random| {
            // One thread alone changes entries, so that it knows what it must find.
            if thread == 0 {
                for number in 0..KEPT {
                    assert_eq!(store.insert(number, CountedClone(ledger.value(number))), None);
                }
                assert_eq!(store.len() as u64, KEPT);
                store.clear();
                assert!(store.is_empty());
                assert!((0..KEPT).all(|number| !store.contains_key(&number)));
            } else {
                store.view(&random.random_range(0..KEPT), |key, value| assert_eq!(*key, value.0.number));
            }
        });
        assert_eq!(store.iter().count(), 0);
        coverage.say("clear", &store);
        drop(store);
        assert_eq!(ledger.alive(), 0, "{mode:?}");
    }
}

#[test]
fn shrink_to_fit_loses_nothing() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        let coverage = under_churn(&store, ROUNDS, |thread, random| {
            if thread == 0 {
                store.shrink_to_fit();
            }
            let key = thread * PASSING + random.random_range(0..PASSING);
            assert_eq!(store.insert(key, key), None);
            assert_eq!(store.get_cloned(&key), Some(key));
            assert_eq!(store.remove(&key), Some((key, key)));
        });
        assert!(store.is_empty());
        coverage.say("shrink_to_fit", &store);
    }
}
