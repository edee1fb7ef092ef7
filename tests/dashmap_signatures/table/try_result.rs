//! The operations that do not wait, and what they answer.

use super::{
    Map, squares,
    subject::{
        mapref::{
            entry::Entry,
            one::{Ref, RefMut},
        },
        try_result::TryResult,
    },
};

#[test]
fn try_get_finds_misses_or_meets_a_lock() {
    let map = squares();
    let found: TryResult<Ref<'_, u64, u64>> = map.try_get(&3);
    assert!(found.is_present() && !found.is_absent() && !found.is_locked());
    assert_eq!(*found.unwrap(), 9);
    assert!(map.try_get(&0).is_absent());

    let guard = map.get_mut(&3).unwrap();
    assert!(map.try_get(&3).is_locked());
    drop(guard);
    assert!(matches!(map.try_get(&3), TryResult::Present(_)));
}

#[test]
fn try_get_mut_finds_misses_or_meets_a_lock() {
    let map = squares();
    let found: TryResult<RefMut<'_, u64, u64>> = map.try_get_mut(&3);
    *found.unwrap() += 1;
    assert_eq!(map.try_get_mut(&3).try_unwrap().map(|entry| *entry), Some(10));
    assert!(matches!(map.try_get_mut(&0), TryResult::Absent));

    let guard = map.get(&3).unwrap();
    assert!(matches!(map.try_get_mut(&3), TryResult::Locked));
    drop(guard);
}

#[test]
fn try_unwrap_is_none_unless_present() {
    let map = squares();
    assert!(map.try_get(&0).try_unwrap().is_none());
    let guard = map.get_mut(&3).unwrap();
    assert!(map.try_get(&3).try_unwrap().is_none());
    drop(guard);
}

#[test]
#[should_panic(expected = "Absent")]
fn unwrap_of_absent_panics() {
    let map: Map<u64, u64> = squares();
    let _entry = map.try_get(&0).unwrap();
}

#[test]
fn a_result_prints() {
    assert_eq!(format!("{:?}", TryResult::Present(1)), "Present(1)");
    assert_eq!(format!("{:?}", TryResult::<u64>::Absent), "Absent");
    assert_eq!(format!("{:?}", TryResult::<u64>::Locked), "Locked");
}

#[test]
fn try_entry_is_none_where_it_would_wait() {
    let map = squares();
    let entry: Option<Entry<'_, u64, u64>> = map.try_entry(3);
    assert_eq!(*entry.unwrap().or_insert(0), 9);

    let guard = map.get(&3).unwrap();
    assert!(map.try_entry(3).is_none());
    drop(guard);
}
