//! A thread that would wait for itself is told which operation wants what, and where it took what it holds: always, and at once.

use autoshard::{Entry, Store};

use crate::{
    KEYS, comes_free, keys_of_one_shard, store, told_of_oneself,
    writes::{OF_A_KEY, OF_ALL, Operation},
};

const READS: [Operation; 5] = [
    ("`get_cloned`", |store, key| {
        store.get_cloned(&key);
    }),
    ("`contains_key`", |store, key| assert!(store.contains_key(&key))),
    ("`view`", |store, key| {
        store.view(&key, |_, value| *value);
    }),
    ("oneself.rs", |store, key| drop(store.get(&key))),
    ("oneself.rs", |store, _| assert_eq!(store.iter().count(), 0)),
];

/// All is there, with these values for two keys that `clear`, for one, has not reached.
fn assert_untouched(store: &Store<u64, u64>, keys: &[u64]) {
    for key in keys {
        assert_eq!(store.get_cloned(key), Some(0), "{key}");
    }
}

#[test]
fn who_writes_under_its_own_guard_is_told_both_places() {
    for (name, write) in OF_A_KEY.into_iter().chain(OF_ALL) {
        let store = store();
        let keys = keys_of_one_shard(&store, 2);
        let taken = format!("by the guard taken at {}:{}", file!(), line!() + 1);
        let guard = store.get(&keys[0]);
        for key in &keys {
            let told = told_of_oneself(|| write(&store, *key));
            assert!(
                told.contains(name) && told.contains(&taken) && told.contains("for reading by the guard"),
                "{told}"
            );
        }
        drop(guard);
        assert_untouched(&store, &keys);
        keys.iter().for_each(|key| assert!(comes_free(|| store.try_get_mut(key).is_present()), "{name}"));
    }
}

#[test]
fn who_uses_a_shard_under_its_own_exclusive_guard_is_told() {
    for (name, operation) in OF_A_KEY.into_iter().chain(OF_ALL).chain(READS) {
        let store = store();
        let keys = keys_of_one_shard(&store, 2);
        let guard = store.get_mut(&keys[0]);
        for key in &keys {
            let told = told_of_oneself(|| operation(&store, *key));
            assert!(told.contains(name) && told.contains("for writing by the guard taken at"), "{told}");
        }
        drop(guard);
        assert_untouched(&store, &keys);
    }
}

#[test]
fn an_entry_within_an_entry_is_refused() {
    let store = store();
    let keys = keys_of_one_shard(&store, 3);
    let outer = store.entry(keys[0]);
    let told = told_of_oneself(|| drop(store.entry(keys[1]).or_insert(7)));
    assert_eq!(told.matches("oneself.rs").count(), 2, "{told}");
    assert!(store.try_entry(keys[2]).is_none());
    let told = told_of_oneself(|| {
        store.insert(keys[0], 7);
    });
    assert!(told.contains("`insert`"), "{told}");
    // As a value is made: the outer one is vacant, and stays so.
    drop(outer);
    store.remove(&keys[0]);
    let told = told_of_oneself(|| {
        store.entry(keys[0]).or_insert_with(|| store.get_cloned(&keys[1]).unwrap_or_default());
    });
    assert!(told.contains("`get_cloned`"), "{told}");
    assert!(matches!(store.entry(keys[0]), Entry::Vacant(_)));
    assert_eq!(store.len() as u64, KEYS - 1);
}

#[test]
fn what_is_handed_to_an_operation_is_told_of_that_operation() {
    let store = store();
    let keys = keys_of_one_shard(&store, 2);
    let write = || {
        store.insert(keys[1], 1);
    };
    let uses: [(&str, &dyn Fn()); 9] = [
        ("view", &|| {
            store.view(&keys[0], |_, _| write());
        }),
        ("update", &|| {
            store.update(&keys[0], |_| write());
        }),
        ("alter", &|| store.alter(&keys[1], |_, value| (write(), value).1)),
        ("remove_if", &|| {
            store.remove_if(&keys[0], |_, _| (write(), false).1);
        }),
        ("upsert", &|| store.upsert(keys[0], || 0, |_| write())),
        ("and_modify", &|| drop(store.entry(keys[0]).and_modify(|_| write()))),
        ("retain", &|| store.retain(|key, _| if *key == keys[0] { (write(), true).1 } else { true })),
        ("alter_all", &|| store.alter_all(|key, value| if *key == keys[0] { (write(), value).1 } else { value })),
        ("iter_mut", &|| store.iter_mut().filter(|entry| *entry.key() == keys[0]).for_each(|_| write())),
    ];
    for (name, operation) in uses {
        // The functions that own a value lose it when they panic.
        keys.iter().for_each(|key| {
            store.insert(*key, 0);
        });
        let told = told_of_oneself(operation);
        assert!(told.contains("by `insert`"), "{name}: {told}");
        let held = match name {
            "and_modify" => "by the guard taken at",
            "iter_mut" => "by the iterator made at",
            _ => "by an operation that is still running",
        };
        assert!(told.contains(held), "{name}: {told}");
        assert!(store.try_get_mut(&keys[1]).try_unwrap().is_none_or(|value| *value == 0), "{name}");
    }
    assert_eq!((store.iter().count() as u64, store.len() as u64), (KEYS, KEYS));
}

#[test]
fn reading_again_under_a_guard_for_reading_always_works() {
    let store = store();
    let keys = keys_of_one_shard(&store, 2);
    let held = store.get(&keys[0]);
    std::thread::scope(|scope| {
        // It waits for the guard, and the thread with the guard does not wait for it.
        scope.spawn(|| store.update(&keys[0], |value| *value += 1));
        for _ in 0..200 {
            std::thread::yield_now();
            let (again, beside) = (store.get(&keys[0]), store.get(&keys[1]));
            assert_eq!((again.map(|value| *value), beside.map(|value| *value)), (Some(0), Some(0)));
            assert_eq!(store.get_cloned(&keys[0]), Some(0));
            assert!(store.contains_key(&keys[1]));
            assert_eq!(store.view(&keys[1], |_, value| *value), Some(0));
            assert!(comes_free(|| store.try_get(&keys[1]).is_present()));
            assert_eq!(store.iter().filter(|entry| keys.contains(entry.key())).count(), 2);
        }
        drop(held);
    });
    assert_eq!(store.get_cloned(&keys[0]), Some(1));
}
