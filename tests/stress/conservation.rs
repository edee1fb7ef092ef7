//! What is removed is gone, what is inserted is there, and nothing else changes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use autoshard::Store;
use rand::{RngExt, rngs::SmallRng};

use crate::{
    churn::{Progress, WORKERS, reshard_until, under_churn},
    numbered::Numbered,
    stores::Mode,
};

/// Keys that belong to one thread.
const KEYS_OF_ONE: u64 = 64;

/// Rounds of each thread.
const ROUNDS: u64 = 400;

/// A random key of the thread's own.
fn own_key(thread: u64, random: &mut SmallRng) -> u64 {
    thread * KEYS_OF_ONE + random.random_range(0..KEYS_OF_ONE)
}

/// Each token is in one of two stores, and is moved between them by the one thread that owns it.
fn tokens_are_conserved<K: Numbered>(test: &str, mode: Mode) {
    let tokens = WORKERS * KEYS_OF_ONE;
    let stores: [Store<K, u64>; 2] = [mode.store(), mode.store()];
    for number in 0..tokens {
        stores[0].insert(K::draw(number), number);
    }
    let (end, progress) = (AtomicBool::new(false), Progress::default());
    let coverage = std::thread::scope(|scope| {
        scope.spawn(|| reshard_until(&stores[1], &progress, || end.load(Ordering::Relaxed)));
        let _end = End(&end);
        under_churn(&stores[0], ROUNDS, |thread, random| {
            let number = own_key(thread, random);
            let key = K::draw(number);
            let from = usize::from(stores[1].contains_key(&key));
            assert_eq!(stores[1 - from].get_cloned(&key), None, "token {number} is in both stores");
            let (key, value) = stores[from].remove(&key).expect("the token is where it was seen");
            assert_eq!(stores[1 - from].insert(key, value), None);
        })
    });
    let found: u64 = stores.iter().flat_map(|store| store.iter().map(|entry| *entry.value()).collect::<Vec<_>>()).sum();
    assert_eq!(found, (0..tokens).sum::<u64>());
    assert_eq!(stores[0].len() + stores[1].len(), tokens as usize);
    assert!(progress.reshardings() > 0, "the other store's shards have not moved");
    coverage.say(test, &stores[0]);
}

/// Raises its flag when dropped, so that a panic ends the other thread, too.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn tokens_with_numbers_are_conserved() {
    for mode in Mode::ALL {
        tokens_are_conserved::<u64>("tokens by number", mode);
    }
}

#[test]
fn tokens_with_names_are_conserved() {
    for mode in Mode::ALL {
        tokens_are_conserved::<String>("tokens by name", mode);
    }
}

/// The owner of a key is the only one to change it, so it must find it as it left it.
fn an_owner_finds_what_it_left<K: Numbered, V: Numbered>(test: &str, mode: Mode) {
    let store: Store<K, V> = mode.store();
    let last: Vec<AtomicU64> = (0..WORKERS * KEYS_OF_ONE).map(|_| AtomicU64::new(0)).collect();
    let coverage = under_churn(&store, ROUNDS, |thread, random| {
        let number = own_key(thread, random);
        let key = K::draw(number);
        // Zero says that the key was removed; only this thread reads or writes this element.
        let left = last[number as usize].load(Ordering::Relaxed);
        let found = store.get_cloned(&key).map_or(0, |value| value.number());
        assert_eq!(found, left, "key {number}: an update was lost, or a removed key has come back");
        let new = random.random_range(0..4);
        if new == 0 {
            assert_eq!(store.remove(&key).map_or(0, |(_, value)| value.number()), left);
            assert!(!store.contains_key(&key));
        } else {
            assert_eq!(store.insert(key.clone(), V::draw(new)).map_or(0, |value| value.number()), left);
            assert_eq!(store.view(&key, |_, value| value.number()), Some(new));
        }
        last[number as usize].store(new, Ordering::Relaxed);
    });
    let entries = last.iter().filter(|value| value.load(Ordering::Relaxed) != 0).count();
    assert_eq!((store.len(), store.iter().count()), (entries, entries));
    coverage.say(test, &store);
}

#[test]
fn numbers_stay_as_their_owner_left_them() {
    for mode in Mode::ALL {
        an_owner_finds_what_it_left::<u64, u64>("owners of numbers", mode);
    }
}

#[test]
fn texts_stay_as_their_owner_left_them() {
    for mode in Mode::ALL {
        an_owner_finds_what_it_left::<String, String>("owners of texts", mode);
    }
}
