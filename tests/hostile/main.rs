//! Keys and values whose own code contradicts itself or panics, and guards that are forgotten: the store stays whole, nobody
//! hangs, and no value is lent twice.

#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/stores.rs"]
mod stores;

mod drops;
mod equality;
mod one_hash;

use std::{
    hash::{BuildHasherDefault, Hash, Hasher},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    thread,
};

use autoshard::Store;

/// Passes a `u64` through, so that a test decides where its keys go.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys here hash as a u64");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type AsIsBuilder = BuildHasherDefault<AsIs>;

/// The bit that decides between the two halves of the slots.
const UPPER_HALF: u64 = 1 << 56;

/// Equal to its like in the other half, though their hashes differ.
#[derive(Clone, Debug)]
struct Contradictory(u64);

impl Hash for Contradictory {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

impl PartialEq for Contradictory {
    fn eq(&self, other: &Self) -> bool {
        self.0 & !UPPER_HALF == other.0 & !UPPER_HALF
    }
}

impl Eq for Contradictory {}

#[test]
fn no_value_is_lent_twice_though_eq_contradicts_hash() {
    let builder = Store::builder().hasher(AsIsBuilder::default()).set("tuner.enabled", false);
    let store: Store<Contradictory, u64, _> = builder.build_by_hand_over().unwrap();
    for number in 0..2000 {
        store.insert(Contradictory(number), number);
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..60 {
                let _outcome = store.reshard(1 + round % 2);
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut number = 0;
        while !done.load(Ordering::Relaxed) {
            number = (number + 1) % 2000;
            let lower = store.try_get_mut(&Contradictory(number)).try_unwrap();
            let upper = store.try_get_mut(&Contradictory(number | UPPER_HALF)).try_unwrap();
            if let (Some(lower), Some(upper)) = (lower, upper) {
                assert!(
                    !std::ptr::eq(lower.value(), upper.value()),
                    "two exclusive references to the value of {number}"
                );
            }
        }
    });
    assert_eq!(store.len(), 2000);
}

/// Hashes differently every now and then.
#[derive(Debug)]
struct Fickle(u64);

static FICKLE_HASHES: AtomicU64 = AtomicU64::new(0);

impl Hash for Fickle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let spoilt = FICKLE_HASHES.fetch_add(1, Ordering::Relaxed) % 97 == 96;
        (self.0 ^ u64::from(spoilt)).hash(state);
    }
}

impl PartialEq for Fickle {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Fickle {}

#[test]
fn a_hash_that_contradicts_itself_ends_a_migration_and_nothing_else() {
    let store: Store<Fickle, u64> = Store::builder().set("tuner.enabled", false).build_cooperative().unwrap();
    for number in 0..1000 {
        store.insert(Fickle(number), number);
    }
    for shards in [1, 4, 2] {
        let _outcome = store.reshard(shards);
    }
    assert!(store.insert(Fickle(5000), 1).is_none());
    assert!(store.len() <= 1001);
}

#[test]
fn what_retain_wrote_before_it_panicked_survives_a_migration() {
    for by_hand_over in [false, true] {
        let builder = || Store::builder().set("tuner.enabled", false);
        let store: Store<u64, u64> =
            if by_hand_over { builder().build_by_hand_over() } else { builder().build() }.unwrap();
        for number in 0..200 {
            store.insert(number, 0);
        }
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut shards = 1;
                while !done.load(Ordering::Relaxed) {
                    shards = shards % 4 + 1;
                    let _outcome = store.reshard(shards);
                }
            });
            for round in 1..=300 {
                let written = AtomicU64::new(u64::MAX);
                let unwound = catch_unwind(AssertUnwindSafe(|| {
                    store.retain(|&key, value| {
                        *value = round;
                        written.store(key, Ordering::Relaxed);
                        panic!("half-way");
                    });
                }));
                assert!(unwound.is_err());
                let key = written.into_inner();
                assert_eq!(store.get_cloned(&key), Some(round), "round {round}");
                store.update(&key, |value| assert_eq!(*value, round, "round {round}"));
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(store.len(), 200);
    }
}

#[test]
fn an_entry_is_replaced_in_a_table_without_room() {
    let store: Store<u64, u64> = Store::builder().set("shards.initial", 1).set("tuner.enabled", false).build().unwrap();
    for key in 0..112 {
        store.insert(key, key);
    }
    for round in 0..200_000_u64 {
        // Removals leave tombstones, so that sooner or later the table is full of them.
        let key = round * 7919 % 224;
        if store.remove(&key).is_none() && store.len() < 112 {
            store.insert(key, key);
        }
        let key = round * 104_729 % 224;
        if let autoshard::Entry::Occupied(entry) = store.entry(key) {
            assert_eq!(entry.replace_entry(key).0, key);
        }
    }
    assert_eq!(store.iter().count(), store.len());
    assert!(store.iter().all(|entry| entry.key() == entry.value()));
}

#[test]
fn a_forgotten_guard_does_not_keep_a_store_from_being_consumed() {
    let store: Store<u64, u64> = (0..100).map(|key| (key, key)).collect();
    mem::forget(store.get(&7));
    assert_eq!(store.into_iter().count(), 100);
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// Counts its end, and panics at it if it is the bad one.
#[derive(Debug)]
struct Bad(bool);

impl Drop for Bad {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
        assert!(!self.0, "a Drop that panics");
    }
}

#[test]
fn one_entry_that_panics_when_dropped_leaks_no_other() {
    let store: Store<u64, Bad> = Store::builder().set("shards.initial", 64).build_by_hand_over().unwrap();
    for key in 0..6400 {
        store.insert(key, Bad(key == 99));
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(store))).is_err());
    let dropped = DROPPED.load(Ordering::Relaxed);
    assert_eq!(dropped, 6400);
}

#[test]
fn a_capacity_that_no_memory_has_is_refused_at_once() {
    let refused = catch_unwind(|| Store::<u64, u64>::with_capacity(usize::MAX / 2));
    assert!(refused.is_err());
}
