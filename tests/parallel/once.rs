//! Each entry once, while shards are split and merged.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use autoshard::Store;
use rand::RngExt;
use rayon::prelude::*;

use crate::{churn::under_churn, pool, stores::Mode};

/// Keys that are there throughout.
const KEPT: u64 = 200;

/// Of so many rounds, one goes over all entries exclusively, which gives up whatever migration it meets: the rest lets some come to their end.
const ONE_IN: u32 = 100;

fn filled(mode: Mode) -> Store<u64, u64> {
    let store = mode.store();
    (0..KEPT).for_each(|key| assert_eq!(store.insert(key, 0), None));
    store
}

/// What the other workers do.
fn come_and_go(store: &Store<u64, u64>, key: u64) {
    store.insert(key, 0);
    store.remove(&key);
    // The shards' mover has as much to do as all of them.
    thread::yield_now();
}

/// Two of the workers go over all, the others come and go with keys of their own.
#[test]
fn an_entry_that_stays_is_met_exactly_once() {
    for mode in Mode::ALL {
        let (store, pool) = (filled(mode), pool());
        let coverage = under_churn(&store, 60, |thread, _| {
            if thread > 1 {
                come_and_go(&store, KEPT + thread);
                return;
            }
            let mut keys: Vec<u64> = pool.install(|| store.par_iter().map(|entry| *entry.key()).collect());
            keys.retain(|key| *key < KEPT);
            keys.sort_unstable();
            assert_eq!(keys, (0..KEPT).collect::<Vec<_>>());
        });
        coverage.say(&format!("par_iter, {mode:?}"), &store);
    }
}

#[test]
fn par_iter_mut_changes_each_entry_exactly_once() {
    for mode in Mode::ALL {
        let (store, pool, rounds) = (filled(mode), pool(), AtomicUsize::new(0));
        let coverage = under_churn(&store, 2_000, |thread, random| {
            if thread > 1 || !random.random_ratio(1, ONE_IN) {
                come_and_go(&store, KEPT + thread);
                return;
            }
            pool.install(|| store.par_iter_mut().for_each(|mut entry| *entry += 1));
            rounds.fetch_add(1, Ordering::Relaxed);
        });
        coverage.say(&format!("par_iter_mut, {mode:?}"), &store);
        let rounds = rounds.into_inner() as u64;
        for key in 0..KEPT {
            assert_eq!(store.get_cloned(&key), Some(rounds), "{mode:?}, {key}");
        }
    }
}

/// Who keeps entries keeps shards, and the other tasks must not wait for these, though they have been merged with theirs.
#[test]
fn entries_may_be_kept_until_all_have_ended() {
    for mode in Mode::ALL {
        let (store, pool) = (filled(mode), pool());
        let coverage = under_churn(&store, 2_000, |thread, random| {
            if thread > 0 || !random.random_ratio(1, ONE_IN) {
                assert_eq!(store.update(&thread, |value| *value += 1), Some(()));
                thread::yield_now();
                return;
            }
            let kept: Vec<_> = pool.install(|| store.par_iter_mut().collect());
            assert_eq!(kept.len() as u64, KEPT);
        });
        coverage.say(&format!("kept, {mode:?}"), &store);
    }
}
