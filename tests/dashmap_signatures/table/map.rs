//! The map's own operations.

use super::{
    Map, squares,
    subject::mapref::one::{Ref, RefMut},
};

#[test]
fn insert_gives_back_the_old_value() {
    let map: Map<String, u64> = Map::new();
    assert_eq!(map.insert("one".to_owned(), 1), None);
    assert_eq!(map.insert("one".to_owned(), 2), Some(1));
    assert_eq!(map.len(), 1);
}

#[test]
fn get_takes_a_borrowed_key() {
    let map: Map<String, u64> = Map::new();
    map.insert("one".to_owned(), 1);
    let found: Option<Ref<'_, String, u64>> = map.get("one");
    assert_eq!(found.map(|entry| *entry), Some(1));
    assert!(map.get("two").is_none());
}

#[test]
fn get_mut_changes_in_place() {
    let map = squares();
    let found: Option<RefMut<'_, u64, u64>> = map.get_mut(&3);
    *found.unwrap() += 1;
    assert_eq!(*map.get(&3).unwrap(), 10);
    assert!(map.get_mut(&0).is_none());
}

#[test]
fn view_calls_its_closure_on_what_is_there() {
    let map = squares();
    let sum: Option<u64> = map.view(&3, |key, value| key + value);
    assert_eq!(sum, Some(12));
    assert_eq!(map.view(&0, |_, _| ()), None);
}

#[test]
fn contains_key_says_whether_it_is_there() {
    let map = squares();
    assert!(map.contains_key(&9));
    assert!(!map.contains_key(&10));
}

#[test]
fn remove_gives_back_the_entry() {
    let map: Map<String, u64> = Map::new();
    map.insert("one".to_owned(), 1);
    assert_eq!(map.remove("one"), Some(("one".to_owned(), 1)));
    assert_eq!(map.remove("one"), None);
}

#[test]
fn remove_if_asks_first() {
    let map = squares();
    assert_eq!(map.remove_if(&3, |_, value| *value > 9), None);
    assert_eq!(map.remove_if(&3, |key, value| key * key == *value), Some((3, 9)));
    assert_eq!(map.remove_if(&3, |_, _| true), None);
}

#[test]
fn remove_if_mut_may_change_what_it_leaves() {
    let map = squares();
    let removed = map.remove_if_mut(&3, |_, value| {
        *value += 1;
        false
    });
    assert_eq!(removed, None);
    let removed = map.remove_if_mut(&3, |_, value| {
        *value += 1;
        true
    });
    assert_eq!(removed, Some((3, 11)));
}

#[test]
fn alter_replaces_one_value_and_alter_all_each() {
    let map = squares();
    map.alter(&3, |key, value| key + value);
    map.alter(&0, |_, _| unreachable!("there is no entry 0"));
    assert_eq!(*map.get(&3).unwrap(), 12);

    map.alter_all(|key, _| *key);
    assert!(map.iter().all(|entry| entry.key() == entry.value()));
}

#[test]
fn retain_keeps_what_its_closure_says() {
    let map = squares();
    let mut asked = 0;
    map.retain(|key, value| {
        asked += 1;
        *value = 0;
        key % 2 == 0
    });
    assert_eq!(asked, 9);
    assert_eq!(map.len(), 4);
    assert_eq!(*map.get(&2).unwrap(), 0);
}

#[test]
fn clear_leaves_nothing() {
    let map = squares();
    assert!(!map.is_empty());
    map.clear();
    assert!(map.is_empty());
    assert_eq!(map.len(), 0);
}
