//! `update`, `upsert`, `compare_exchange`, and reads that copy.

use autoshard::Store;

/// 1 to 9, each with its square.
fn squares() -> Store<u64, u64> {
    (1..10).map(|number| (number, number * number)).collect()
}

#[test]
fn update_changes_in_place_and_gives_back_what_its_closure_says() {
    let store = squares();
    let old = store.update(&3, |value| std::mem::replace(value, 10));
    assert_eq!(old, Some(9));
    assert_eq!(store.get_cloned(&3), Some(10));
    assert_eq!(store.update(&0, |_| unreachable!("there is no entry 0")), None::<()>);
}

#[test]
fn upsert_inserts_or_updates_never_both() {
    let store = squares();
    store.upsert(20, || 1, |_| unreachable!("20 is not there"));
    store.upsert(20, || unreachable!("20 is there"), |value| *value += 1);
    assert_eq!(store.get_cloned(&20), Some(2));
    assert_eq!(store.len(), 10);
}

#[test]
fn compare_exchange_replaces_only_what_is_expected() {
    let store = squares();
    assert_eq!(store.compare_exchange(3, Some(&9), Some(10)).ok(), Some(Some(9)));
    assert!(store.compare_exchange(3, Some(&9), Some(11)).is_err());
    assert_eq!(store.get_cloned(&3), Some(10));
}

#[test]
fn compare_exchange_inserts_only_where_absence_is_expected() {
    let store = squares();
    assert_eq!(store.compare_exchange(20, None, Some(1)).ok(), Some(None));
    assert!(store.compare_exchange(20, None, Some(2)).is_err());
    assert!(store.compare_exchange(21, Some(&1), Some(2)).is_err());
    assert_eq!(store.get_cloned(&20), Some(1));
    assert!(!store.contains_key(&21));
}

#[test]
fn compare_exchange_removes_only_what_is_expected() {
    let store = squares();
    assert!(store.compare_exchange(3, Some(&8), None).is_err());
    assert_eq!(store.compare_exchange(3, Some(&9), None).ok(), Some(Some(9)));
    assert!(!store.contains_key(&3));
    assert_eq!(store.compare_exchange(3, None, None).ok(), Some(None));
    assert!(store.compare_exchange(4, None, None).is_err());
    assert_eq!(store.len(), 8);
}

#[test]
fn get_cloned_leaves_no_lock_behind() {
    let store = squares();
    let copy = store.get_cloned(&3);
    assert!(store.try_get_mut(&3).is_present());
    assert_eq!(copy, Some(9));
    assert_eq!(store.get_cloned(&0), None);
}

#[test]
fn get_many_answers_in_the_order_of_its_keys() {
    let store = squares();
    assert_eq!(store.get_many(&[3, 0, 9, 3]), [Some(9), None, Some(81), Some(9)]);
    assert_eq!(store.get_many::<u64>([]), []);
}

#[test]
fn get_many_finds_each_of_many() {
    let store: Store<u64, u64> = (0..10_000).map(|number| (number, number + 1)).collect();
    let keys: Vec<u64> = (0..20_000).rev().collect();
    let found = store.get_many(&keys);
    assert_eq!(found.len(), keys.len());
    for (key, value) in keys.iter().zip(found) {
        assert_eq!(value, (*key < 10_000).then_some(key + 1));
    }
}

#[test]
fn an_empty_store_answers_everything() {
    let store: Store<String, String> = Store::new();
    assert!(store.is_empty());
    assert_eq!(store.len(), 0);
    assert!(store.get("key").is_none() && store.get_mut("key").is_none());
    assert!(store.try_get("key").is_absent());
    assert_eq!(store.remove("key"), None);
    assert_eq!(store.update("key", |_| ()), None);
    assert_eq!(store.iter().count() + store.iter_mut().count(), 0);
    assert_eq!(store.get_many(["key"]), [None]);
    assert!(store.hot_keys().is_empty());
    assert_eq!(store.telemetry().entries, 0);
    store.retain(|_, _| unreachable!("there is nothing to keep"));
    store.alter_all(|_, _| unreachable!("there is nothing to alter"));
    store.clear();
    store.shrink_to_fit();
    assert_eq!(store.clone().into_iter().count(), 0);
}
