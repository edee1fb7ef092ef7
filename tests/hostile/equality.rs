//! Keys whose `Eq` is no equality, or disagrees with their `Hash`: what they find is nobody's promise, but each entry is there once, is lent
//! once at a time, and is dropped once.

use std::{
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use autoshard::Store;

use crate::{
    ledger::{CountedClone, Ledger},
    stores::Mode,
};

/// Entries that each test begins with.
const ENTRIES: u64 = 200;

/// How a key answers.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// It equals nothing, not even itself.
    Never,
    /// It equals everything that it is compared with.
    Always,
    /// It changes its mind.
    InTurns,
    /// It equals its neighbour, whose hash is another one.
    Neighbour,
}

#[derive(Clone, Debug)]
struct Key {
    number: u64,
    manner: Manner,
    counted: CountedClone,
}

static TURN: AtomicU64 = AtomicU64::new(0);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match self.manner {
            Manner::Never => false,
            Manner::Always => true,
            Manner::InTurns => TURN.fetch_add(1, Ordering::Relaxed).is_multiple_of(2),
            Manner::Neighbour => self.number / 2 == other.number / 2,
        }
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Few hashes, so that many keys are compared.
        (self.number % 32).hash(state);
    }
}

/// Every operation, on keys that may be there.
fn use_store(store: &Store<Key, CountedClone>, key: impl Fn(u64) -> Key, value: impl Fn(u64) -> CountedClone) {
    for number in 0..ENTRIES {
        drop(store.insert(key(number), value(number)));
        drop(store.remove(&key(number + 1)));
        store.update(&key(number), |old| *old = value(number + 1));
        store.upsert(key(number), || value(0), |old| *old = value(1));
        store.alter(&key(number + 2), |_, old| old);
        drop(store.entry(key(number)).or_insert_with(|| value(2)));
        if let autoshard::Entry::Occupied(entry) = store.entry(key(number + 3)) {
            drop(entry.replace_entry(value(3)));
        }
        drop(store.compare_exchange(key(number), Some(&value(4)), None));
        store.get(&key(number)).map(|guard| guard.0.number);
    }
}

#[test]
fn whatever_eq_says_each_entry_is_there_once_and_dropped_once() {
    for mode in Mode::ALL {
        for manner in [Manner::Never, Manner::Always, Manner::InTurns, Manner::Neighbour] {
            let ledger: Arc<Ledger> = Arc::default();
            let key = |number| Key { number, manner, counted: CountedClone(ledger.value(number)) };
            let value = |number| CountedClone(ledger.value(number));
            let store: Store<Key, CountedClone> = mode.store();
            for shards in [3, 16, 1] {
                use_store(&store, key, value);
                // With a key that is not found again, a migration is given up: it may, but it must not lose any.
                let before = store.len();
                let _outcome = store.reshard(shards);
                assert_eq!(store.len(), before, "{mode:?} {manner:?}");
                let mut lent: Vec<*const CountedClone> = Vec::new();
                let guards: Vec<_> = store.iter_mut().collect();
                lent.extend(guards.iter().map(|guard| std::ptr::from_ref(guard.value())));
                lent.sort_unstable();
                lent.dedup();
                assert_eq!(lent.len(), before, "{mode:?} {manner:?}: an entry is lent twice");
                assert!(guards.iter().all(|guard| guard.key().counted.0.number == guard.key().number));
                drop(guards);
                assert_eq!(ledger.alive(), 2 * before as i64, "{mode:?} {manner:?}");
                store.retain(|key, _| key.number % 3 != 0);
            }
            drop(store);
            assert_eq!(ledger.alive(), 0, "{mode:?} {manner:?}");
        }
    }
}
