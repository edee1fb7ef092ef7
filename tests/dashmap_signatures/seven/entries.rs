//! Entries of borrowed keys.

use std::hash::{Hash, Hasher};

use equivalent::Equivalent;

use super::super::{
    Map,
    subject::mapref::{
        entry_ref::{EntryRef, OccupiedEntryRef, VacantEntryRef},
        one::RefMut,
    },
};

/// What the map's keys, strings, are asked for with.
#[derive(Debug, PartialEq)]
struct Name(&'static str);

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<String> for Name {
    fn equivalent(&self, key: &String) -> bool {
        self.0 == key
    }
}

impl From<&Name> for String {
    fn from(name: &Name) -> Self {
        name.0.to_owned()
    }
}

const ONE: Name = Name("one");
const TWO: Name = Name("two");

fn one() -> Map<String, u64> {
    [("one".to_owned(), 1)].into_iter().collect()
}

fn occupied(map: &Map<String, u64>) -> OccupiedEntryRef<'_, 'static, String, Name, u64> {
    match map.entry_ref(&ONE) {
        EntryRef::Occupied(entry) => entry,
        EntryRef::Vacant(_) => panic!("one should be there"),
    }
}

fn vacant(map: &Map<String, u64>) -> VacantEntryRef<'_, 'static, String, Name, u64> {
    match map.entry_ref(&TWO) {
        EntryRef::Vacant(entry) => entry,
        EntryRef::Occupied(_) => panic!("two should not be there"),
    }
}

#[test]
fn or_insert_and_its_kin_insert_once() {
    let map = one();
    let entry: RefMut<'_, String, u64> = map.entry_ref(&ONE).or_insert(5);
    assert_eq!(entry.pair(), (&"one".to_owned(), &1));
    drop(entry);
    *map.entry_ref(&TWO).or_insert(1) += 1;
    *map.entry_ref(&TWO).or_insert_with(|| unreachable!("two is there")) += 1;
    assert_eq!(*map.entry_ref(&Name("three")).or_insert_with(|| 3), 3);
    assert_eq!(*map.entry_ref(&Name("none")).or_default(), 0);
    assert_eq!(map.entry_ref(&Name("four")).or_try_insert_with(|| Err("no")).map(|_| ()), Err("no"));
    assert_eq!(map.entry_ref(&Name("four")).or_try_insert_with(|| Ok::<_, ()>(4)).map(|entry| *entry), Ok(4));
    assert_eq!(map.entry_ref(&ONE).and_modify(|value| *value += 1).or_insert(0).key(), "one");
    let found = ["one", "two", "three", "none", "four"].map(|key| *map.get(key).unwrap());
    assert_eq!(found, [2, 3, 3, 0, 4]);
}

#[test]
fn an_entry_gives_the_key_that_it_was_asked_for_with() {
    let map = one();
    for name in [&ONE, &TWO] {
        assert_eq!(map.entry_ref(name).key(), name);
        assert_eq!(map.entry_ref(name).into_key(), name.0);
    }
    assert_eq!(occupied(&map).key(), &ONE);
    assert_eq!(occupied(&map).into_key(), "one");
    assert_eq!(vacant(&map).key(), &TWO);
    assert_eq!(vacant(&map).into_key(), "two");
    assert_eq!(map.len(), 1);
}

#[test]
fn insert_and_insert_entry_set_the_value() {
    let map = one();
    assert_eq!(*map.entry_ref(&ONE).insert(10), 10);
    assert_eq!(*map.entry_ref(&ONE).insert_entry(11).get(), 11);
    assert_eq!(*map.entry_ref(&TWO).insert(20), 20);
    assert_eq!(*map.entry_ref(&Name("three")).insert_entry(30).get(), 30);
    map.remove("two");
    assert_eq!(vacant(&map).insert(21).value(), &21);
    map.remove("two");
    let entry: OccupiedEntryRef<'_, '_, String, Name, u64> = vacant(&map).insert_entry(22);
    assert_eq!((entry.key(), entry.get()), (&TWO, &22));
    drop(entry);
    assert_eq!(["one", "two", "three"].map(|key| *map.get(key).unwrap()), [11, 22, 30]);
}

#[test]
fn an_occupied_entry_reads_writes_and_goes() {
    let map = one();
    let mut entry = occupied(&map);
    *entry.get_mut() += 1;
    assert_eq!(entry.insert(3), 2);
    assert_eq!(*entry.into_ref(), 3);
    assert_eq!(occupied(&map).replace_entry(4), ("one".to_owned(), 3));
    assert_eq!(occupied(&map).remove(), 4);
    map.insert("one".to_owned(), 5);
    assert_eq!(occupied(&map).remove_entry(), ("one".to_owned(), 5));
    assert!(map.is_empty());
}
