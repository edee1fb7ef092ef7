//! Constructors, the hasher and the capacity.

use std::{collections::hash_map::RandomState, hash::BuildHasher};

use super::Map;

#[test]
fn new_and_with_capacity_start_empty() {
    let map: Map<u64, String> = Map::new();
    assert!(map.is_empty());

    let map: Map<u64, String> = Map::with_capacity(100);
    assert!(map.is_empty());
    map.insert(1, "one".to_owned());
    assert!(map.capacity() >= 100);
}

#[test]
fn with_hasher_keeps_the_hasher() {
    let hasher = foldhash::fast::FixedState::with_seed(7);
    let map: Map<u64, u64, foldhash::fast::FixedState> = Map::with_hasher(hasher.clone());
    let kept: &foldhash::fast::FixedState = map.hasher();
    assert_eq!(kept.hash_one(1_u64), hasher.hash_one(1_u64));

    let map: Map<&'static str, u64, RandomState> = Map::with_capacity_and_hasher(10, RandomState::new());
    assert_eq!(map.insert("one", 1), None);
}

#[test]
fn the_default_hasher_is_the_standard_one() {
    fn is_default(_: &Map<u64, u64, RandomState>) {}
    is_default(&Map::<u64, u64>::new());
}

#[test]
fn shrink_to_fit_keeps_the_entries() {
    let map: Map<u64, u64> = Map::with_capacity(10_000);
    map.insert(1, 1);
    let before = map.capacity();
    map.shrink_to_fit();
    assert!(map.capacity() < before);
    assert_eq!(map.len(), 1);
}
