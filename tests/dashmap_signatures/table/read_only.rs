//! The read-only view.

use std::collections::hash_map::RandomState;

use super::{Map, squares, subject::ReadOnlyView};

#[test]
fn a_view_gives_plain_references() {
    let view: ReadOnlyView<u64, u64, RandomState> = squares().into_read_only();
    assert_eq!(view.len(), 9);
    assert!(!view.is_empty());
    assert!(view.capacity() >= 9);
    assert!(view.contains_key(&3) && !view.contains_key(&0));
    let value: Option<&u64> = view.get(&3);
    assert_eq!(value, Some(&9));
    let pair: Option<(&u64, &u64)> = view.get_key_value(&3);
    assert_eq!(pair, Some((&3, &9)));
}

#[test]
fn a_view_iterates_over_entries_keys_and_values() {
    let view: ReadOnlyView<u64, u64> = squares().into_read_only();
    assert!(view.iter().all(|(key, value): (&u64, &u64)| key * key == *value));
    assert_eq!(view.iter().count(), 9);
    assert_eq!(view.keys().sum::<u64>(), 45);
    assert_eq!(view.values().sum::<u64>(), 285);
}

#[test]
fn a_view_clones_prints_and_turns_back_into_the_map() {
    let map: Map<u64, u64> = Map::new();
    map.insert(1, 2);
    let view = map.into_read_only();
    assert_eq!(format!("{view:?}"), "{1: 2}");
    let map: Map<u64, u64> = view.clone().into_inner();
    assert_eq!(map.insert(1, 3), Some(2));
    assert_eq!(view.get(&1), Some(&2));
}
