//! Hot keys by name, in a process of their own: the intake of samples is one for all stores of a process.
#![forbid(unsafe_code)]

use std::{hash::BuildHasher, thread};

use autoshard::Store;

#[path = "common/stores.rs"]
mod stores;

use stores::Mode;

/// Entries of each store.
const ENTRIES: u64 = 2_000;

/// Accesses between two collections of samples: so few that none is lost.
const COLLECT_EVERY: u64 = 100;

/// Collections, at most, that are waited for.
const COLLECTIONS_MAX: usize = 1_000;

/// A store with 0 to [`ENTRIES`], each under itself, after as many rounds of `access`.
fn accessed(mode: Mode, access: impl Fn(&Store<u64, u64>, u64)) -> Store<u64, u64> {
    let store = mode.store();
    for number in 0..ENTRIES {
        store.insert(number, number);
    }
    let mut collected = store.telemetry().sampling.samples;
    for round in 0..ENTRIES {
        access(&store, round);
        if (round + 1) % COLLECT_EVERY == 0 {
            collected = collect(&store, collected);
        }
    }
    store
}

/// Has samples collected and judged, until there are more than `before`; returns how many. Somebody else may be collecting
/// just now, and then a call finds none; or may have collected before it knew this store, and then none will come.
fn collect(store: &Store<u64, u64>, before: u64) -> u64 {
    for _ in 0..COLLECTIONS_MAX {
        store.tune_now();
        let samples = store.telemetry().sampling.samples;
        if samples > before {
            return samples;
        }
        thread::yield_now();
    }
    before
}

#[test]
fn a_hot_key_is_named_with_its_share() {
    for mode in Mode::ALL {
        let store = accessed(mode, |store, round| {
            assert_eq!(store.get_cloned(&7), Some(7));
            assert_eq!(store.update(&round, |value| *value), Some(round));
        });
        let hot = store.hot_keys();
        let first = hot.first().expect("thousands of accesses were sampled");
        assert_eq!(first.hash, store.hasher().hash_one(7_u64), "{mode:?}");
        // Only a store that may clone has a key to give.
        assert_eq!(first.key, (mode == Mode::DualWrite).then_some(7), "{mode:?}");
        // Of 2,000 inserts and 4,000 later accesses, 2,000 were for 7; recent ones may count for more.
        assert!(first.share_lower <= 0.5 && 1.0 / 3.0 <= first.share_upper, "{first:?}");
        assert!(first.share_lower <= first.share && first.share <= first.share_upper, "{first:?}");
        assert!(first.read_share > 0.9, "{first:?}");
        assert!(first.hot, "{first:?}");
        assert_eq!(store.get_cloned(&7), Some(7), "{mode:?}: whatever was done about it, it is there");
    }
}

#[test]
fn a_store_that_is_hardly_used_keeps_no_samples() {
    for mode in Mode::ALL {
        let store = mode.store();
        // Even if every access is sampled, too few for the tuner to be told of it.
        for number in 0..60 {
            store.insert(number, number);
        }
        store.tune_now();
        assert_eq!(store.telemetry().sampling.samples, 0, "{mode:?}");
    }
}

#[test]
fn where_all_keys_are_alike_none_is_hot() {
    for mode in Mode::ALL {
        let store = accessed(mode, |store, round| assert_eq!(store.get_cloned(&round), Some(round)));
        let hot = store.hot_keys();
        assert!(hot.iter().all(|key| !key.hot), "{mode:?}: {hot:?}");
        assert_eq!(store.len() as u64, ENTRIES);
    }
}
