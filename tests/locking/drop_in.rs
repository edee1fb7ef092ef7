//! Programs that hang with dashmap, by what stands in for it: each ends, with what it was to do or with a panic that says why. Where a kind was
//! reported (github.com/xacrimon/dashmap), the report is named. What the compiler refuses is in the documentation of `Ref` and `RefMut`.

use std::thread;

use autoshard::{
    Store,
    compat::dashmap::{DashMap, DashSet},
};

use crate::{KEYS, keys_of_different_shards, keys_of_one_shard, told, told_of_oneself};

/// A map that nobody tunes, with 0 to [`KEYS`], each with 0.
fn map() -> DashMap<u64, u64> {
    let store = Store::builder().set("tuner.enabled", false).build_cooperative().expect("the policy is valid");
    (0..KEYS).for_each(|key| assert_eq!(store.insert(key, 0), None));
    store.into()
}

/// Reports 74, 363: a guard is held, and its key is written to.
#[test]
fn a_key_is_written_to_under_its_guard() {
    let map = map();
    let held = map.get(&1);
    for told in [
        told_of_oneself(|| drop(map.entry(1))),
        told_of_oneself(|| drop(map.get_mut(&1))),
        told_of_oneself(|| _ = map.insert(1, 1)),
        told_of_oneself(|| _ = map.remove(&1)),
        told_of_oneself(|| _ = map.remove_if(&1, |_, _| true)),
        told_of_oneself(|| map.alter(&1, |_, value| value + 1)),
    ] {
        assert!(told.contains("for reading by the guard taken at") && told.contains("drop_in.rs"), "{told}");
    }
    assert_eq!(held.as_deref(), Some(&0));
    drop(held);
    assert_eq!((map.insert(1, 1), map.remove(&1)), (Some(0), Some((1, 1))));
}

/// The guard of a `match` lives as long as its arms.
#[test]
fn an_arm_of_a_match_writes_to_what_is_matched() {
    let map = map();
    let insert_unless_large = || match map.get_mut(&1) {
        Some(mut value) if *value > 3 => *value += 1,
        _ => _ = map.insert(1, 7),
    };
    let told = told_of_oneself(insert_unless_large);
    assert!(told.contains("`insert`") && told.contains("for writing by the guard taken at"), "{told}");
    match map.get(&KEYS) {
        Some(value) => assert_eq!(*value, 0),
        None => assert_eq!(map.insert(KEYS, 7), None, "there is no guard where there is no entry"),
    }
    map.entry(1).and_modify(|value| *value = 8).or_insert(7);
    insert_unless_large();
    assert_eq!(map.get(&1).as_deref(), Some(&9));
}

/// Reports 284: entries are removed, or others inserted, in a loop over the map.
#[test]
fn a_loop_over_a_map_writes_to_it() {
    let map = map();
    let removing = told_of_oneself(|| map.iter().for_each(|entry| _ = map.remove(entry.key())));
    assert!(removing.contains("by the iterator made at") && removing.contains("`retain` or `iter_mut`"), "{removing}");
    told_of_oneself(|| map.iter_mut().for_each(|entry| _ = map.get(entry.key())));
    told_of_oneself(|| (&map).into_iter().for_each(|entry| _ = map.insert(*entry.key(), 1)));
    assert_eq!(map.len() as u64, KEYS);
    map.iter().map(|entry| *entry.key()).collect::<Vec<_>>().iter().for_each(|key| _ = map.remove(key));
    assert!(map.is_empty());

    let set: DashSet<u64> = (0..KEYS).collect();
    told_of_oneself(|| set.iter().for_each(|key| _ = set.remove(key.key())));
    assert_eq!(set.len() as u64, KEYS);
}

/// The function that is given to an operation on all entries uses the map.
#[test]
fn the_function_of_retain_uses_the_map() {
    let map = map();
    for told in [
        told_of_oneself(|| map.retain(|key, _| map.contains_key(key))),
        told_of_oneself(|| map.retain(|key, _| map.get(key).is_some())),
        told_of_oneself(|| map.retain(|key, _| map.insert(*key, 1).is_some())),
        told_of_oneself(|| map.retain(|key, _| map.remove(key).is_some())),
        told_of_oneself(|| map.retain(|_, _| map.iter().count() > 0)),
        told_of_oneself(|| map.alter_all(|key, value| map.get(key).map_or(value, |value| *value))),
    ] {
        assert!(told.contains("by an operation that is still running"), "{told}");
    }
    // `alter_all` had one entry in its hands.
    assert_eq!(map.len() as u64, KEYS - 1);
    map.retain(|_, _| map.len() as u64 == KEYS - 1 && !map.is_empty());
    assert_eq!(map.len() as u64, KEYS - 1, "the length is known");
}

