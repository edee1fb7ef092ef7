//! What is there throughout is never missed and never seen twice.

use std::collections::HashSet;

use autoshard::Store;
use rand::RngExt;

use crate::{
    churn::under_churn,
    numbered::Numbered,
    stores::{Mode, builder},
};

/// Entries that are there throughout: the numbers below this.
const CONSTANT: u64 = 400;

/// Entries that come and go: the numbers from [`CONSTANT`] on.
const PASSING: u64 = 400;

/// Rounds of each thread.
const ROUNDS: u64 = 30;

/// Look-ups in a round.
const LOOK_UPS: u64 = 50;

/// Most slots that a policy allows.
const SLOTS_MAX: u32 = 65_536;

/// Inserts the constant entries, each with its own number as its value.
fn fill<K: Numbered, V: Numbered>(store: &Store<K, V>) {
    for number in 0..CONSTANT {
        store.insert(K::draw(number), V::draw(number));
    }
}

/// One look-up of a constant entry, by one of all the ways there are.
fn look_up<K: Numbered, V: Numbered>(store: &Store<K, V>, number: u64) {
    let key = K::draw(number);
    let found = match number % 6 {
        0 => store.get(&key).map(|entry| entry.value().number()),
        1 => store.get_cloned(&key).map(|value| value.number()),
        2 => store.view(&key, |_, value| value.number()),
        3 => store.get_mut(&key).map(|entry| entry.value().number()),
        4 => store.contains_key(&key).then_some(number),
        _ => store.get_many([&key]).pop().flatten().map(|value| value.number()),
    };
    assert_eq!(found, Some(number));
}

/// One pass over all entries: each once, and the constant ones all.
fn pass<K: Numbered, V: Numbered>(store: &Store<K, V>) {
    let mut seen = HashSet::new();
    for entry in store {
        assert_eq!(entry.key().number(), entry.value().number());
        assert!(seen.insert(entry.key().number()), "{:?} was seen twice", entry.key());
    }
    let missed: Vec<u64> = (0..CONSTANT).filter(|number| !seen.contains(number)).collect();
    assert!(missed.is_empty(), "missed {missed:?}");
}

fn nothing_is_missed_or_seen_twice<K: Numbered, V: Numbered>(test: &str, mode: Mode) {
    let store: Store<K, V> = mode.store();
    fill(&store);
    let coverage = under_churn(&store, ROUNDS, |thread, random| {
        for _ in 0..LOOK_UPS {
            look_up(&store, random.random_range(0..CONSTANT));
            let passing = random.random_range(CONSTANT..CONSTANT + PASSING);
            if random.random_bool(0.5) {
                store.insert(K::draw(passing), V::draw(passing));
            } else {
                store.remove(&K::draw(passing));
            }
        }
        if thread % 2 == 0 {
            pass(&store);
        }
    });
    pass(&store);
    coverage.say(test, &store);
}

#[test]
fn numbers_are_not_missed() {
    for mode in Mode::ALL {
        nothing_is_missed_or_seen_twice::<u64, u64>(&format!("look-ups and passes over numbers, {mode:?}"), mode);
    }
}

#[test]
fn texts_are_not_missed() {
    for mode in Mode::ALL {
        nothing_is_missed_or_seen_twice::<String, String>(&format!("look-ups and passes over texts, {mode:?}"), mode);
    }
}

#[test]
fn passes_that_meet_cut_overs_see_each_entry_once() {
    // As many slots as there can be, so that cut-overs take their time; and nothing but passes, so that many enter a shard
    // right when it comes into use. Both modes cut over alike.
    let store: Store<u64, u64> = Mode::DualWrite.build(builder().set("shards.slots", SLOTS_MAX));
    fill(&store);
    let coverage = under_churn(&store, ROUNDS / 10, |_, _| pass(&store));
    coverage.say("passes that meet cut-overs", &store);
}

#[test]
fn the_length_of_what_does_not_change_is_exact() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        fill(&store);
        let coverage = under_churn(&store, ROUNDS, |_, random| {
            for _ in 0..LOOK_UPS {
                assert_eq!(store.len() as u64, CONSTANT);
                assert!(!store.is_empty());
                // A change in place is no change of length.
                let number = random.random_range(0..CONSTANT);
                assert_eq!(store.insert(number, number), Some(number));
            }
        });
        coverage.say("the length of a constant store", &store);
    }
}
