//! Iteration: shared, exclusive, owning.

use super::{
    squares,
    subject::{
        iter::{Iter, IterMut, OwningIter},
        mapref::multiple::{RefMulti, RefMutMulti},
    },
};

#[test]
fn iter_gives_each_entry_once() {
    let map = squares();
    let entries: Iter<'_, u64, u64> = map.iter();
    let mut seen: Vec<(u64, u64)> = entries
        .map(|entry: RefMulti<'_, u64, u64>| {
            assert_eq!(entry.pair(), (entry.key(), entry.value()));
            (*entry.key(), *entry)
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (1..10).map(|number| (number, number * number)).collect::<Vec<_>>());
}

#[test]
fn iter_clones() {
    let map = squares();
    let entries = map.iter();
    let copy = entries.clone();
    assert_eq!((entries.count(), copy.count()), (9, 9));
}

#[test]
fn an_entry_outlives_its_iterator() {
    let map = squares();
    let entry = map.iter().next().unwrap();
    assert_eq!(entry.key() * entry.key(), *entry.value());
}

#[test]
fn iter_mut_changes_in_place() {
    let map = squares();
    let entries: IterMut<'_, u64, u64> = map.iter_mut();
    entries.for_each(|mut entry: RefMutMulti<'_, u64, u64>| {
        let before = *entry.value();
        *entry += 1;
        *entry.value_mut() += 1;
        let (key, value): (&u64, &mut u64) = entry.pair_mut();
        *value += key;
        assert_eq!(entry.pair(), (entry.key(), &(before + 2 + entry.key())));
        assert_eq!(*entry, *entry.value());
    });
    assert_eq!(*map.get(&3).unwrap(), 14);
}

#[test]
fn into_iter_gives_the_entries_themselves() {
    let map = squares();
    let entries: OwningIter<u64, u64> = map.into_iter();
    let mut keys: Vec<u64> = entries.map(|(key, _): (u64, u64)| key).collect();
    keys.sort_unstable();
    assert_eq!(keys, (1..10).collect::<Vec<_>>());
}

#[test]
fn a_shared_map_iterates_in_a_for_loop() {
    let map = squares();
    let mut sum = 0;
    for entry in &map {
        sum += *entry;
    }
    assert_eq!(sum, 285);
}