/// The function that makes an entry's value uses the map.
#[test]
fn the_function_of_or_insert_with_uses_the_map() {
    let map = map();
    let same = keys_of_one_shard(&map, 2);
    let others = keys_of_different_shards(&map, 2);
    let other =
        others.into_iter().find(|key| map.shard_of(key) != map.shard_of(&same[0])).expect("one of two is elsewhere");
    assert_eq!(map.remove(&same[0]), Some((same[0], 0)));
    told_of_oneself(|| drop(map.entry(same[0]).or_insert_with(|| map.get(&same[1]).map_or(0, |value| *value))));
    told_of_oneself(|| drop(map.entry(same[0]).or_insert_with(|| map.insert(same[1], 1).unwrap_or_default())));
    let write_elsewhere = || drop(map.entry(same[0]).or_insert_with(|| map.insert(other, 1).unwrap_or_default()));
    if cfg!(debug_assertions) {
        assert!(told(write_elsewhere).contains("works by luck"));
    } else {
        write_elsewhere();
        map.remove(&same[0]);
    }
    let value = map.get(&same[1]).map_or(0, |value| *value);
    assert_eq!(*map.entry(same[0]).or_insert(value + 5), 5);
    assert_eq!(map.len() as u64, KEYS);
}

/// Report 239: the length is asked for under a guard. So it is by whoever bounds a map.
#[test]
fn all_is_counted_printed_copied_and_cleared_under_a_guard() {
    let map = map();
    let held = map.entry(KEYS);
    assert_eq!((map.len() as u64, map.is_empty()), (KEYS, false));
    assert!(map.capacity() as u64 >= KEYS);
    for (name, told) in [
        ("`clear`", told_of_oneself(|| map.clear())),
        ("`shrink_to_fit`", told_of_oneself(|| map.shrink_to_fit())),
        ("`retain`", told_of_oneself(|| map.retain(|_, _| true))),
        ("for the iterator", told_of_oneself(|| drop(map.clone()))),
        ("for the iterator", told_of_oneself(|| drop(format!("{map:?}")))),
    ] {
        assert!(told.contains(name) && told.contains("for writing by the guard taken at"), "{told}");
    }
    drop(held);
    // `clear` had been through some shards before it came to that of the guard.
    let map = self::map();
    let held = map.get(&1);
    assert_eq!(map.clone().len() as u64, KEYS, "one may read what one reads");
    assert!(format!("{map:?}").starts_with('{'));
    told_of_oneself(|| map.clear());
    drop(held);
    map.clear();
    assert!(map.is_empty());
}

/// Report 304: `shrink_to_fit` took a lock twice.
#[test]
fn a_map_shrinks_again_and_again_beside_others() {
    let map = map();
    thread::scope(|scope| {
        for thread in 0..4 {
            let map = &map;
            scope.spawn(move || {
                for key in 0..KEYS {
                    *map.entry(key).or_insert(0) += 1;
                    if key % 100 == thread {
                        map.shrink_to_fit();
                    }
                }
            });
        }
    });
    assert!(map.iter().all(|entry| *entry == 4));
}

/// Two values are exchanged: two guards, in whichever order.
#[test]
fn two_keys_are_held_by_threads_in_opposite_orders() {
    let map = map();
    let exchange = |one: u64, other: u64| {
        let (Some(mut one), Some(mut other)) = (map.get_mut(&one), map.get_mut(&other)) else { return };
        std::mem::swap(&mut *one, &mut *other);
    };
    let keys = keys_of_one_shard(&map, 2);
    told_of_oneself(|| exchange(keys[0], keys[1]));
    if cfg!(debug_assertions) {
        let apart = keys_of_different_shards(&map, 2);
        assert!(told(|| exchange(apart[0], apart[1])).contains("works by luck"));
    }
    // The way that always works: not to wait for the second.
    thread::scope(|scope| {
        for order in [[1, 2], [2, 1]] {
            let map = &map;
            scope.spawn(move || {
                let mut exchanged = 0;
                while exchanged < 100 {
                    let one = map.get_mut(&order[0]);
                    if map.shard_of(&1) == map.shard_of(&2) {
                        return;
                    }
                    if let (Some(mut one), Some(mut other)) = (one, map.try_get_mut(&order[1]).try_unwrap()) {
                        std::mem::swap(&mut *one, &mut *other);
                        exchanged += 1;
                    } else {
                        thread::yield_now();
                    }
                }
            });
        }
    });
    assert!(map.try_get_mut(&1).is_present() && map.try_get_mut(&2).is_present());
}
