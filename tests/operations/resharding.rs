//! Shards split and merged by hand, and what telemetry says of it.

use autoshard::Store;

use crate::stores::{Mode, SHARDS_MAX, builder};

/// Entries of each store here.
const ENTRIES: u64 = 2_000;

/// A store with 0 to [`ENTRIES`], each under itself.
fn numbers(mode: Mode) -> Store<u64, u64> {
    let store = mode.store();
    for number in 0..ENTRIES {
        store.insert(number, number);
    }
    store
}

/// Every entry is found by look-up and by iteration, once.
fn assert_complete(store: &Store<u64, u64>) {
    assert_eq!(store.len() as u64, ENTRIES);
    let mut keys: Vec<u64> = store.iter().map(|entry| *entry.key()).collect();
    keys.sort_unstable();
    assert!(keys.into_iter().eq(0..ENTRIES));
    assert!((0..ENTRIES).all(|number| store.get_cloned(&number) == Some(number)));
}

#[test]
fn every_assignment_of_slots_serves_and_is_kept_when_the_number_of_shards_changes() {
    for assignment in ["ranges", "modulo", "bitmask", "consistent"] {
        let builder = Store::builder().set("tuner.enabled", false).set("shards.slots", 256).set("shards.max", 64);
        let store = builder.set("shards.initial", 5).set("shards.assignment", assignment).build().expect("it is valid");
        (0..2000).for_each(|key| assert_eq!(store.insert(key, key), None));
        let is_rounded = assignment == "bitmask";
        for (wanted, rounded) in [(5, 8), (6, 8), (12, 16), (64, 64), (3, 4), (1, 1)] {
            store.reshard(wanted).expect("nobody is in the way");
            assert_eq!(store.shard_count(), if is_rounded { rounded } else { wanted }, "{assignment}");
            assert!((0..2000).all(|key| store.get_cloned(&key) == Some(key)), "{assignment}: {wanted}");
            assert_eq!(store.len(), 2000, "{assignment}: {wanted}");
        }
    }
    let error = Store::builder().set("shards.assignment", "bitmask").set("shards.max", 48).build::<u64, u64>();
    assert!(error.unwrap_err().to_string().contains("must be a power of two"));
}

#[test]
fn a_store_takes_any_number_of_shards() {
    for mode in Mode::ALL {
        let store = numbers(mode);
        for shards in [1, 2, 3, 64, 63, 17, 1, 64, 1] {
            store.reshard(shards).unwrap_or_else(|error| panic!("{mode:?}, {shards} shards: {error}"));
            assert_eq!(store.shard_count(), shards, "{mode:?}");
            assert_complete(&store);
        }
    }
}

#[test]
fn a_number_of_shards_out_of_limits_is_refused_in_a_sentence() {
    for mode in Mode::ALL {
        let store = numbers(mode);
        let shards = store.shard_count();
        for refused in [0, SHARDS_MAX + 1, usize::MAX] {
            let error = store.reshard(refused).unwrap_err();
            assert!(error.to_string().contains(&refused.to_string()), "{error}");
        }
        assert_eq!(store.shard_count(), shards);
        assert_complete(&store);
    }
}

#[test]
fn resharding_an_empty_store_is_no_work() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        store.reshard(16).unwrap();
        assert_eq!(store.shard_count(), 16);
        assert_eq!(store.telemetry().migrations.entries_copied, 0);
        store.insert(1, 1);
        assert_eq!(store.len(), 1);
    }
}

#[test]
fn telemetry_counts_what_resharding_did() {
    for mode in Mode::ALL {
        let store = numbers(mode);
        store.reshard(1).unwrap();
        let before = store.telemetry();
        store.reshard(16).unwrap();
        let after = store.telemetry();

        assert_eq!((after.entries as u64, after.slots), (ENTRIES, 64));
        assert_eq!(after.shards.len(), 16);
        assert_eq!(after.shards.iter().map(|shard| shard.slots).sum::<u32>(), after.slots);
        assert_eq!(after.shards.iter().map(|shard| shard.entries as u64).sum::<u64>(), ENTRIES);
        assert!(after.migrations.started > before.migrations.started);
        assert!(after.migrations.completed > before.migrations.completed);
        assert_eq!(after.migrations.aborted, before.migrations.aborted);
        assert_eq!(after.migrations.mismatches, 0);
        assert!(after.migrations.entries_copied - before.migrations.entries_copied >= ENTRIES, "{mode:?}");
        assert_eq!(after.migrations.state, "idle");
    }
}

#[test]
fn a_clone_is_a_store_of_its_own() {
    for mode in Mode::ALL {
        let store = numbers(mode);
        let copy = store.clone();
        store.reshard(2).unwrap();
        store.clear();
        assert_complete(&copy);
        copy.reshard(32).unwrap();
        assert_complete(&copy);
    }
}

#[test]
fn an_iterator_begun_before_resharding_is_not_disturbed() {
    // The iterator holds a shard that has entries left, so a migration of that shard cannot be cut over; resharding must
    // give up rather than wait for the guard of its own thread.
    for mode in Mode::ALL {
        let store = numbers(mode);
        let mut entries = store.iter();
        let first = entries.next().map(|entry| *entry.key());
        let outcome = store.reshard(32);
        let mut keys: Vec<u64> = first.into_iter().chain(entries.map(|entry| *entry.key())).collect();
        keys.sort_unstable();
        assert!(keys.into_iter().eq(0..ENTRIES), "{mode:?}, {outcome:?}");
        assert_complete(&store);
    }
}

#[test]
fn tune_now_says_why() {
    for mode in Mode::ALL {
        let store = numbers(mode);
        let record = store.tune_now();
        assert!(!record.reason.is_empty() && !record.cause.is_empty(), "{record:?}");
        assert_complete(&store);
    }
}

#[test]
fn a_policy_that_is_wrong_builds_nothing() {
    assert!(builder().set("shards.maximum", "64").build::<u64, u64>().is_err());
    let error = builder().set("shards.max", "many").build::<u64, u64>().unwrap_err();
    assert!(error.to_string().contains("shards.max"), "{error}");
    assert!(builder().policy_file("there/is/no/such/policy.toml").build::<u64, u64>().is_err());
}
