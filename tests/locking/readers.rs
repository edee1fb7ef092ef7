//! Threads that hold guards for reading, and read each other's shards, with writers queued on all of these: nobody hangs.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use autoshard::Store;

use crate::{keys_of_different_shards, keys_of_one_shard, store};

/// Times that a thread gives the others the processor, so that writers come to queue. None of what is asserted depends on it.
const YIELDS: usize = 200;

/// Rounds of each test.
const ROUNDS: usize = 20;

/// So many threads each hold a guard of a shard, and read all others' while writers wait for each of the shards.
fn read_around(store: &Store<u64, u64>, keys: &[u64], hold: impl Fn(u64, &dyn Fn()) + Sync) {
    let (all_hold, writing) = (Barrier::new(2 * keys.len()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for &key in keys {
            let (all_hold, writing, hold) = (&all_hold, &writing, &hold);
            scope.spawn(move || {
                hold(key, &|| {
                    all_hold.wait();
                    while writing.load(Ordering::Relaxed) < keys.len() {
                        thread::yield_now();
                    }
                    (0..YIELDS).for_each(|_| thread::yield_now());
                    for key in keys {
                        assert!(store.get_cloned(key).is_some() && store.contains_key(key));
                        let guard = store.get(key).expect("it is there throughout");
                        assert_eq!(store.view(key, |_, value| *value), Some(*guard));
                    }
                });
            });
            scope.spawn(move || {
                all_hold.wait();
                writing.fetch_add(1, Ordering::Relaxed);
                store.update(&key, |value| *value += 1);
            });
        }
    });
}

#[test]
fn readers_of_each_others_shards_pass_the_writers_queued_on_them() {
    let store = store();
    let keys = keys_of_different_shards(&store, 4);
    for _ in 0..ROUNDS {
        for readers in [&keys[..2], &keys] {
            read_around(&store, readers, |key, then| {
                let _guard = store.get(&key).expect("it is there throughout");
                then();
            });
        }
    }
    let sum: u64 = keys.iter().filter_map(|key| store.get_cloned(key)).sum();
    assert_eq!(sum as usize, ROUNDS * (2 + 4), "every writer got in");
}

#[test]
fn so_do_those_who_iterate_and_those_who_look_up_in_a_closure() {
    let store = store();
    let keys = keys_of_different_shards(&store, 3);
    for _ in 0..ROUNDS {
        read_around(&store, &keys, |key, then| {
            let _entry = store.iter().find(|entry| *entry.key() == key).expect("it is there throughout");
            then();
        });
        read_around(&store, &keys, |key, then| store.view(&key, |_, _| then()).expect("it is there throughout"));
    }
    let sum: u64 = keys.iter().filter_map(|key| store.get_cloned(key)).sum();
    assert_eq!(sum as usize, ROUNDS * 2 * 3, "every writer got in");
}

#[test]
fn readers_of_one_shard_pass_writers_though_it_is_split_and_merged() {
    let store = store();
    let keys = keys_of_one_shard(&store, 3);
    for round in 0..ROUNDS {
        store.reshard(1 + round % 4).expect("nobody is in the way");
        read_around(&store, &keys, |key, then| {
            let _guard = store.get(&key).expect("it is there throughout");
            then();
        });
    }
    let sum: u64 = keys.iter().filter_map(|key| store.get_cloned(key)).sum();
    assert_eq!(sum as usize, ROUNDS * 3, "every writer got in");
}
