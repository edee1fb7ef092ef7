//! Threads in each other's way: who waits for whom, who is told that it would wait for ever, and what becomes of locks whose
//! holders end in unusual ways. In every mode of the shards' locks.
#![forbid(unsafe_code)]

mod circles;
mod lifetimes;

use autoshard::Store;

/// A store that nobody tunes.
fn store() -> Store<u64, u64> {
    Store::builder().set("tuner.enabled", false).build().expect("the policy is valid")
}

/// Adds keys to the store until so many are in shards of their own; returns these.
fn keys_of_different_shards(store: &Store<u64, u64>, count: usize) -> Vec<u64> {
    let mut guards = Vec::new();
    for key in 0.. {
        if guards.len() == count {
            break;
        }
        // A shard that this thread holds already is refused.
        if store.try_get(&key).is_locked() {
            continue;
        }
        store.insert(key, 0);
        guards.push(store.get_mut(&key).expect("it was just put there"));
    }
    guards.iter().map(|guard| *guard.key()).collect()
}
