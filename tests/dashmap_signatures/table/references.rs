//! The guards of one entry: `Ref`, `RefMut`, and what they map to.

use super::{
    Map, squares,
    subject::mapref::one::{Ref, RefMut},
};

/// A map with one entry whose value has parts.
fn pairs() -> Map<u64, (u64, String)> {
    let map = Map::new();
    map.insert(1, (10, "ten".to_owned()));
    map
}

#[test]
fn ref_shows_key_and_value() {
    let map = squares();
    let entry: Ref<'_, u64, u64> = map.get(&3).unwrap();
    assert_eq!((entry.key(), entry.value()), (&3, &9));
    assert_eq!(entry.pair(), (&3, &9));
    assert_eq!(*entry, 9);
}

#[test]
fn ref_mut_changes_the_value() {
    let map = squares();
    let mut entry: RefMut<'_, u64, u64> = map.get_mut(&3).unwrap();
    assert_eq!((entry.key(), entry.value()), (&3, &9));
    *entry += 1;
    *entry.value_mut() += 1;
    let (key, value): (&u64, &mut u64) = entry.pair_mut();
    *value += key;
    assert_eq!(entry.pair(), (&3, &14));
}

#[test]
fn ref_mut_downgrades_and_lets_readers_in() {
    let map = squares();
    let mut entry = map.get_mut(&3).unwrap();
    *entry = 10;
    let entry: Ref<'_, u64, u64> = entry.downgrade();
    assert_eq!(*entry, 10);
    assert_eq!(*map.try_get(&3).unwrap(), 10);
}

#[test]
fn ref_maps_to_a_part() {
    let map = pairs();
    let part = map.get(&1).unwrap().map(|value| &value.1);
    assert_eq!((part.key(), part.value().as_str()), (&1, "ten"));
    assert_eq!(part.pair().0, &1);
    assert_eq!(part.len(), 3);
    assert_eq!(part.to_string(), "ten");
    let text: &str = part.as_ref();
    assert_eq!(text, "ten");

    let bytes = part.map(|text| text);
    let refused = bytes.try_map(|_| None::<&u64>).unwrap_err();
    let found = refused.try_map(|text| Some(text)).unwrap();
    assert_eq!(found.value().as_str(), "ten");
}

#[test]
fn ref_tries_to_map() {
    let map = pairs();
    let refused: Ref<'_, u64, (u64, String)> = map.get(&1).unwrap().try_map(|_| None::<&u64>).unwrap_err();
    let part = refused.try_map(|value| Some(&value.0)).unwrap();
    assert_eq!(*part, 10);
}

#[test]
fn ref_mut_maps_to_a_part() {
    let map = pairs();
    let mut part = map.get_mut(&1).unwrap().map(|value| &mut value.0);
    *part += 1;
    *part.value_mut() += 1;
    *part.pair_mut().1 += 1;
    assert_eq!((part.key(), part.value()), (&1, &13));
    assert_eq!(part.pair(), (&1, &13));

    let part = part.map(|number| number);
    let refused = part.try_map(|_| None::<&mut u64>).unwrap_err();
    let mut found = refused.try_map(|number| Some(number)).unwrap();
    *found += 1;
    drop(found);
    assert_eq!(map.get(&1).unwrap().0, 14);
}

#[test]
fn ref_mut_tries_to_map() {
    let map = pairs();
    let refused: RefMut<'_, u64, (u64, String)> = map.get_mut(&1).unwrap().try_map(|_| None::<&mut u64>).unwrap_err();
    let mut part = refused.try_map(|value| Some(&mut value.1)).unwrap();
    part.push_str(" and one");
    drop(part);
    assert_eq!(map.get(&1).unwrap().1, "ten and one");
}

#[test]
fn guards_print_under_their_names() {
    let map = squares();
    assert!(format!("{:?}", map.get(&3).unwrap()).starts_with("Ref { "));
    assert!(format!("{:?}", map.get_mut(&3).unwrap()).starts_with("RefMut { "));
    assert!(format!("{:?}", map.get(&3).unwrap().map(|value| value)).starts_with("MappedRef { "));
    assert!(format!("{:?}", map.get_mut(&3).unwrap().map(|value| value)).starts_with("MappedRefMut { "));
}

#[test]
fn a_guards_lifetime_may_shrink() {
    fn shrink<'short>(entry: Ref<'static, u64, u64>) -> Ref<'short, u64, u64> {
        entry
    }
    fn shrink_mut<'short>(entry: RefMut<'static, u64, u64>) -> RefMut<'short, u64, u64> {
        entry
    }
    let _functions = (shrink as fn(_) -> _, shrink_mut as fn(_) -> _);
}
