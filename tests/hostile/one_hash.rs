//! A hasher that gives all keys one hash, so that they share a slot, and a chain in it: slow, and right.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, Hasher},
    thread,
};

use autoshard::Store;

use crate::stores::{Mode, builder};

/// Keys of each store.
const KEYS: u64 = 300;

/// Gives every key this hash.
#[derive(Clone, Copy)]
struct One(u64);

impl Hasher for One {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}
}

impl BuildHasher for One {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

fn assert_holds(store: &Store<u64, u64, One>, expected: &BTreeMap<u64, u64>, label: &str) {
    let found: BTreeMap<u64, u64> = store.iter().map(|entry| (*entry.key(), *entry.value())).collect();
    assert!(
        found == *expected && store.len() == expected.len(),
        "{label}: {} of {} entries",
        found.len(),
        expected.len()
    );
    assert!((0..KEYS).all(|key| store.get_cloned(&key) == expected.get(&key).copied()), "{label}");
}

#[test]
fn all_keys_may_have_one_hash() {
    for (mode, hash) in Mode::ALL.into_iter().flat_map(|mode| [0, 1 << 56, u64::MAX].map(|hash| (mode, hash))) {
        let label = format!("{mode:?}, {hash}");
        let store: Store<u64, u64, One> = mode.build(builder().hasher(One(hash)));
        let mut expected = BTreeMap::new();
        for key in 0..KEYS {
            assert_eq!(store.insert(key, key), expected.insert(key, key), "{label}");
        }
        for shards in [1, 7, 64, 2] {
            let outcome = store.reshard(shards);
            // Targets of a hand-over never grow, and no plan foresees that all entries go to one of them: it is given up.
            assert!(outcome.is_ok() || mode != Mode::DualWrite, "{label}: {outcome:?}");
            store.tune_now();
            assert_holds(&store, &expected, &label);
            let some = shards as u64;
            assert_eq!(store.remove(&some), expected.remove_entry(&some), "{label}");
            store.upsert(some + 1, || 0, |value| *value += 1);
            expected.entry(some + 1).and_modify(|value| *value += 1).or_insert(0);
            store.retain(|key, _| key % 64 != some);
            expected.retain(|key, _| key % 64 != some);
            store.shrink_to_fit();
            assert_holds(&store, &expected, &label);
        }
    }
}

#[test]
fn threads_meet_in_the_one_slot_while_it_moves() {
    for mode in Mode::ALL {
        let store: Store<u64, u64, One> = mode.build(builder().hasher(One(99)));
        (0..KEYS).for_each(|key| assert_eq!(store.insert(key, 0), None));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..KEYS).for_each(|key| assert!(store.update(&key, |value| *value += 1).is_some())));
            }
            // Gives way to the others as often as not; none of what follows depends on it.
            scope.spawn(|| (0..10).for_each(|round| _ = store.reshard(1 + round % 5)));
        });
        assert_eq!(store.len() as u64, KEYS, "{mode:?}");
        assert!(store.iter().all(|entry| *entry == 3), "{mode:?}");
    }
}
