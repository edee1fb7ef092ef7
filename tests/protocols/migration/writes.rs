//! Writes to single keys take effect once, and last.

use std::collections::HashMap;

use autoshard::Entry;
use shuttle::{
    rand::{Rng, thread_rng},
    thread::scope,
};

use super::{case::Subject, check::check};

#[test]
fn what_is_inserted_stays() {
    check(|case| {
        let subject = case.subject(0..3);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                // More than the table had room for: it grows under the copy.
                for key in 3..9 {
                    assert_eq!(subject.insert(key, key), None);
                    assert_eq!(subject.get_cloned(&key), Some(key));
                }
            });
            scope.spawn(|| assert_eq!(subject.insert(0, 1), Some(0)));
        });
        subject.finish_with([(0, 1), (1, 10), (2, 20)].into_iter().chain((3..9).map(|key| (key, key))));
    });
}

/// The table grows between two steps of the copy, and entries that it has yet to come to go to buckets that it has passed.
#[test]
fn what_moves_under_the_copy_is_copied() {
    check(|case| {
        // In a table of four buckets: one in the place of its hash, and two that had to go further.
        let subject = case.subject([1, 17, 33]);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                subject.remove(&1);
                subject.insert(0, 0);
                subject.insert(4, 40);
            });
        });
        subject.finish_with([(0, 0), (4, 40), (17, 170), (33, 330)]);
    });
}

#[test]
fn what_is_removed_stays_away() {
    check(|case| {
        let subject = case.subject(0..6);
        let remove =
            |keys: [u64; 3]| keys.into_iter().filter(|key| subject.remove(key) == Some((*key, key * 10))).count();
        let removed = scope(|scope| {
            scope.spawn(|| subject.migrate());
            let one = scope.spawn(|| remove([0, 1, 4]));
            let other = scope.spawn(|| remove([4, 1, 2]));
            one.join().expect("no panic") + other.join().expect("no panic")
        });
        assert_eq!(removed, 4, "each key is removed by one of the two");
        subject.finish_with([(3, 30), (5, 50)]);
    });
}

#[test]
fn no_update_is_lost() {
    check(|case| {
        let subject = case.subject(0..4);
        let work = || {
            for key in [0, 1, 0] {
                subject.update(&key, |value| *value += 1);
            }
            subject.upsert(9, || 1, |value| *value += 1);
        };
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(work);
            scope.spawn(work);
        });
        subject.finish_with([(0, 4), (1, 12), (2, 20), (3, 30), (9, 2)]);
    });
}

#[test]
fn an_exchange_succeeds_once() {
    check(|case| {
        let subject = case.subject(0..3);
        let exchange = || {
            usize::from(subject.compare_exchange(0, Some(&0), Some(7)).is_ok())
                + usize::from(subject.compare_exchange(5, None, Some(50)).is_ok())
                + usize::from(subject.compare_exchange(1, Some(&10), None).is_ok())
        };
        let succeeded = scope(|scope| {
            scope.spawn(|| subject.migrate());
            let one = scope.spawn(exchange);
            let other = scope.spawn(exchange);
            one.join().expect("no panic") + other.join().expect("no panic")
        });
        assert_eq!(succeeded, 3);
        subject.finish_with([(0, 7), (2, 20), (5, 50)]);
    });
}

/// Operations on keys of one thread's own, drawn at random, against those on a `HashMap`.
fn act(subject: &Subject, own: [u64; 3], expected: &mut HashMap<u64, u64>) {
    for step in 0..6 {
        let key = own[thread_rng().gen_range(0..own.len())];
        match thread_rng().gen_range(0..7) {
            0 | 1 => assert_eq!(subject.insert(key, step), expected.insert(key, step)),
            2 => assert_eq!(subject.remove(&key).map(|(_, value)| value), expected.remove(&key)),
            3 => {
                let changed = subject.update(&key, |value| std::mem::replace(value, step));
                assert_eq!(changed, expected.get_mut(&key).map(|value| std::mem::replace(value, step)));
            }
            4 => {
                subject.alter(&key, |_, value| value + 1);
                expected.entry(key).and_modify(|value| *value += 1);
            }
            5 => match subject.entry(key) {
                Entry::Occupied(entry) => assert_eq!(Some(entry.remove()), expected.remove(&key)),
                Entry::Vacant(entry) => {
                    entry.insert(step);
                    assert_eq!(expected.insert(key, step), None);
                }
            },
            _ => assert_eq!(subject.get_cloned(&key), expected.get(&key).copied()),
        }
    }
}

#[test]
fn own_keys_are_as_in_a_hash_map() {
    check(|case| {
        let subject = case.subject(0..4);
        let work = |own: [u64; 3]| {
            let mut expected = own.into_iter().filter(|&key| key < 4).map(|key| (key, key * 10)).collect();
            act(&subject, own, &mut expected);
            expected
        };
        let entries: Vec<_> = scope(|scope| {
            scope.spawn(|| subject.migrate());
            // Keys of the same slots, so that the two share shards, whatever these are.
            let one = scope.spawn(move || work([0, 1, 5]));
            let other = scope.spawn(move || work([2, 4, 9]));
            one.join().expect("no panic").into_iter().chain(other.join().expect("no panic")).collect()
        });
        subject.finish_with(entries.into_iter().chain([(3, 30)]));
    });
}
