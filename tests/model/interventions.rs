//! Interventions, drawn at random.

use autoshard::{Store, telemetry::BiasCounts};
use proptest::prelude::*;

use crate::{
    intervention::{Intervention, Mode, Wish},
    stores,
};

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        any::<u8>().prop_map(Wish::Count),
        any::<u8>().prop_map(Wish::Isolate),
        any::<u8>().prop_map(Wish::Shrink),
        any::<(u8, u8)>().prop_map(|(one, other)| Wish::Regroup(one, other)),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Neutral), Just(Mode::Fenced), Just(Mode::Asymmetric), any::<u8>().prop_map(Mode::Owned)]
}

/// Any intervention.
pub(crate) fn intervention() -> impl Strategy<Value = Intervention> {
    prop_oneof![
        4 => wish().prop_map(Intervention::Begin),
        8 => any::<u8>().prop_map(Intervention::Step),
        1 => Just(Intervention::Abort),
        2 => mode().prop_map(Intervention::Lock),
        1 => Just(Intervention::Audit),
    ]
}

/// A store with an entry for each number.
fn store(mode: stores::Mode) -> Store<u64, u64> {
    let store = mode.store();
    (0..100).for_each(|number| assert_eq!(store.insert(number, number), None));
    store
}

#[test]
fn a_migration_goes_on_between_operations() {
    for mode in stores::Mode::ALL {
        let store = store(mode);
        Intervention::Begin(Wish::Count(0)).apply(&store);
        let mut operations = 0;
        while store.telemetry().migrations.completed == 0 {
            Intervention::Step(0).apply(&store);
            assert_eq!(store.update(&(operations % 100), |value| *value += 1), Some(()));
            operations += 1;
        }
        // A step copies an entry or so, and there are about as many as there are entries.
        assert!(operations > 10, "{mode:?}: {operations}");
        Intervention::Audit.apply(&store);
        assert_eq!(store.iter().map(|entry| entry.value() - entry.key()).sum::<u64>(), operations, "{mode:?}");
    }
}

#[test]
fn a_migration_is_given_up_half_way() {
    for mode in stores::Mode::ALL {
        let store = store(mode);
        Intervention::Begin(Wish::Count(0)).apply(&store);
        Intervention::Step(15).apply(&store);
        Intervention::Abort.apply(&store);
        Intervention::Audit.apply(&store);
        let migrations = store.telemetry().migrations;
        assert!(migrations.aborted > 0, "{mode:?}: {migrations:?}");
        assert!((0..100).all(|number| store.get_cloned(&number) == Some(number)), "{mode:?}");
    }
}

#[test]
fn every_wish_comes_true() {
    for mode in stores::Mode::ALL {
        for wish in [Wish::Isolate(9), Wish::Shrink(9), Wish::Regroup(0, 63), Wish::Count(8)] {
            let store = store(mode);
            let shards = store.shard_count() + usize::from(matches!(wish, Wish::Isolate(_)));
            Intervention::Begin(wish.clone()).apply(&store);
            Intervention::Audit.apply(&store);
            let expected = if let Wish::Count(shards) = wish { usize::from(shards) + 1 } else { shards };
            let migrations = store.telemetry().migrations;
            assert!(migrations.completed > 0, "{mode:?}, {wish:?}: {migrations:?}");
            assert_eq!(store.shard_count(), expected, "{mode:?}, {wish:?}");
        }
    }
}

#[test]
fn every_mode_of_the_lock_is_put_in_place() {
    let store = store(stores::Mode::DualWrite);
    let shards = store.shard_count() as u32;
    for mode in [Mode::Fenced, Mode::Asymmetric, Mode::Owned(0), Mode::Neutral] {
        Intervention::Lock(mode).apply(&store);
        let BiasCounts { neutral, fenced, asymmetric, owned, .. } = store.telemetry().biases;
        // Where the system has no heavy barrier, the next best takes the place of two of them.
        let found = match mode {
            Mode::Neutral => neutral,
            Mode::Fenced => fenced,
            Mode::Asymmetric => asymmetric.max(fenced),
            Mode::Owned(_) => owned.max(neutral),
        };
        assert_eq!(found, shards, "{mode:?}");
    }
}
