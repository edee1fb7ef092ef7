//! Maps compare.

use super::super::{Map, table::squares};

#[test]
fn maps_are_equal_if_their_entries_are() {
    let map = squares();
    // Of the same hasher, as it is of one type.
    let same: Map<u64, u64> = (1..10).rev().map(|number| (number, number * number)).collect();
    let both_ways = || [map == same, same == map];
    assert_eq!(both_ways(), [true; 2]);
    same.insert(3, 10);
    assert_eq!(both_ways(), [false; 2], "a value differs");
    same.remove(&3);
    assert_eq!(both_ways(), [false; 2], "a key is missing");
    same.insert(10, 9);
    assert_eq!(both_ways(), [false; 2], "there is another key in its place");
    assert!(Map::<u64, u64>::new() == Map::new());
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
