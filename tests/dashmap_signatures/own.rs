//! What the store has not, and dashmap and its stand-in have: sets, numbers of shards, entries of any types.

/// The same tests for either crate.
macro_rules! same {
    ($name:ident, $subject:path) => {
        mod $name {
            use std::{cell::Cell, collections::hash_map::RandomState, rc::Rc};

            use subject::{DashMap, DashSet, iter_set, setref};
            use $subject as subject;

            #[test]
            fn maps_take_entries_that_are_neither_clone_nor_send_nor_static() {
                struct Once(Rc<Cell<u64>>);
                let text = "to be or not to be".to_owned();
                let map: DashMap<&str, Once> = DashMap::default();
                for word in text.split(' ') {
                    let count = map.entry(word).or_insert_with(|| Once(Rc::default()));
                    count.0.set(count.0.get() + 1);
                }
                let mut counts: Vec<(&str, u64)> = map.into_iter().map(|(word, once)| (word, once.0.get())).collect();
                counts.sort_unstable();
                assert_eq!(counts, [("be", 2), ("not", 1), ("or", 1), ("to", 2)]);
                let made: DashMap<u64, Once> = [(1, Once(Rc::default()))].into_iter().collect();
                assert_eq!(made.len(), 1);
            }

            #[test]
            fn maps_take_a_number_of_shards() {
                let maps: [DashMap<u64, u64>; 4] = [
                    DashMap::with_shard_amount(4),
                    DashMap::with_capacity_and_shard_amount(100, 4),
                    DashMap::with_hasher_and_shard_amount(RandomState::new(), 4),
                    DashMap::with_capacity_and_hasher_and_shard_amount(100, RandomState::new(), 4),
                ];
                for map in maps {
                    (0..1000).for_each(|key| assert_eq!(map.insert(key, key), None));
                    assert_eq!(map.len(), 1000);
                }
            }

            #[test]
            fn a_view_gives_back_its_map() {
                let map: DashMap<u64, u64> = [(1, 2)].into_iter().collect();
                let view: subject::ReadOnlyView<u64, u64> = map.into_read_only();
                assert_eq!(view.clone().get(&1), Some(&2));
                let map: DashMap<u64, u64> = view.into_inner();
                assert_eq!(map.remove(&1), Some((1, 2)));
            }

            #[test]
            fn methods_go_by_their_paths() {
                let map: DashMap<u64, u64> = [(1, 2)].into_iter().collect();
                assert_eq!(Some(&map).map(DashMap::len), Some(1));
                assert_eq!(DashMap::get(&map, &1).map(|found| *found), Some(2));
            }

            #[test]
            fn sets_do_what_sets_do() {
                let mut set: DashSet<String> = DashSet::new();
                assert!(set.is_empty() && set.insert("a".to_owned()));
                assert!(!set.insert("a".to_owned()));
                set.extend(["b".to_owned(), "c".to_owned()]);
                assert!(set.contains("b") && set.capacity() >= 3);
                assert_eq!(set.remove("b"), Some("b".to_owned()));
                assert_eq!(set.remove_if("c", |_| false), None);
                assert_eq!(set.remove_if("c", |key| key == "c"), Some("c".to_owned()));
                let copy = set.clone();
                set.retain(|_| false);
                assert_eq!((set.len(), copy.len()), (0, 1));
                assert!(format!("{copy:?}").starts_with("{\"a\""));
                copy.shrink_to_fit();
                copy.clear();
                assert!(copy.is_empty());
            }

            #[test]
            fn sets_give_guards_and_iterate() {
                let set: DashSet<u64> = (0..10).collect();
                {
                    let found: setref::one::Ref<'_, u64> = set.get(&3).unwrap();
                    assert_eq!((*found, found.key()), (3, &3));
                }
                let sum: u64 = set.iter().map(|key: setref::multiple::RefMulti<'_, u64>| *key.key() + *key).sum();
                assert_eq!(sum, 90);
                let owned: iter_set::OwningIter<u64, RandomState> = set.into_iter();
                assert_eq!(owned.sum::<u64>(), 45);
            }

            #[cfg(feature = "rayon")]
            #[test]
            fn sets_go_parallel() {
                use rayon::prelude::*;
                let mut set: DashSet<u64> = (0..100_u64).into_par_iter().collect();
                set.par_extend(50..150_u64);
                (&set).par_extend(vec![150_u64]);
                let keys: subject::rayon::set::Iter<'_, u64> = set.par_iter();
                assert_eq!(keys.map(|key: setref::multiple::RefMulti<'_, u64>| *key).sum::<u64>(), 151 * 75);
                let owned: subject::rayon::set::OwningIter<u64> = set.into_par_iter();
                assert_eq!(owned.max(), Some(150));
            }

            #[test]
            fn sets_take_a_hasher_and_a_capacity() {
                let set: DashSet<u64, RandomState> = DashSet::with_capacity_and_hasher(10, RandomState::new());
                assert!(set.insert(1));
                assert!(DashSet::with_hasher(RandomState::new()).insert(1));
                assert!(DashSet::with_capacity(10).insert(1));
                assert!(DashSet::<u64>::default().is_empty());
                assert_eq!(set.hash_usize(&1_u64), set.hash_usize(&1_u64));
            }
        }
    };
}

same!(of_dashmap, dashmap);
same!(of_compat, autoshard::compat::dashmap);

/// What version 7 adds to sets.
macro_rules! same_since_7 {
    ($name:ident, $subject:path) => {
        #[test]
        fn $name() {
            use subject::DashSet;
            use $subject as subject;

            let set: DashSet<u64> = [1, 2].into_iter().collect();
            let other: DashSet<u64> = [2, 1].into_iter().collect();
            assert!(set == other);
            other.remove(&1);
            assert!(set != other && other != set);
            other.insert(3);
            assert!(set != other && other != set);
            fn compares(_: &impl Eq) {}
            compares(&set);
        }
    };
}

same_since_7!(sets_of_dashmap_7_are_equal_if_their_keys_are, dashmap_7);
same_since_7!(sets_of_compat_are_equal_if_their_keys_are, autoshard::compat::dashmap);

/// What dashmap refuses by a panic.
#[test]
fn any_number_of_shards_will_do() {
    use autoshard::compat::dashmap::DashMap;

    for shards in [0, 1, 3, usize::MAX] {
        let map = DashMap::with_shard_amount(shards);
        assert_eq!(map.insert(1, 1), None);
        assert!(map.shard_count() >= 1);
    }
}

#[cfg(feature = "serde")]
#[test]
fn maps_sets_and_guards_go_through_serde() {
    use autoshard::compat::dashmap::{DashMap, DashSet};

    let map: DashMap<String, u64> = [("a".to_owned(), 1)].into_iter().collect();
    let text = serde_json::to_string(&map).unwrap();
    assert_eq!(text, r#"{"a":1}"#);
    let back: DashMap<String, u64> = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back.get("a").unwrap()).unwrap(), "1");
    let set: DashSet<u64> = serde_json::from_str("[7, 7]").unwrap();
    assert_eq!(serde_json::to_string(&set).unwrap(), "[7]");
    assert!(serde_json::from_str::<DashSet<u64>>("{}").is_err());
    let store: autoshard::Store<String, u64> = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&store).unwrap(), text);
    assert_eq!(serde_json::to_string(&store.get("a").unwrap()).unwrap(), "1");
    assert!(serde_json::from_str::<autoshard::Store<u64, u64>>("[1]").is_err());
}
