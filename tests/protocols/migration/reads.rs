//! Who only looks sees no migration.

use shuttle::thread::scope;

use super::{
    case::{Case, Subject},
    check::check,
};

/// Looks at a store of which nothing changes but the shards.
fn look_beside_a_migration(case: &Case, look: fn(&Subject)) {
    let subject = case.subject(0..5);
    scope(|scope| {
        scope.spawn(|| subject.migrate());
        scope.spawn(|| look(&subject));
    });
    subject.finish_with((0..5).map(|key| (key, key * 10)));
}

#[test]
fn a_key_that_is_there_throughout_is_never_missed() {
    check(|case| {
        look_beside_a_migration(case, |subject| {
            for key in 0..5 {
                assert_eq!(subject.get(&key).map(|value| *value), Some(key * 10), "key {key}");
                assert!(!subject.contains_key(&(key + 5)));
            }
            assert_eq!(subject.get_cloned(&0), Some(0));
        })
    });
}

/// Who only tries may be refused, but is never told that such a key is absent.
#[test]
fn who_only_tries_never_misses_a_key() {
    check(|case| {
        look_beside_a_migration(case, |subject| {
            for key in 0..5 {
                assert!(!subject.try_get(&key).is_absent(), "key {key}");
                assert!(!subject.try_get_mut(&key).is_absent(), "key {key}");
            }
        })
    });
}

/// The reader's key stays, while others come and go beside it, in the same table.
#[test]
fn a_key_is_never_missed_while_others_come_and_go() {
    check(|case| {
        let subject = case.subject(0..3);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                subject.insert(4, 40);
                subject.remove(&0);
                subject.insert(5, 50);
                subject.insert(8, 80);
            });
            scope.spawn(|| {
                for _ in 0..3 {
                    assert_eq!(subject.get_cloned(&1), Some(10));
                    assert_eq!(subject.get_cloned(&2), Some(20));
                }
            });
        });
        subject.finish_with([(1, 10), (2, 20), (4, 40), (5, 50), (8, 80)]);
    });
}

#[test]
fn the_length_of_constant_content_is_constant() {
    check(|case| {
        let subject = case.subject(0..5);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| (0..4).for_each(|_| assert_eq!(subject.len(), 5)));
            scope.spawn(|| {
                // Changes values, not their number.
                subject.insert(1, 10);
                subject.update(&2, |value| *value += 0);
            });
        });
        subject.finish_with((0..5).map(|key| (key, key * 10)));
    });
}

#[test]
fn an_iterator_meets_each_key_exactly_once() {
    check(|case| {
        let subject = case.subject(0..6);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                for _ in 0..2 {
                    let mut met: Vec<_> = subject.iter().map(|entry| *entry.key()).collect();
                    met.sort_unstable();
                    assert_eq!(met, [0, 1, 2, 3, 4, 5]);
                }
            });
        });
        subject.finish_with((0..6).map(|key| (key, key * 10)));
    });
}
