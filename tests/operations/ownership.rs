//! Every key and every value is dropped exactly once, whatever it went through.

use std::sync::Arc;

use autoshard::Store;

use crate::{
    ledger::{Counted, CountedClone, Ledger},
    stores::{Mode, builder},
};

/// Entries that each test starts with.
const ENTRIES: u64 = 500;

/// Inserts, replaces, removes by every way there is, and moves entries in between.
fn exercise<K, V>(store: &Store<K, V>, key: impl Fn(u64) -> K, value: impl Fn(u64) -> V)
where
    K: Eq + std::hash::Hash,
{
    for number in 0..ENTRIES {
        store.insert(key(number), value(number));
    }
    store.reshard(16).expect("16 shards are allowed");
    for number in (0..ENTRIES).step_by(3) {
        store.insert(key(number), value(number + 1));
        store.update(&key(number), |old| *old = value(number));
    }
    for number in (0..ENTRIES).step_by(10) {
        drop(store.remove(&key(number)));
        drop(store.remove_if(&key(number + 1), |_, _| true));
        store.entry(key(number + 2)).and_modify(|old| *old = value(0)).or_insert_with(|| value(1));
        store.entry(key(ENTRIES + number)).or_insert_with(|| value(2));
        store.upsert(key(number), || value(3), |old| *old = value(4));
        store.alter(&key(number), |_, old| old);
    }
    store.reshard(3).expect("3 shards are allowed");
    let mut kept = 0_u64;
    store.retain(|_, _| {
        kept += 1;
        !kept.is_multiple_of(4)
    });
    store.shrink_to_fit();
    store.reshard(7).expect("7 shards are allowed");
    assert_eq!(store.iter().count(), store.len());
}

/// A store of each mode with counted keys and values, after [`exercise`].
fn exercised(mode: Mode, ledger: &Arc<Ledger>) -> Store<CountedClone, CountedClone> {
    let store = mode.store();
    let counted = |number| CountedClone(ledger.value(number));
    exercise(&store, counted, counted);
    store
}

#[test]
fn a_dropped_store_drops_each_entry_once() {
    for mode in Mode::ALL {
        let ledger = Arc::default();
        let store = exercised(mode, &ledger);
        assert_eq!(ledger.alive(), 2 * store.len() as i64, "{mode:?}: nothing but keys and values in the store");
        drop(store);
        assert!(ledger.made() > 0);
        assert_eq!(ledger.alive(), 0, "{mode:?}");
    }
}

#[test]
fn a_cleared_store_has_dropped_each_entry_once() {
    for mode in Mode::ALL {
        let ledger = Arc::default();
        let store = exercised(mode, &ledger);
        store.clear();
        assert_eq!(ledger.alive(), 0, "{mode:?}");
        assert!(store.is_empty());
    }
}

#[test]
fn an_owning_iterator_dropped_half_way_drops_the_rest() {
    for mode in Mode::ALL {
        let ledger = Arc::default();
        let store = exercised(mode, &ledger);
        let entries = store.len();
        let mut iterator = store.into_iter();
        let taken: Vec<_> = iterator.by_ref().take(entries / 2).collect();
        assert_eq!(ledger.alive(), 2 * entries as i64, "{mode:?}");
        drop(iterator);
        assert_eq!(ledger.alive(), 2 * taken.len() as i64, "{mode:?}");
        drop(taken);
        assert_eq!(ledger.alive(), 0, "{mode:?}");
    }
}

#[test]
fn a_view_and_its_copy_drop_each_entry_once() {
    for mode in Mode::ALL {
        let ledger = Arc::default();
        let view = exercised(mode, &ledger).into_read_only();
        let entries = view.len() as i64;
        let copy = view.clone();
        assert_eq!(ledger.alive(), 4 * entries, "{mode:?}: keys and values of both");
        drop(view);
        assert_eq!(ledger.alive(), 2 * entries, "{mode:?}");
        assert_eq!(copy.into_inner().into_iter().count() as i64, entries, "{mode:?}");
        assert_eq!(ledger.alive(), 0, "{mode:?}");
    }
}

#[test]
fn hand_over_makes_no_copies() {
    let ledger: Arc<Ledger> = Arc::default();
    let store: Store<Counted, Counted> = builder().build_by_hand_over().unwrap();
    for number in 0..ENTRIES {
        store.insert(ledger.value(number), ledger.value(number));
    }
    for shards in [1, 32, 5] {
        store.reshard(shards).expect("that many shards are allowed");
    }
    assert_eq!(ledger.made(), 2 * ENTRIES);
    assert_eq!(ledger.alive(), 2 * ENTRIES as i64);
    drop(store);
    assert_eq!(ledger.alive(), 0);
}

#[test]
fn an_insert_keeps_the_first_key_and_replace_entry_the_last() {
    /// Equal to every key of the same number, and yet another.
    #[derive(Clone, Debug)]
    struct Named(u64, &'static str);
    impl PartialEq for Named {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Named {}
    impl std::hash::Hash for Named {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    let store: Store<Named, u64> = Store::new();
    store.insert(Named(1, "first"), 1);
    store.insert(Named(1, "second"), 2);
    assert_eq!(store.get(&Named(1, "any")).unwrap().key().1, "first");
    if let autoshard::Entry::Occupied(entry) = store.entry(Named(1, "third")) {
        assert_eq!(entry.replace_entry(3).0.1, "first");
    }
    assert_eq!(store.get(&Named(1, "any")).unwrap().key().1, "third");
}
