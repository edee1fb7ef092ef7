//! The entry API.

use super::{
    Map, squares,
    subject::{
        self,
        mapref::{
            entry::{Entry, OccupiedEntry, VacantEntry},
            one::RefMut,
        },
    },
};

/// The entry of a key that is there.
fn occupied(map: &Map<u64, u64>, key: u64) -> OccupiedEntry<'_, u64, u64> {
    match map.entry(key) {
        Entry::Occupied(entry) => entry,
        Entry::Vacant(_) => panic!("key {key} should be there"),
    }
}

/// The entry of a key that is not.
fn vacant(map: &Map<u64, u64>, key: u64) -> VacantEntry<'_, u64, u64> {
    match map.entry(key) {
        Entry::Vacant(entry) => entry,
        Entry::Occupied(_) => panic!("key {key} should not be there"),
    }
}

#[test]
fn entries_are_exported_at_the_root_too() {
    fn same<'a>(entry: Entry<'a, u64, u64>) -> subject::Entry<'a, u64, u64> {
        entry
    }
    fn same_occupied<'a>(entry: OccupiedEntry<'a, u64, u64>) -> subject::OccupiedEntry<'a, u64, u64> {
        entry
    }
    fn same_vacant<'a>(entry: VacantEntry<'a, u64, u64>) -> subject::VacantEntry<'a, u64, u64> {
        entry
    }
    let map = squares();
    drop(same(map.entry(3)));
    drop(same_occupied(occupied(&map, 3)));
    drop(same_vacant(vacant(&map, 0)));
}

#[test]
fn or_insert_and_its_kin_insert_once() {
    let map = squares();
    let entry: RefMut<'_, u64, u64> = map.entry(3).or_insert(0);
    assert_eq!(*entry, 9);
    drop(entry);
    *map.entry(20).or_insert(1) += 1;
    *map.entry(20).or_insert_with(|| unreachable!("20 is there")) += 1;
    *map.entry(21).or_insert_with(|| 5) += 1;
    *map.entry(22).or_default() += 1;
    assert_eq!([20, 21, 22].map(|key| *map.get(&key).unwrap()), [3, 6, 1]);
}

#[test]
fn or_try_insert_with_inserts_only_what_succeeds() {
    let map = squares();
    let failed = map.entry(20).or_try_insert_with(|| Err("no")).map(|_| ());
    assert_eq!(failed, Err("no"));
    assert!(!map.contains_key(&20));
    assert_eq!(map.entry(20).or_try_insert_with(|| Ok::<_, ()>(1)).map(|entry| *entry), Ok(1));
    assert_eq!(map.entry(20).or_try_insert_with(|| Err(())).map(|entry| *entry), Ok(1));
}

#[test]
fn and_modify_changes_what_is_there() {
    let map = squares();
    assert_eq!(*map.entry(3).and_modify(|value| *value += 1).or_insert(0), 10);
    assert_eq!(*map.entry(20).and_modify(|value| *value += 1).or_insert(0), 0);
}

#[test]
fn key_and_into_key_give_the_key() {
    let map = squares();
    for key in [3, 20] {
        assert_eq!(map.entry(key).key(), &key);
        assert_eq!(map.entry(key).into_key(), key);
    }
    assert!(!map.contains_key(&20));
}

#[test]
fn insert_and_insert_entry_set_the_value() {
    let map = squares();
    assert_eq!(*map.entry(3).insert(1), 1);
    assert_eq!(*map.entry(20).insert(2), 2);
    assert_eq!(*map.entry(3).insert_entry(3).get(), 3);
    let entry: OccupiedEntry<'_, u64, u64> = map.entry(21).insert_entry(4);
    assert_eq!((entry.key(), entry.get()), (&21, &4));
    drop(entry);
    assert_eq!([3, 20, 21].map(|key| *map.get(&key).unwrap()), [3, 2, 4]);
}

#[test]
fn an_occupied_entry_reads_and_writes() {
    let map = squares();
    let mut entry = occupied(&map, 3);
    assert_eq!((entry.key(), entry.get()), (&3, &9));
    *entry.get_mut() += 1;
    assert_eq!(entry.insert(11), 10);
    assert_eq!(entry.into_key(), 3);
    *occupied(&map, 3).into_ref() += 1;
    assert_eq!(*map.get(&3).unwrap(), 12);
}

#[test]
fn an_occupied_entry_goes_or_is_replaced() {
    let map = squares();
    assert_eq!(occupied(&map, 3).remove(), 9);
    assert_eq!(occupied(&map, 4).remove_entry(), (4, 16));
    assert_eq!(occupied(&map, 5).replace_entry(1), (5, 25));
    assert_eq!(map.len(), 7);
    assert_eq!(*map.get(&5).unwrap(), 1);
}

#[test]
fn a_vacant_entry_is_filled() {
    let map = squares();
    let entry = vacant(&map, 20);
    assert_eq!(entry.key(), &20);
    assert_eq!(entry.into_key(), 20);
    let filled: RefMut<'_, u64, u64> = vacant(&map, 20).insert(1);
    assert_eq!(filled.pair(), (&20, &1));
    drop(filled);
    let filled: OccupiedEntry<'_, u64, u64> = vacant(&map, 21).insert_entry(2);
    assert_eq!(filled.get(), &2);
    drop(filled);
    assert_eq!(map.len(), 11);
}
