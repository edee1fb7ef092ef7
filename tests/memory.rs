//! Memory comes back after most entries have gone: by tuning, as often as somebody asks for it, and by `shrink_to_fit`.
#![forbid(unsafe_code)]

use std::{hash::Hash, thread, time::Duration};

use autoshard::{Store, StoreBuilder, compat::dashmap::DashMap};

/// Entries that are there at first. Builds with debug assertions take long for as many as programs have.
const FULL: u64 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
/// Of so many, one stays.
const ONE_IN: u64 = 100;
/// Shards of a store that must not have fewer: enough that they are not split as they fill.
const SHARDS: usize = 16;
/// Bytes of tables afterwards, at most, in tables of a store that never had more.
const FRESH_MAX: usize = 2;
/// Judgements, at most, until memory is back. It takes two or three.
const JUDGEMENTS_MAX: u32 = 1_000;
/// Rest between two of them, in which the store's idle time passes.
const REST: Duration = Duration::from_millis(2);

/// Gives back memory after a millisecond, whatever the last change has cost. Nobody judges but who calls.
fn builder() -> StoreBuilder {
    let builder = Store::builder().set("tuner.idle_s", 0.001).set("tuner.window_ms", 60_000);
    builder.set("tuner.cool_down_factor", 0)
}

fn table_bytes<K: Eq + Hash, V>(store: &Store<K, V>) -> usize {
    store.telemetry().shards.iter().map(|shard| shard.table_bytes).sum()
}

/// Fills a store, and removes all but one in [`ONE_IN`]; tells what its tables took while it was full.
fn fill_and_empty(store: &Store<u64, u64>) -> usize {
    fill(store);
    let full = table_bytes(store);
    empty(store);
    full
}

fn fill(store: &Store<u64, u64>) {
    (0..FULL).for_each(|key| assert_eq!(store.insert(key, key), None));
}

/// Removes all but one in [`ONE_IN`].
fn empty(store: &Store<u64, u64>) {
    (0..FULL).filter(|key| key % ONE_IN != 0).for_each(|key| assert_eq!(store.remove(&key), Some((key, key))));
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

/// The tuner has seen none of the shards full that serve when entries go: the ones that it saw were replaced before. Nor may it merge them,
/// which would give memory back as well.
#[test]
fn shards_that_were_replaced_while_full_give_memory_back() {
    let builder = || builder().set("shards.initial", SHARDS).set("shards.min", SHARDS);
    let fresh = bytes_when_fresh(&builder().build().expect("the policy is valid"));
    let stores: [(Store<u64, u64>, _); 2] = [
        (builder().build().expect("the policy is valid"), "copied"),
        (builder().build_cooperative().expect("the policy is valid"), "moved"),
    ];
    for (store, what) in stores {
        fill(&store);
        store.reshard(store.shard_count() * 2).expect("nobody holds a shard");
        store.reshard(SHARDS).expect("nobody holds a shard");
        let full = table_bytes(&store);
        empty(&store);
        tune(&store, fresh);
        assert_given_back(&store, full, fresh, what);
    }
}

/// Room that somebody asked for has yet to be filled.
#[test]
fn tuning_leaves_reserved_memory_alone() {
    let builder = || builder().set("shards.initial", SHARDS).set("shards.min", SHARDS);
    let made_with: Store<u64, u64> = builder().capacity(FULL as usize).build().expect("the policy is valid");
    let mut reserved: Store<u64, u64> = builder().build_cooperative().expect("the policy is valid");
    reserved.try_reserve(FULL as usize).expect("there is memory");
    for store in [made_with, reserved] {
        stays().for_each(|key| assert_eq!(store.insert(key, key), None));
        let before = table_bytes(&store);
        for _ in 0..10 {
            thread::sleep(REST);
            store.tune_now();
        }
        assert_eq!(table_bytes(&store), before);
        assert!(store.capacity() as u64 >= FULL);
    }
}
