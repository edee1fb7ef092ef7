//! Threads in each other's way: who waits for whom, who is told that it would wait for ever, and what becomes of locks whose
//! holders end in unusual ways. In every mode of the shards' locks.
#![forbid(unsafe_code)]

mod circles;
mod dashmap;
mod drop_in;
mod iterators;
mod lifetimes;
mod luck;
mod oneself;
mod orders;
mod readers;
mod writes;

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use autoshard::Store;

/// Keys that are there in each store here.
const KEYS: u64 = 1_000;

/// A shard, by its store and one of its keys.
type Shard = (Arc<Store<u64, u64>>, u64);

/// A store that nobody tunes, with 0 to [`KEYS`], each with 0.
fn store() -> Store<u64, u64> {
    let store = Store::builder().set("tuner.enabled", false).build().expect("the policy is valid");
    (0..KEYS).for_each(|key| {
        store.insert(key, 0);
    });
    store
}

/// So many keys in shards of their own.
fn keys_of_different_shards(store: &Store<u64, u64>, count: usize) -> Vec<u64> {
    // A shard that this thread holds already is refused.
    let guards: Vec<_> = (0..KEYS).filter_map(|key| store.try_get_mut(&key).try_unwrap()).take(count).collect();
    assert_eq!(guards.len(), count, "there are so many shards");
    guards.iter().map(|guard| *guard.key()).collect()
}

/// So many keys in one shard.
fn keys_of_one_shard(store: &Store<u64, u64>, count: usize) -> Vec<u64> {
    let _first = store.get_mut(&0);
    let keys: Vec<_> = (0..KEYS).filter(|key| !comes_free(|| store.try_get(key).is_present())).take(count).collect();
    assert_eq!(keys.len(), count, "a shard has so many keys");
    keys
}

/// So many shards, each of a store of its own; and all of one store, but not in builds that refuse to write to one under the guard of
/// another.
fn shards(count: usize) -> Vec<Vec<Shard>> {
    let apart = (0..count).map(|_| (Arc::new(store()), 7)).collect();
    if cfg!(debug_assertions) {
        return vec![apart];
    }
    let store = Arc::new(store());
    let together = keys_of_different_shards(&store, count).into_iter().map(|key| (Arc::clone(&store), key)).collect();
    vec![apart, together]
}

/// Forgets a guard or an iterator. What it owns can still be found from here, so that no leak checker takes it for lost by accident.
fn forget<T>(value: T) {
    static FORGOTTEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let address = ptr::from_mut(Box::leak(Box::new(value))).expose_provenance();
    FORGOTTEN.lock().unwrap_or_else(PoisonError::into_inner).push(address);
}

/// Tries of whoever finds a shard locked, before it takes it for held: several times what the tuner's patience is.
const TRIES: usize = 100;
/// Rest between two of them.
const REST: Duration = Duration::from_millis(1);

/// Whether something can be had that is not held by a guard. The tuner, where the policy forces a mode, and whoever leaves may be in the way for a
/// moment.
fn comes_free(mut is_had: impl FnMut() -> bool) -> bool {
    (0..TRIES).any(|_| {
        let had = is_had();
        if !had {
            thread::sleep(REST);
        }
        had
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("", String::as_str)
}

/// What somebody is told who is refused; fails if he is not.
fn told(refused: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(refused)).expect_err("this should have been refused");
    message(&*panic).to_owned()
}

/// Runs what is to be refused where it would wait for itself, and tells what was said.
fn told_of_oneself(refused: impl FnOnce()) -> String {
    let told = told(refused);
    assert!(told.starts_with("this thread would wait for itself"), "{told}");
    told
}
