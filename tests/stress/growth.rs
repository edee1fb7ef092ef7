//! Full shards are split by those who insert, while others read, iterate and reshard.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicU64, Ordering},
};

use autoshard::Store;
use rand::RngExt;

use crate::{
    churn::{WORKERS, scaled, under_churn},
    numbered::Numbered,
    stores::{Mode, SHARDS_MAX, builder},
};

/// Entries that each thread inserts, at most.
const ENTRIES: u64 = 500;

/// Rounds of each thread.
const ROUNDS: u64 = 50;

/// Entries that a thread inserts in a round.
const BATCH: u64 = 10;

/// How many of its entries each thread has inserted.
type Inserted = [AtomicU64; WORKERS as usize];

fn number_of(thread: u64, index: u64) -> u64 {
    thread * ENTRIES + index
}

/// What was in before the pass began is met, and nothing is met twice.
fn pass<K: Numbered, V: Numbered>(store: &Store<K, V>, inserted: &Inserted) {
    let before: Vec<u64> = inserted.iter().map(|count| count.load(Ordering::Acquire)).collect();
    assert!(store.len() as u64 >= before.iter().sum(), "an entry is not counted");
    let mut seen = HashSet::new();
    for entry in store {
        assert!(seen.insert(entry.key().number()), "{:?} was seen twice", entry.key());
    }
    for (thread, &count) in (0..).zip(&before) {
        let missed: Vec<u64> = (0..count).map(|index| number_of(thread, index)).filter(|n| !seen.contains(n)).collect();
        assert!(missed.is_empty(), "missed {missed:?}");
    }
}

fn nothing_is_lost_in_growth<K: Numbered, V: Numbered>(test: &str, mode: Mode) {
    let store: Store<K, V> = mode.build(builder().set("shards.entries_max", "16"));
    let inserted = Inserted::default();
    let coverage = under_churn(&store, ROUNDS, |thread, random| {
        let own = &inserted[thread as usize];
        let from = own.load(Ordering::Relaxed);
        for index in from..(from + BATCH).min(ENTRIES) {
            let number = number_of(thread, index);
            if index % 2 == 0 {
                assert!(store.insert(K::draw(number), V::draw(number)).is_none());
            } else {
                store.entry(K::draw(number)).or_insert_with(|| V::draw(number));
            }
            own.store(index + 1, Ordering::Release);
            let other = random.random_range(0..WORKERS);
            let count = inserted[other as usize].load(Ordering::Acquire);
            if count > 0 {
                let number = number_of(other, random.random_range(0..count));
                assert_eq!(store.view(&K::draw(number), |_, value| value.number()), Some(number));
            }
        }
        assert!(store.shard_count() <= SHARDS_MAX);
        if thread == 0 {
            pass(&store, &inserted);
        }
    });
    pass(&store, &inserted);
    let expected: u64 = inserted.iter().map(|count| count.load(Ordering::Relaxed)).sum();
    assert_eq!(store.len() as u64, expected);
    assert!(expected >= WORKERS * ENTRIES.min(scaled(ROUNDS) * BATCH));
    assert!(store.telemetry().migrations.splits_in_growth > 0, "no full shard was split");
    coverage.say(test, &store);
}

#[test]
fn numbers_are_not_lost_in_growth() {
    for mode in Mode::ALL {
        nothing_is_lost_in_growth::<u64, u64>(&format!("growth of numbers, {mode:?}"), mode);
    }
}

#[test]
fn texts_are_not_lost_in_growth() {
    for mode in Mode::ALL {
        nothing_is_lost_in_growth::<String, String>(&format!("growth of texts, {mode:?}"), mode);
    }
}
