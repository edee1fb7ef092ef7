//! Maps compare.

use super::super::{Map, table::squares};

/// Whether they are equal, which must be the same both ways.
fn are_equal(one: &Map<u64, u64>, other: &Map<u64, u64>) -> bool {
    let are_equal = one == other;
    assert_eq!(are_equal, other == one);
    are_equal
}

#[test]
fn maps_are_equal_if_their_entries_are() {
    let map = squares();
    // Of the same hasher, as it is of one type.
    let same: Map<u64, u64> = (1..10).rev().map(|number| (number, number * number)).collect();
    assert!(are_equal(&map, &same));
    same.insert(3, 10);
    assert!(!are_equal(&map, &same), "a value differs");
    same.remove(&3);
    assert!(!are_equal(&map, &same), "a key is missing");
    same.insert(10, 9);
    assert!(!are_equal(&map, &same), "there is another key in its place");
    assert!(are_equal(&Map::new(), &Map::new()));
}

#[test]
fn a_map_equals_itself() {
    fn is_equal_to_itself(one: &impl Eq) -> bool {
        let other = one;
        one == other
    }
    assert!(is_equal_to_itself(&squares()));
    let map: Map<u64, f64> = Map::new();
    map.insert(1, f64::NAN);
    let same = &map;
    assert!(map != *same, "unless its values do not");
}
