//! From parallel iterators, into them, and extended by them; stores and what stands in for dashmap.

use std::{cell::Cell, collections::hash_map::RandomState};

use autoshard::{
    Store,
    compat::dashmap::{DashMap, DashSet, ReadOnlyView},
};
use rayon::prelude::*;

use crate::pool;

#[test]
fn stores_are_made_and_taken_apart() {
    let store: Store<u64, u64> = (0..10_000).into_par_iter().map(|key| (key, key)).collect();
    assert_eq!(store.len(), 10_000);
    (&store).par_extend((10_000..20_000).into_par_iter().map(|key| (key, key)));
    let mut pairs: Vec<(u64, u64)> = store.into_par_iter().collect();
    pairs.sort_unstable();
    assert!(pairs.into_iter().eq((0..20_000).map(|key| (key, key))));
}

#[test]
fn an_empty_store_has_no_entries() {
    let store: Store<u64, u64> = Store::new();
    assert_eq!((store.par_iter().count(), store.par_iter_mut().count(), store.into_par_iter().count()), (0, 0, 0));
}

#[test]
fn borrowed_keys_and_values_without_clone_will_do() {
    struct Once(u64);
    let text: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    let map: DashMap<&str, Once> = text.par_iter().map(|text| (text.as_str(), Once(1))).collect();
    map.par_iter_mut().for_each(|mut once| once.0 += 1);
    assert_eq!(map.par_iter().map(|once| once.0).sum::<u64>(), 2_000);
    let mut map = map;
    (&mut map).into_par_iter().for_each(|mut once| once.0 += 1);
    map.par_extend([("a", Once(1))]);
    assert_eq!(map.into_par_iter().map(|(_, once)| once.0).sum::<u64>(), 3_001);
}

/// What is sent, and not shared, may be taken apart in parallel.
#[test]
fn entries_that_may_not_be_shared_can_be_taken() {
    let map: DashMap<u64, Cell<u64>> = (0..100).map(|key| (key, Cell::new(key))).collect();
    assert_eq!(map.into_par_iter().map(|(_, value)| value.get()).sum::<u64>(), 4_950);
}

#[test]
fn sets_and_views() {
    let mut set: DashSet<u64> = (0..1_000).into_par_iter().collect();
    set.par_extend(500..1_500_u64);
    assert_eq!(set.par_iter().map(|key| *key).sum::<u64>(), 1_499 * 750);
    assert_eq!(set.into_par_iter().max(), Some(1_499));
    let map: DashMap<u64, u64> = (0..100).map(|key| (key, key)).collect();
    let view: ReadOnlyView<u64, u64, RandomState> = map.into_read_only();
    assert_eq!(view.par_iter().map(|entry| entry.key() + entry.value()).sum::<u64>(), 9_900);
    assert_eq!(view.into_par_iter().count(), 100);
}

#[test]
fn the_search_for_one_ends_with_it() {
    let store: Store<u64, u64> = (0..1_000).map(|key| (key, key)).collect();
    assert_eq!(pool().install(|| store.par_iter().find_any(|entry| **entry == 7).map(|entry| *entry.key())), Some(7));
    assert!(store.try_get_mut(&7).is_present(), "nothing has stayed locked");
}
