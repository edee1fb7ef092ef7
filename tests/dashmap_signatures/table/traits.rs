//! The traits that a map has.

use std::collections::BTreeMap;

use super::{Map, squares};

#[test]
fn a_map_clones_into_one_of_its_own() {
    let map = squares();
    let copy: Map<u64, u64> = map.clone();
    map.insert(3, 0);
    assert_eq!(*copy.get(&3).unwrap(), 9);
    assert_eq!(copy.len(), 9);
}

#[test]
fn a_map_prints_like_a_map() {
    let map: Map<&str, u64> = Map::new();
    assert_eq!(format!("{map:?}"), "{}");
    map.insert("one", 1);
    assert_eq!(format!("{map:?}"), r#"{"one": 1}"#);
}

#[test]
fn default_is_empty_whatever_the_hasher() {
    let map: Map<u64, u64> = Map::default();
    assert!(map.is_empty());
    let map: Map<u64, u64, foldhash::fast::RandomState> = Map::default();
    assert!(map.is_empty());
}

#[test]
fn extend_inserts_each() {
    let mut map = squares();
    map.extend([(1, 0), (20, 400)]);
    assert_eq!(map.len(), 10);
    assert_eq!(*map.get(&1).unwrap(), 0);
}

#[test]
fn collect_makes_a_map_and_a_map_collects() {
    let map: Map<u64, u64, foldhash::fast::RandomState> = (1..10).map(|number| (number, number)).collect();
    let sorted: BTreeMap<u64, u64> = map.into_iter().collect();
    assert_eq!(sorted.len(), 9);
}

#[test]
fn a_map_is_shared_between_threads() {
    let map: Map<u64, u64> = Map::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let map = &map;
            scope.spawn(move || {
                for number in 0..100 {
                    assert_eq!(map.insert(thread * 100 + number, number), None);
                }
            });
        }
    });
    assert_eq!(map.len(), 400);
}
