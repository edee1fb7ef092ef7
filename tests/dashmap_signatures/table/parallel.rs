//! rayon's iterators over maps and views.

use rayon::prelude::*;

use super::{
    Map, squares,
    subject::{
        mapref::multiple::{RefMulti, RefMutMulti},
        rayon::map::{Iter, IterMut, OwningIter},
    },
};

#[test]
fn par_iter_shares() {
    let map = squares();
    let entries: Iter<'_, u64, u64> = map.par_iter();
    let sum: u64 = entries.map(|entry: RefMulti<'_, u64, u64>| *entry.key() + *entry).sum();
    assert_eq!(sum, 45 + 285);
    assert_eq!((&map).into_par_iter().count(), 9);
}

#[test]
fn par_iter_mut_changes_a_shared_map() {
    let map = squares();
    let entries: IterMut<'_, u64, u64> = map.par_iter_mut();
    entries.for_each(|mut entry: RefMutMulti<'_, u64, u64>| *entry += 1);
    assert_eq!(*map.get(&3).unwrap(), 10);
    let mut map = map;
    (&mut map).into_par_iter().for_each(|mut entry| *entry += 1);
    assert_eq!(*map.get(&3).unwrap(), 11);
}

#[test]
fn into_par_iter_gives_the_entries_themselves() {
    let entries: OwningIter<u64, u64> = squares().into_par_iter();
    assert_eq!(entries.map(|(key, _): (u64, u64)| key).sum::<u64>(), 45);
}

#[test]
fn maps_are_made_and_extended_in_parallel() {
    let mut map: Map<u64, u64> = (0..100_u64).into_par_iter().map(|key| (key, key)).collect();
    map.par_extend((100..200_u64).into_par_iter().map(|key| (key, key)));
    (&map).par_extend(vec![(200, 200)]);
    assert_eq!(map.len(), 201);
}

#[test]
fn views_are_gone_over_in_parallel() {
    let view = squares().into_read_only();
    assert_eq!(view.par_iter().map(|entry: RefMulti<'_, u64, u64>| *entry.value()).sum::<u64>(), 285);
    assert_eq!(view.into_par_iter().map(|(key, _)| key).sum::<u64>(), 45);
}
