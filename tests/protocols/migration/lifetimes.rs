//! The end of a store in the middle of a migration that the tuner's thread is at.

use std::sync::Arc;

use shuttle::thread::spawn;

use super::{
    case::{Case, Mode},
    check::run,
};

fn check(model: fn(&Case)) {
    Case::all().for_each(|case| run(&case, model));
}

#[test]
fn a_store_is_consumed_with_all_its_entries() {
    check(|case| {
        let subject = case.subject(0..5);
        let plan = case.clone();
        let work = subject.hand_to_tuner(|directory| plan.plan(directory));
        let tuner = spawn(work);
        subject.update(&1, |value| *value += 1);
        subject.remove(&2);
        subject.insert(6, 60);
        let mut entries: Vec<_> = subject.into_store().into_iter().collect();
        entries.sort_unstable();
        assert_eq!(entries, [(0, 0), (1, 11), (3, 30), (4, 40), (6, 60)]);
        tuner.join().expect("no panic");
    });
}

#[test]
fn a_dropped_store_drops_each_value_once() {
    check(|case| {
        let value = Arc::new(());
        let subject = case.subject_with(0..4, |_| Arc::clone(&value), 100);
        let plan = case.clone();
        let work = subject.hand_to_tuner(|directory| plan.plan(directory));
        let tuner = spawn(work);
        subject.remove(&2);
        subject.insert(6, Arc::clone(&value));
        if matches!(case.mode, Mode::HandOver) {
            assert_eq!(Arc::strong_count(&value), 5, "hand-over makes no copies");
        }
        drop(subject);
        assert_eq!(Arc::strong_count(&value), 1, "nothing is left of the store, whoever else has worked in it");
        tuner.join().expect("no panic");
    });
}
