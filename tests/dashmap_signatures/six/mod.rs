//! What version 6 names otherwise than version 7: mapped guards, which have the whole value's type as a parameter, and iterators, which have
//! the hasher's.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hash},
};

use super::{
    Map,
    subject::{
        iter::{Iter, IterMut, OwningIter},
        mapref::one::{MappedRef, MappedRefMut},
    },
    table::squares,
};

type Pair = (u64, String);

fn pairs() -> Map<u64, Pair> {
    let map = Map::new();
    map.insert(1, (10, "ten".to_owned()));
    map
}

#[test]
fn mapped_guards_name_the_value_and_its_part() {
    let map = pairs();
    let part: MappedRef<'_, u64, Pair, String> = map.get(&1).unwrap().map(|value| &value.1);
    assert_eq!(*part, "ten");
    drop(part);
    let part: MappedRef<'_, u64, Pair, u64> = map.get(&1).unwrap().try_map(|value| Some(&value.0)).unwrap();
    assert_eq!(*part, 10);
    drop(part);
    let part: MappedRefMut<'_, u64, Pair, u64> = map.get_mut(&1).unwrap().map(|value| &mut value.0);
    drop(part);
    let part: MappedRefMut<'_, u64, Pair, String> =
        map.get_mut(&1).unwrap().try_map(|value| Some(&mut value.1)).unwrap();
    assert_eq!(*part, "ten");
}

fn first<K: Eq + Hash + Clone, V, S: BuildHasher + Clone>(entries: Iter<'_, K, V, S>) -> Option<K> {
    entries.map(|entry| entry.key().clone()).next()
}

fn count_mut<K: Eq + Hash, V, S: BuildHasher + Clone>(entries: IterMut<'_, K, V, S>) -> usize {
    entries.count()
}

fn count<K: Eq + Hash, V, S: BuildHasher + Clone>(entries: OwningIter<K, V, S>) -> usize {
    entries.count()
}

#[test]
fn iterators_name_the_hasher() {
    let map: Map<u64, u64, RandomState> = squares();
    assert!(first::<_, _, RandomState>(map.iter()).is_some());
    assert_eq!(count_mut::<_, _, RandomState>(map.iter_mut()), 9);
    assert_eq!(count::<_, _, RandomState>(map.into_iter()), 9);
}
