//! Mapped guards of parts without a size.

use super::super::Map;

#[test]
fn a_part_may_be_a_slice() {
    let map: Map<u64, Vec<u64>> = Map::new();
    map.insert(1, vec![1, 2, 3]);
    let slice = map.get(&1).unwrap().map(|value| &value[1..]);
    assert_eq!((slice.key(), slice.value()), (&1, &[2, 3][..]));
    assert!(format!("{slice:?}").ends_with(": [2, 3] }"));
    let slice = slice.try_map(|slice| slice.split_last().map(|(_, rest)| rest)).unwrap();
    assert_eq!(*slice, [2]);
    drop(slice);
    let mut slice = map.get_mut(&1).unwrap().map(|value| &mut value[..2]);
    slice[0] = 10;
    let mut slice = slice.map(|slice| &mut slice[1..]).try_map(|slice| Some(&mut slice[..1])).unwrap();
    slice[0] = 20;
    drop(slice);
    let text = map.get(&1).unwrap().try_map(|value| value.get(..2)).unwrap();
    assert_eq!(*text, [10, 20]);
}
