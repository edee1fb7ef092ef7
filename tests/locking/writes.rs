//! Operations that write, by the names that a refusal gives them; guards go by their places.

use autoshard::Store;

pub(crate) type Operation = (&'static str, fn(&Store<u64, u64>, u64));

pub(crate) const OF_A_KEY: [Operation; 8] = [
    ("`insert`", |store, key| {
        store.insert(key, 1);
    }),
    ("`remove_if_mut`", |store, key| {
        store.remove(&key);
    }),
    ("`update`", |store, key| {
        store.update(&key, |value| *value = 1);
    }),
    ("`upsert`", |store, key| store.upsert(key, || 1, |value| *value = 1)),
    ("`alter`", |store, key| store.alter(&key, |_, value| value + 1)),
    ("`compare_exchange`", |store, key| {
        let _ = store.compare_exchange(key, None, None);
    }),
    ("writes.rs", |store, key| drop(store.get_mut(&key))),
    ("writes.rs", |store, key| drop(store.entry(key))),
];

pub(crate) const OF_ALL: [Operation; 5] = [
    ("`retain`", |store, _| store.retain(|_, _| true)),
    ("`alter_all`", |store, _| store.alter_all(|_, value| value)),
    ("`clear`", |store, _| store.clear()),
    ("`shrink_to_fit`", |store, _| store.shrink_to_fit()),
    ("writes.rs", |store, _| store.iter_mut().for_each(drop)),
];
