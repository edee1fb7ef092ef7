//! Operations on all entries.

use shuttle::thread::scope;

use super::check::{check, check_with_aborts};

#[test]
fn what_is_not_retained_stays_away() {
    check(|case| {
        let subject = case.subject(0..6);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                subject.retain(|key, value| {
                    *value += 1;
                    key % 3 != 0
                });
            });
            scope.spawn(|| {
                subject.insert(7, 0);
                subject.update(&1, |value| *value += 100);
            });
        });
        let seventh = subject.get_cloned(&7).expect("it is kept, whether it was met or not");
        assert!(seventh <= 1, "it is met at most once");
        subject.finish_with([(1, 111), (2, 21), (4, 41), (5, 51), (7, seventh)]);
    });
}

#[test]
fn what_is_cleared_stays_away() {
    check_with_aborts(|case| {
        let subject = case.subject(0..6);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| subject.clear());
            scope.spawn(|| {
                subject.update(&1, |value| *value += 1);
                subject.remove(&2);
            });
        });
        subject.finish_with([]);
    });
}

/// Holds each shard in turn, and ends the migration that it is in.
#[test]
fn each_entry_is_changed_once() {
    check_with_aborts(|case| {
        let subject = case.subject(0..5);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| subject.iter_mut().for_each(|mut entry| *entry += 1));
            scope.spawn(|| {
                subject.update(&0, |value| *value += 100);
                assert!(subject.contains_key(&3));
            });
        });
        subject.finish_with((0..5).map(|key| (key, key * 10 + 1 + if key == 0 { 100 } else { 0 })));
    });
}

#[test]
fn each_value_is_altered_once_and_each_table_rebuilt_whole() {
    check_with_aborts(|case| {
        let subject = case.subject(0..5);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                subject.alter_all(|_, value| value + 1);
                subject.shrink_to_fit();
            });
            scope.spawn(|| (0..5).for_each(|key| assert!(subject.contains_key(&key))));
        });
        subject.finish_with((0..5).map(|key| (key, key * 10 + 1)));
    });
}
