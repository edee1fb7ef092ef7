//! Full shards are split by whoever inserts, as far as the policy allows.

use std::{
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
};

use autoshard::{Store, StoreBuilder, telemetry::EventKind};
use autoshard_tuning::BiasChoice;

use crate::stores::{Mode, SHARDS_MAX, builder};

/// Entries of each store here: more than [`SHARDS_MAX`] full shards have.
const ENTRIES: u64 = 2_000;

/// The same hashes in each run: whether a split would divide a few entries evenly enough is a matter of chance.
type Same = BuildHasherDefault<DefaultHasher>;

/// A builder of stores whose shards are split when they have 14 entries.
fn splitting() -> StoreBuilder<Same> {
    builder().hasher(Same::default()).set("shards.entries_max", "16")
}

fn fill(store: &Store<u64, u64, Same>) {
    for number in 0..ENTRIES {
        assert_eq!(store.insert(number, number), None);
    }
}

fn assert_complete(store: &Store<u64, u64, Same>) {
    assert_eq!(store.len() as u64, ENTRIES);
    let mut keys: Vec<u64> = store.iter().map(|entry| *entry.key()).collect();
    keys.sort_unstable();
    assert!(keys.into_iter().eq(0..ENTRIES));
    assert!((0..ENTRIES).all(|number| store.get_cloned(&number) == Some(number)));
}

#[test]
fn a_store_grows_to_the_most_shards_and_no_further() {
    for mode in Mode::ALL {
        let store: Store<u64, u64, Same> = mode.build(splitting());
        let mut events = store.events();
        fill(&store);
        assert_complete(&store);
        assert_eq!(store.shard_count(), SHARDS_MAX, "{mode:?}");
        let splits = store.telemetry().migrations.splits_in_growth;
        let targets: Vec<usize> = iter::from_fn(|| events.try_next())
            .filter_map(|event| match event.kind {
                EventKind::SplitInGrowth { targets, .. } => Some(targets.len()),
                _ => None,
            })
            .collect();
        assert_eq!(targets.len() as u64, splits, "{mode:?}");
        assert_eq!(4 + targets.iter().map(|targets| targets - 1).sum::<usize>(), SHARDS_MAX, "{mode:?}");
    }
}

#[test]
fn a_store_that_is_not_tuned_keeps_its_shards() {
    for (key, value) in [("tuner.enabled", "false"), ("tuner.strategy", "fixed")] {
        let store: Store<u64, u64, Same> = Mode::DualWrite.build(splitting().set(key, value));
        fill(&store);
        assert_eq!(store.shard_count(), 4, "{key} = {value}");
        assert_complete(&store);
    }
}

#[test]
fn fresh_shards_have_the_lock_of_the_full_one() {
    let store: Store<u64, u64, Same> = Mode::DualWrite.build(splitting().set("lock.bias", "fenced"));
    fill(&store);
    assert_eq!(store.shard_count(), SHARDS_MAX);
    // The environment has the last word on the mode.
    if store.policy().lock.bias == BiasChoice::Fenced {
        assert_eq!(store.telemetry().biases.fenced as usize, SHARDS_MAX);
    }
    assert_complete(&store);
}

#[test]
fn each_way_to_insert_splits() {
    type Insert = fn(&Store<u64, u64, Same>, u64);
    let ways: [Insert; 5] = [
        |store, number| {
            store.insert(number, number);
        },
        |store, number| store.upsert(number, || number, |_| unreachable!("it is not there")),
        |store, number| drop(store.entry(number).or_insert(number)),
        |store, number| {
            let _ = store.compare_exchange(number, None, Some(number));
        },
        |store, number| drop(store.try_entry(number).expect("nobody holds it").or_insert(number)),
    ];
    for (index, insert) in ways.into_iter().enumerate() {
        let store: Store<u64, u64, Same> = Mode::HandOver.build(splitting());
        (0..ENTRIES).for_each(|number| insert(&store, number));
        assert_complete(&store);
        assert_eq!(store.shard_count(), SHARDS_MAX, "way {index}");
    }
}

#[test]
fn removals_do_not_make_a_store_grow() {
    let store: Store<u64, u64, Same> = Mode::DualWrite.build(splitting());
    for number in 0..ENTRIES {
        store.insert(number, number);
        store.remove(&number);
    }
    assert_eq!(store.shard_count(), 4);
}

/// Leaves a key's bits where they are, so that all small numbers are of one slot.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[test]
fn what_is_all_of_one_slot_is_not_split() {
    let store: Store<u64, u64, _> =
        splitting().hasher(BuildHasherDefault::<AsItIs>::default()).build().expect("the policy is valid");
    (0..ENTRIES).for_each(|number| {
        store.insert(number, number);
    });
    assert_eq!(store.shard_count(), 4);
    assert_eq!(store.len() as u64, ENTRIES);
}

/// Whether hashing a [`Moody`] panics.
static IN_A_MOOD: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Moody(u64);

impl Hash for Moody {
    fn hash<H: Hasher>(&self, state: &mut H) {
        assert!(!IN_A_MOOD.load(Ordering::Relaxed) || self.0 >= ENTRIES, "on purpose");
        self.0.hash(state);
    }
}

#[test]
fn a_panic_in_a_hash_leaves_a_full_shard_as_it_was() {
    let store: Store<Moody, u64, Same> = Mode::HandOver.build(splitting().set("shards.initial", "1"));
    (0..14).for_each(|number| {
        store.insert(Moody(number), number);
    });
    IN_A_MOOD.store(true, Ordering::Relaxed);
    let outcome = catch_unwind(AssertUnwindSafe(|| store.insert(Moody(ENTRIES), 0)));
    IN_A_MOOD.store(false, Ordering::Relaxed);
    assert!(outcome.is_err(), "the shard is full, so its keys are hashed");
    assert_eq!((store.len(), store.shard_count()), (14, 1));
    assert_eq!(store.insert(Moody(ENTRIES), 0), None);
    assert_eq!((store.len(), store.shard_count()), (15, 2));
    assert!((0..14).all(|number| store.get_cloned(&Moody(number)) == Some(number)));
}
