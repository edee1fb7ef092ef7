//! The store against `std::collections::HashMap`, by random operations; resharding and tuning are operations, too.
#![forbid(unsafe_code)]

use proptest::{collection::vec, option, prelude::*, sample::select};

#[path = "../common/drawn.rs"]
mod drawn;
#[cfg(fuzzing)]
#[path = "../common/intervention.rs"]
mod intervention;
#[path = "../common/operation.rs"]
mod operation;
#[path = "../common/stores.rs"]
mod stores;

#[cfg(fuzzing)]
mod interventions;

use drawn::Drawn;
use operation::{EntryOperation, KEYS, Operation, VALUES, compare};
use stores::{Mode, builder};

/// Cases of each property; `PROPTEST_CASES` does not change them, so that every run covers at least these.
const CASES: u32 = 300;

/// Operations of one case at most.
const OPERATIONS_MAX: usize = 120;

fn key() -> impl Strategy<Value = u8> {
    0..KEYS
}

fn value() -> impl Strategy<Value = u8> {
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
    prop_oneof![
        4 => any::<u8>().prop_map(Operation::Reshard),
        1 => Just(Operation::TuneNow),
        1 => key().prop_map(Operation::Favour),
        1 => any::<u8>().prop_map(Operation::SetPolicy),
    ]
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![8 => on_one(), 2 => on_many(), 2 => of_the_tuner()];
    // A third of all, so that a migration goes on for some operations, and not for all of them.
    #[cfg(fuzzing)]
    let operation = prop_oneof![2 => operation, 1 => interventions::intervention().prop_map(Operation::Intervene)];
    vec(operation, 1..OPERATIONS_MAX)
}

/// Applies the operations to an empty store of the mode; its full shards are split, or they are not.
fn run<K: Drawn, V: Drawn>(mode: Mode, splits_full: bool, operations: &[Operation]) {
    let store = if splits_full { mode.build(builder().set("shards.entries_max", "16")) } else { mode.store() };
    compare::<K, V>(store, operations);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers(mode in select(Mode::ALL.to_vec()), splits_full: bool, operations in operations()) {
        run::<u64, u64>(mode, splits_full, &operations);
    }

    #[test]
    fn texts(mode in select(Mode::ALL.to_vec()), splits_full: bool, operations in operations()) {
        run::<String, String>(mode, splits_full, &operations);
    }
}
