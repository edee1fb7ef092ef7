//! A panic in a user's closure, or in a key's or value's own code, leaves the store whole.

use std::{
    hash::{Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use autoshard::Store;

use crate::{
    ledger::{CountedClone, Ledger},
    stores::Mode,
};

/// Entries of each store here.
const ENTRIES: u64 = 100;

/// Runs what is to panic, and fails where it does not.
fn panics(operation: impl FnOnce()) {
    let outcome = catch_unwind(AssertUnwindSafe(operation));
    assert!(outcome.is_err(), "the closure's panic should have reached its caller");
}

/// A store of counted values under plain keys.
fn counted(mode: Mode, ledger: &Arc<Ledger>) -> Store<u64, CountedClone> {
    let store = mode.store();
    for number in 0..ENTRIES {
        store.insert(number, CountedClone(ledger.value(number)));
    }
    store
}

/// No lock is left behind, nothing is counted twice, and what the operation did not concern is still there.
fn assert_whole(store: &Store<u64, CountedClone>, touched: u64) {
    let mut keys: Vec<u64> = store.iter().map(|entry| *entry.key()).collect();
    keys.sort_unstable();
    assert_eq!(keys.len(), store.len());
    assert!((0..ENTRIES).filter(|key| *key != touched).all(|key| keys.binary_search(&key).is_ok()));
    for key in 0..ENTRIES {
        assert_eq!(store.try_get_mut(&key).is_present(), keys.binary_search(&key).is_ok());
    }
}

#[test]
fn a_panic_in_a_closure_on_one_entry_leaves_the_store_whole() {
    type Operation = (&'static str, fn(&Store<u64, CountedClone>));
    let operations: [Operation; 10] = [
        ("update", |store| store.update(&7, |_| panic!("on purpose")).unwrap_or(())),
        ("view", |store| store.view(&7, |_, _| panic!("on purpose")).unwrap_or(())),
        ("alter", |store| store.alter(&7, |_, _| panic!("on purpose"))),
        ("remove_if", |store| drop(store.remove_if(&7, |_, _| panic!("on purpose")))),
        ("remove_if_mut", |store| drop(store.remove_if_mut(&7, |_, _| panic!("on purpose")))),
        ("upsert, update", |store| store.upsert(7, || unreachable!("7 is there"), |_| panic!("on purpose"))),
        ("upsert, insert", |store| store.upsert(ENTRIES, || panic!("on purpose"), |_| unreachable!("it is not there"))),
        ("and_modify", |store| drop(store.entry(7).and_modify(|_| panic!("on purpose")))),
        ("or_insert_with", |store| drop(store.entry(ENTRIES).or_insert_with(|| panic!("on purpose")))),
        ("get_mut", |store| {
            let _guard = store.get_mut(&7);
            panic!("on purpose");
        }),
    ];
    for mode in Mode::ALL {
        for (name, operation) in operations {
            let ledger = Arc::default();
            let store = counted(mode, &ledger);
            panics(|| operation(&store));
            assert_whole(&store, 7);
            assert_eq!(ledger.alive(), store.len() as i64, "{mode:?}, {name}");
            store.reshard(9).unwrap_or_else(|error| panic!("{mode:?}, {name}: {error}"));
            assert_whole(&store, 7);
            drop(store);
            assert_eq!(ledger.alive(), 0, "{mode:?}, {name}");
        }
    }
}

#[test]
fn a_panic_in_a_closure_on_all_entries_leaves_the_store_whole() {
    type Operation = (&'static str, fn(&Store<u64, CountedClone>));
    let operations: [Operation; 3] = [
        ("retain", |store| store.retain(|key, _| if *key == 7 { panic!("on purpose") } else { true })),
        ("alter_all", |store| store.alter_all(|key, value| if *key == 7 { panic!("on purpose") } else { value })),
        ("iter_mut", |store| store.iter_mut().for_each(|entry| assert_ne!(*entry.key(), 7, "on purpose"))),
    ];
    for mode in Mode::ALL {
        for (name, operation) in operations {
            let ledger = Arc::default();
            let store = counted(mode, &ledger);
            panics(|| operation(&store));
            assert_whole(&store, 7);
            assert_eq!(ledger.alive(), store.len() as i64, "{mode:?}, {name}");
            drop(store);
            assert_eq!(ledger.alive(), 0, "{mode:?}, {name}");
        }
    }
}

/// Says so when its `Clone`, `Hash` or `Eq` is to panic.
#[derive(Debug)]
struct Touchy(u64, Arc<AtomicBool>);

impl Touchy {
    /// Panics while the flag is up.
    fn touch(&self) {
        assert!(!self.1.load(Ordering::Relaxed), "on purpose");
    }
}

impl Clone for Touchy {
    fn clone(&self) -> Self {
        self.touch();
        Self(self.0, Arc::clone(&self.1))
    }
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        self.touch();
        self.0 == other.0
    }
}

impl Eq for Touchy {}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.touch();
        self.0.hash(state);
    }
}

#[test]
fn a_panic_in_a_keys_own_code_aborts_the_migration_and_leaves_the_store_whole() {
    for mode in Mode::ALL {
        let armed = Arc::new(AtomicBool::new(false));
        let key = |number| Touchy(number, Arc::clone(&armed));
        let store: Store<Touchy, u64> = mode.store();
        for number in 0..ENTRIES {
            store.insert(key(number), number);
        }
        let shards = store.shard_count();

        armed.store(true, Ordering::Relaxed);
        // Whether the caller gets an error or the panic itself, the store must be as it was.
        let outcome = catch_unwind(AssertUnwindSafe(|| store.reshard(32)));
        armed.store(false, Ordering::Relaxed);
        assert!(!matches!(outcome, Ok(Ok(()))), "{mode:?}: resharding cannot have succeeded");
        assert_eq!(store.shard_count(), shards, "{mode:?}");
        assert_eq!((store.len() as u64, store.iter().count() as u64), (ENTRIES, ENTRIES), "{mode:?}");
        assert!((0..ENTRIES).all(|number| store.get_cloned(&key(number)) == Some(number)), "{mode:?}");

        store.reshard(32).unwrap_or_else(|error| panic!("{mode:?}: {error}"));
        assert!((0..ENTRIES).all(|number| store.get_cloned(&key(number)) == Some(number)), "{mode:?}");
    }
}

#[test]
fn a_panic_in_a_keys_own_code_during_an_operation_leaves_the_store_whole() {
    for mode in Mode::ALL {
        let armed = Arc::new(AtomicBool::new(false));
        let key = |number| Touchy(number, Arc::clone(&armed));
        let store: Store<Touchy, u64> = mode.store();
        for number in 0..ENTRIES {
            store.insert(key(number), number);
        }
        armed.store(true, Ordering::Relaxed);
        panics(|| assert_eq!(store.insert(key(ENTRIES), 0), None));
        panics(|| drop(store.remove(&key(1))));
        panics(|| drop(store.entry(key(1))));
        armed.store(false, Ordering::Relaxed);
        assert_eq!(store.len() as u64, ENTRIES, "{mode:?}");
        assert!((0..ENTRIES).all(|number| store.get_cloned(&key(number)) == Some(number)), "{mode:?}");
    }
}

#[test]
fn a_thread_that_would_wait_for_itself_gets_a_panic() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        store.insert(7, 0);
        let guard = store.get(&7).unwrap();
        panics(|| drop(store.get_mut(&7)));
        panics(|| assert_eq!(store.insert(7, 1), None));
        drop(guard);
        let guard = store.get_mut(&7).unwrap();
        panics(|| drop(store.get(&7)));
        panics(|| assert_eq!(store.iter().count(), 0));
        drop(guard);
        store.clear();
        assert!(store.is_empty(), "{mode:?}");
    }
}
