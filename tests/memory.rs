//! Memory comes back after most entries have gone: by the tuner, whoever drives it, and by `shrink_to_fit`.
#![forbid(unsafe_code)]

use std::{hash::Hash, thread, time::Duration};

use autoshard::{Store, StoreBuilder, compat::dashmap::DashMap};

/// Entries that are there at first. Builds with debug assertions take long for as many as programs have.
const FULL: u64 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
/// Of so many, one stays.
const ONE_IN: u64 = 100;
/// Bytes of tables afterwards, at most, in tables of a store that never had more.
const FRESH_MAX: usize = 2;
/// Judgements, or looks, at most, until memory is back. It takes two or three of the former, some hundred of the latter.
const JUDGEMENTS_MAX: u32 = 5_000;
/// Rest between two of them, in which the store's idle time passes.
const REST: Duration = Duration::from_millis(2);

/// Gives back memory after a millisecond. Nobody judges but who calls.
fn builder() -> StoreBuilder {
    Store::builder().set("tuner.idle_s", 0.001).set("tuner.window_ms", 60_000)
}

fn table_bytes<K: Eq + Hash, V>(store: &Store<K, V>) -> usize {
    store.telemetry().shards.iter().map(|shard| shard.table_bytes).sum()
}

/// Fills a store, and removes all but one in [`ONE_IN`]; tells what its tables took while it was full.
fn fill_and_empty(store: &Store<u64, u64>) -> usize {
    (0..FULL).for_each(|key| assert_eq!(store.insert(key, key), None));
    // The tuner sees it full: what was never full has yet to be filled.
    store.tune_now();
    let full = table_bytes(store);
    (0..FULL).filter(|key| key % ONE_IN != 0).for_each(|key| assert_eq!(store.remove(&key), Some((key, key))));
    full
}

/// What stays, in tables that never held more.
fn bytes_when_fresh(fresh: &Store<u64, u64>) -> usize {
    stays().for_each(|key| assert_eq!(fresh.insert(key, key), None));
    table_bytes(fresh)
}

fn stays() -> impl Iterator<Item = u64> {
    (0..FULL).step_by(ONE_IN as usize)
}

fn assert_given_back(store: &Store<u64, u64>, full: usize, fresh: usize, what: &str) {
    let left = table_bytes(store);
    println!(
        "{what}: {full} bytes full, {left} bytes with one entry in {ONE_IN}, {fresh} bytes fresh; {} shards",
        store.shard_count()
    );
    assert!(full > FRESH_MAX * fresh, "{what}: {full} bytes were no more than {fresh}");
    assert!(left <= FRESH_MAX * fresh, "{what}: {left} bytes are left, and {fresh} will do");
    assert_eq!(store.len() as u64, FULL / ONE_IN);
    assert!(stays().all(|key| store.get_cloned(&key) == Some(key)));
}

/// Judges until memory is back.
fn tune(store: &Store<u64, u64>, fresh: usize) {
    for _ in 0..JUDGEMENTS_MAX {
        if table_bytes(store) <= FRESH_MAX * fresh {
            return;
        }
        thread::sleep(REST);
        store.tune_now();
    }
}

#[test]
fn tuning_gives_memory_back() {
    let store: Store<u64, u64> = builder().build().expect("the policy is valid");
    let full = fill_and_empty(&store);
    let fresh = bytes_when_fresh(&builder().build().expect("the policy is valid"));
    tune(&store, fresh);
    assert_given_back(&store, full, fresh, "tune_now");
}

#[test]
fn shrink_to_fit_gives_memory_back() {
    let store: Store<u64, u64> = builder().build().expect("the policy is valid");
    let full = fill_and_empty(&store);
    let fresh = bytes_when_fresh(&builder().build().expect("the policy is valid"));
    store.shrink_to_fit();
    assert_given_back(&store, full, fresh, "shrink_to_fit");
}

#[test]
fn a_drop_in_map_gives_memory_back() {
    let map: DashMap<u64, u64> = builder().build_cooperative().expect("the policy is valid").into();
    let full = fill_and_empty(&map);
    let fresh = bytes_when_fresh(&builder().build_cooperative().expect("the policy is valid"));
    tune(&map, fresh);
    assert_given_back(&map, full, fresh, "DashMap::tune_now");

    let map: DashMap<u64, u64> = DashMap::new();
    let full = fill_and_empty(&map);
    map.shrink_to_fit();
    assert_given_back(&map, full, fresh, "DashMap::shrink_to_fit");
}

/// Nobody asks for it: the tuner's thread decides, and whoever reads carries it out.
#[test]
fn the_users_of_a_drop_in_map_give_memory_back() {
    let builder = Store::builder()
        .set("tuner.idle_s", 0.1)
        .set("tuner.window_ms", 20)
        .set("hot_keys.sample_every", 1)
        .set("hot_keys.samples_per_s_max", 1_000_000_000);
    let map: DashMap<u64, u64> = builder.build_cooperative().expect("the policy is valid").into();
    let full = fill_and_empty(&map);
    let fresh = bytes_when_fresh(&self::builder().build_cooperative().expect("the policy is valid"));
    for _ in 0..JUDGEMENTS_MAX {
        if table_bytes(&map) <= FRESH_MAX * fresh {
            break;
        }
        // A store that is touched once in a while is idle, and each access carries out a step.
        (0..5).for_each(|_| assert_eq!(map.get(&0).as_deref(), Some(&0)));
        thread::sleep(REST);
    }
    assert_given_back(&map, full, fresh, "used");
}
