//! No update is lost.

use std::sync::atomic::{AtomicU64, Ordering};

use autoshard::Store;
use rand::{Rng, RngExt, rngs::SmallRng};

use crate::{churn::under_churn, numbered::Numbered, stores::Mode};

/// Keys that all threads share.
const KEYS: u64 = 500;

/// Rounds of each thread.
const ROUNDS: u64 = 300;

/// Increments in a round.
const INCREMENTS: u64 = 10;

/// The value one above.
fn next<V: Numbered>(value: &V) -> V {
    V::draw(value.number() + 1)
}

/// Adds one to the value of a random key, by one of all the ways there are.
fn increment<K: Numbered, V: Numbered>(store: &Store<K, V>, random: &mut SmallRng) {
    let key = K::draw(random.random_range(0..KEYS));
    match random.next_u32() % 9 {
        0..3 => store.update(&key, |value| *value = next(value)).expect("the key is there throughout"),
        3 => {
            let mut entry = store.get_mut(&key).expect("the key is there throughout");
            *entry = next(entry.value());
        }
        4 => drop(store.entry(key).and_modify(|value| *value = next(value)).or_insert_with(|| V::draw(0))),
        5 => store.upsert(key, || unreachable!("the key is there throughout"), |value| *value = next(value)),
        6 => store.alter(&key, |_, value| next(&value)),
        7 => {
            let refused = store.remove_if_mut(&key, |_, value| {
                *value = next(value);
                false
            });
            assert_eq!(refused, None);
        }
        _ => loop {
            let old = store.get_cloned(&key).expect("the key is there throughout");
            if store.compare_exchange(key.clone(), Some(&old), Some(next(&old))).is_ok() {
                break;
            }
        },
    }
}

fn every_update_counts<K: Numbered, V: Numbered>(test: &str, mode: Mode) {
    let store: Store<K, V> = mode.store();
    for number in 0..KEYS {
        store.insert(K::draw(number), V::draw(0));
    }
    let increments = AtomicU64::new(0);
    let coverage = under_churn(&store, ROUNDS, |_, random| {
        for _ in 0..INCREMENTS {
            increment(&store, random);
        }
        increments.fetch_add(INCREMENTS, Ordering::Relaxed);
    });
    let sum: u64 = store.iter().map(|entry| entry.value().number()).sum();
    assert_eq!(sum, increments.into_inner(), "{test}: found, and made");
    assert_eq!(store.len() as u64, KEYS);
    coverage.say(test, &store);
}

#[test]
fn numbers_by_dual_write() {
    every_update_counts::<u64, u64>("updates of numbers by dual-write", Mode::DualWrite);
}

#[test]
fn numbers_by_hand_over() {
    every_update_counts::<u64, u64>("updates of numbers by hand-over", Mode::HandOver);
}

#[test]
fn numbers_cooperatively() {
    every_update_counts::<u64, u64>("updates of numbers, cooperatively", Mode::Cooperative);
}

#[test]
fn texts_by_dual_write() {
    every_update_counts::<String, String>("updates of texts by dual-write", Mode::DualWrite);
}

#[test]
fn texts_by_hand_over() {
    every_update_counts::<String, String>("updates of texts by hand-over", Mode::HandOver);
}

#[test]
fn texts_cooperatively() {
    every_update_counts::<String, String>("updates of texts, cooperatively", Mode::Cooperative);
}

#[test]
fn two_who_reshard_at_once_do_not_disturb_each_other() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        for number in 0..KEYS {
            store.insert(number, 0);
        }
        let increments = AtomicU64::new(0);
        let coverage = under_churn(&store, ROUNDS / 3, |thread, random| {
            if thread < 2 {
                // Either outcome is right: it waits for the other one, or gives way.
                let _outcome = store.reshard(random.random_range(1..=crate::stores::SHARDS_MAX));
            }
            increment(&store, random);
            increments.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(store.iter().map(|entry| *entry.value()).sum::<u64>(), increments.into_inner(), "{mode:?}");
        coverage.say("updates beside two who reshard", &store);
    }
}
