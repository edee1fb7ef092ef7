//! The store against `std::collections::HashMap`, by random operations; resharding and tuning are operations, too.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use proptest::{collection::vec, option, prelude::*, sample::select};

#[path = "../common/drawn.rs"]
mod drawn;
#[path = "../common/operation.rs"]
mod operation;
#[path = "../common/stores.rs"]
mod stores;

use drawn::Drawn;
use operation::{EntryOperation, Operation, apply, assert_same};
use stores::{Mode, SHARDS_MAX};

/// Keys are few, so that operations meet.
const KEYS: u64 = 48;

/// Values are fewer, so that comparisons succeed.
const VALUES: u64 = 4;

/// Cases of each property; `PROPTEST_CASES` does not change them, so that every run covers at least these.
const CASES: u32 = 300;

/// Operations of one case at most.
const OPERATIONS_MAX: usize = 120;

fn key() -> impl Strategy<Value = u64> {
    0..KEYS
}

fn value() -> impl Strategy<Value = u64> {
    0..VALUES
}

fn entry_operation() -> impl Strategy<Value = EntryOperation> {
    prop_oneof![
        value().prop_map(EntryOperation::OrInsert),
        value().prop_map(EntryOperation::AndModify),
        value().prop_map(EntryOperation::Insert),
        Just(EntryOperation::Remove),
        Just(EntryOperation::RemoveEntry),
        value().prop_map(EntryOperation::ReplaceEntry),
        Just(EntryOperation::Abandon),
    ]
}

/// An operation on one key.
fn on_one() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => (key(), value()).prop_map(|(key, value)| Operation::Insert(key, value)),
        2 => key().prop_map(Operation::Get),
        1 => (key(), value()).prop_map(|(key, value)| Operation::GetMut(key, value)),
        1 => key().prop_map(Operation::View),
        2 => key().prop_map(Operation::Remove),
        1 => (key(), any::<bool>()).prop_map(|(key, agreed)| Operation::RemoveIf(key, agreed)),
        1 => (key(), value(), any::<bool>()).prop_map(|(key, value, agreed)| Operation::RemoveIfMut(key, value, agreed)),
        1 => (key(), value()).prop_map(|(key, value)| Operation::Update(key, value)),
        1 => (key(), value()).prop_map(|(key, value)| Operation::Upsert(key, value)),
        2 => (key(), option::of(value()), option::of(value()))
            .prop_map(|(key, expected, new)| Operation::CompareExchange { key, expected, new }),
        1 => (key(), value()).prop_map(|(key, value)| Operation::Alter(key, value)),
        4 => (key(), entry_operation()).prop_map(|(key, entry)| Operation::Entry(key, entry)),
    ]
}

/// An operation on many keys, or on none.
fn on_many() -> impl Strategy<Value = Operation> {
    prop_oneof![
        vec(key(), 0..20).prop_map(Operation::GetMany),
        value().prop_map(Operation::AlterAll),
        value().prop_map(Operation::Retain),
        value().prop_map(Operation::IterMut),
        vec((key(), value()), 0..40).prop_map(Operation::Extend),
        Just(Operation::Clone),
        Just(Operation::Clear),
        Just(Operation::ShrinkToFit),
    ]
}

/// What the tuner may do at any moment.
fn of_the_tuner() -> impl Strategy<Value = Operation> {
    let shards_max = u8::try_from(SHARDS_MAX).expect("the tests have few shards");
    prop_oneof![
        4 => (1..=shards_max).prop_map(Operation::Reshard),
        1 => Just(Operation::TuneNow),
    ]
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    vec(prop_oneof![8 => on_one(), 2 => on_many(), 2 => of_the_tuner()], 1..OPERATIONS_MAX)
}

/// Applies the operations to an empty store of the mode and to an empty model.
fn run<K: Drawn, V: Drawn>(mode: Mode, operations: &[Operation]) {
    let mut store = mode.store::<K, V>();
    let mut model = HashMap::new();
    for operation in operations {
        apply(operation, &mut store, &mut model);
    }
    assert_same(&store, &model);
    assert_eq!(store.telemetry().migrations.mismatches, 0);
    assert_eq!(store.into_iter().collect::<HashMap<K, V>>(), model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers(mode in select(Mode::ALL.to_vec()), operations in operations()) {
        run::<u64, u64>(mode, &operations);
    }

    #[test]
    fn texts(mode in select(Mode::ALL.to_vec()), operations in operations()) {
        run::<String, String>(mode, &operations);
    }
}
