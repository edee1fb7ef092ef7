//! The operators on a shared map.

use super::{
    Map, squares,
    subject::mapref::one::{Ref, RefMut},
};

#[test]
fn shift_left_inserts() {
    let map = &squares();
    assert_eq!(map << (20, 1), None);
    assert_eq!(map << (20, 2), Some(1));
}

#[test]
fn shift_right_gets() {
    let map = &squares();
    let entry: Ref<'_, u64, u64> = map >> &3;
    assert_eq!(*entry, 9);
}

#[test]
#[should_panic(expected = "None")]
fn shift_right_panics_where_nothing_is() {
    let map: &Map<u64, u64> = &squares();
    let _entry = map >> &0;
}

#[test]
fn bit_or_gets_to_change() {
    let map = &squares();
    let mut entry: RefMut<'_, u64, u64> = map | &3;
    *entry += 1;
    assert_eq!(*entry, 10);
}

#[test]
fn minus_removes() {
    let map = &squares();
    assert_eq!(map - &3, Some((3, 9)));
    assert_eq!(map - &3, None);
}

#[test]
fn bit_and_says_whether_it_is_there() {
    let map = &squares();
    assert!(map & &3);
    assert!(!(map & &0));
}
