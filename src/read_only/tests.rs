//! Views of stores in the middle of a migration: steps are run by hand, so that it stands still wherever it may.
#![forbid(unsafe_code)]

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use autoshard_tuning::plan_to_count;

use super::*;
use crate::{
    body::{Body, Capabilities},
    control::{Control, Driver},
    migration::Step,
    sync::Arc,
};

/// Entries of each store: enough for every shard of [`SHARDS`] to have some, few enough to stop after each one.
const ENTRIES: u64 = 40;
/// Shards before the migrations, and after.
const SHARDS: (usize, usize) = (2, 8);

/// A store that nobody but the test migrates: by dual-write if its entries can be cloned, else by hand-over.
fn store(can_clone: bool) -> Store<u64, String> {
    let builder =
        Store::builder().set("tuner.enabled", false).set("migration.batch", 1).set("shards.initial", SHARDS.0);
    let original = builder.build_cooperative::<u64, String>().expect("the policy is valid");
    let capabilities = Capabilities::cooperative();
    let capabilities = if can_clone { capabilities.with_clone() } else { capabilities };
    let body = Body::new(
        Control::new(original.control().policy.alike(), Driver::Callers),
        RandomState::new(),
        capabilities,
        0,
    );
    let store = Store::from_body(body);
    for key in 0..ENTRIES {
        store.insert(key, key.to_string());
    }
    store
}

fn assert_shows_all(view: &ReadOnlyView<u64, String>) {
    assert_eq!(view.len() as u64, ENTRIES);
    assert_eq!(view.iter().count() as u64, ENTRIES, "each entry once");
    let entries: BTreeMap<u64, &String> = view.iter().map(|(&key, value)| (key, value)).collect();
    for key in 0..ENTRIES {
        assert_eq!(view.get(&key), Some(&key.to_string()));
        assert_eq!(entries.get(&key).copied(), view.get(&key));
    }
    assert_eq!(view.get(&ENTRIES), None);
}

#[test]
fn a_view_shows_each_entry_once_wherever_a_migration_stands_still() {
    for can_clone in [true, false] {
        let mut stood_still = 0;
        for steps in 0.. {
            let store = store(can_clone);
            store.control().submit(plan_to_count(&store.control().directory.shards(), &[], SHARDS.1));
            let is_over = (0..steps).any(|_| store.body().step(Duration::ZERO) == Step::Idle);
            stood_still += u32::from(store.control().stats().iter().any(|shard| shard.migrating));

            let view = store.into_read_only();
            assert_shows_all(&view);
            assert_shows_all(&view.clone());
            let store = view.into_inner();

            while store.body().step(Duration::ZERO) != Step::Idle {}
            assert_eq!(store.shard_count(), SHARDS.1, "the migration went on to its end");
            assert_shows_all(&store.into_read_only());
            if is_over {
                break;
            }
        }
        assert!(stood_still > 0, "no view was taken in the middle of a migration");
    }
}

#[test]
fn a_store_that_comes_back_from_a_view_serves_and_tells_events_on() {
    let store: Store<u64, u64> = Store::new();
    let mut events = store.events();
    let view = store.into_read_only();
    assert_eq!(view.get(&1), None, "nothing is laid out yet");
    assert!(view.store.control().is_closed());
    assert!(!events.is_ended());
    let store = view.into_inner();
    assert!(!store.control().is_closed());
    store.insert(1, 2);
    store.reshard(4).expect("4 shards are allowed");
    assert_eq!(store.get_cloned(&1), Some(2));
    drop(store.into_read_only());
    assert!(events.try_next().is_some(), "it told of the shards that were asked for");
    while events.try_next().is_some() {}
    assert!(events.is_ended());
}

#[test]
fn a_store_in_the_middle_of_a_step_does_not_become_a_view() {
    let store = store(true);
    let body = Arc::clone(store.body());
    let step = body.migrator.lock();
    let panicked = catch_unwind(AssertUnwindSafe(|| drop(store.into_read_only()))).is_err();
    drop(step);
    assert!(panicked, "the step could have changed what the view shows");
}
