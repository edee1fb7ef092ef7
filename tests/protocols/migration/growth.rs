//! A full shard is split by whoever inserts, beside a migration of the same shard, and others who insert.

use shuttle::thread::scope;

use super::{
    case::{Case, Shape},
    check::check_with_splits,
};

/// Entries of a full shard.
const FULL: usize = 14;

impl Case {
    /// Keys of which the first [`FULL`] fill the first shard, and more of it.
    fn keys_of_first(&self) -> impl Iterator<Item = u64> + use<> {
        let has_two = matches!(self.shape, Shape::Merge | Shape::Regroup);
        (0..).filter(move |key| !has_two || key % 4 < 2)
    }
}

#[test]
fn what_makes_a_shard_grow_is_inserted_once() {
    check_with_splits(|case| {
        let keys: Vec<u64> = case.keys_of_first().take(FULL + 3).collect();
        let subject = case.subject(keys[..FULL].iter().copied());
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| {
                for &key in &keys[FULL..FULL + 2] {
                    assert_eq!(subject.insert(key, key * 10), None);
                    assert_eq!(subject.get_cloned(&key), Some(key * 10));
                }
            });
            scope.spawn(|| {
                assert_eq!(subject.remove(&keys[0]), Some((keys[0], keys[0] * 10)));
                *subject.entry(keys[FULL + 2]).or_insert(0) += keys[FULL + 2] * 10;
            });
            scope.spawn(|| assert_eq!(subject.get_cloned(&keys[1]), Some(keys[1] * 10)));
        });
        assert!(subject.shard_count() <= 4);
        subject.finish_with(keys[1..].iter().map(|key| (*key, key * 10)));
    });
}

#[test]
fn iteration_and_length_go_across_growth() {
    check_with_splits(|case| {
        let keys: Vec<u64> = case.keys_of_first().take(FULL + 2).collect();
        let subject = case.subject(keys[..FULL].iter().copied());
        let insert = |key: u64| assert_eq!(subject.insert(key, key * 10), None);
        scope(|scope| {
            scope.spawn(|| subject.migrate());
            scope.spawn(|| insert(keys[FULL]));
            scope.spawn(|| insert(keys[FULL + 1]));
            scope.spawn(|| {
                let mut met: Vec<u64> = subject.iter().map(|entry| *entry.key()).collect();
                assert!((FULL..=FULL + 2).contains(&subject.len()));
                let all = met.len();
                met.sort_unstable();
                met.dedup();
                assert_eq!(met.len(), all, "an entry was met twice");
                assert!(keys[..FULL].iter().all(|key| met.binary_search(key).is_ok()), "an entry was missed");
            });
        });
        subject.finish_with(keys.iter().map(|key| (*key, key * 10)));
    });
}
