//! Where operations are run: on the worker, on the spot, or nowhere.

use std::{
    sync::{Arc, mpsc::channel},
    thread,
};

use autoshard::{DelegateError, Delegated, Store};

use super::super::{builder, store};

fn name() -> Option<String> {
    thread::current().name().map(str::to_owned)
}

#[test]
fn an_operation_is_run_on_the_worker() {
    let store: Store<String, u64> = store(builder());
    let ran = store.on_owner("a", |entry| (entry.insert_entry(1).into_key(), name())).wait();
    assert_eq!(ran, Ok(("a".to_owned(), Some("autoshard-worker-0".to_owned()))));
    assert_eq!(store.get_cloned("a"), Some(1));
}

#[test]
fn nobody_who_is_waited_for_lingers() {
    // Were it otherwise, this would not end.
    let store: Store<u64, u64> = store(builder().set("workers.linger_ms", 60_000).set("workers.batch", 8));
    for number in 1..100 {
        let added = store.on_owner(&1, |entry| *entry.and_modify(|value| *value += 1).or_insert(1));
        assert_eq!(added.wait(), Ok(number));
    }
}

#[test]
fn several_keys_are_grouped_and_answered_in_order() {
    let store: Store<u64, u64> = store(builder().workers(3));
    let keys: Vec<u64> = (0..100).map(|number| number * 7 % 100).chain([5, 5]).collect();
    let batch = store.on_owners(keys.clone(), |entry| {
        let key = *entry.key();
        let mut times = entry.or_insert(0);
        *times += 1;
        (key, *times)
    });
    let results: Vec<_> = batch.wait().into_iter().map(Result::unwrap).collect();
    assert!(results.iter().map(|result| result.0).eq(keys));
    assert_eq!(results[100..], [(5, 2), (5, 3)]);
}

#[test]
fn without_workers_it_is_run_on_the_spot() {
    let store: Store<u64, u64> = Store::builder().policy_toml("").build().unwrap();
    let here = name();
    assert_eq!(store.on_owner(&1, |entry| (*entry.or_insert(1), name())).wait(), Ok((1, here)));
    // Without anybody who waits, too.
    drop(store.on_owner(&2, |entry| drop(entry.or_insert(2))));
    assert_eq!(store.get_cloned(&2), Some(2));
    let panicked = store.on_owner(&3, |_| -> u64 { std::panic::resume_unwind(Box::new("on purpose")) }).wait();
    assert!(matches!(panicked, Err(DelegateError::Panicked { message, .. }) if message == "on purpose"));
    assert_eq!(store.on_owners([1, 2], |entry| *entry.or_insert(0)).wait(), [Ok(1), Ok(2)]);
}

#[test]
fn a_worker_runs_it_on_the_spot_and_waits_for_nobody() {
    let store: Arc<Store<u64, u64>> = Arc::new(store(builder().workers(2)));
    let (tell, told) = channel();
    let same = Arc::downgrade(&store);
    // To keys of both workers, from one of them, after it has left its shard.
    let run = move |entry: autoshard::Entry<'_, u64, u64>| {
        drop(entry.or_insert(1));
        let store = same.upgrade().expect("it is there");
        let ran: Vec<_> = (0..50).map(|key| store.on_owner(&key, |entry| *entry.or_insert(2)).wait()).collect();
        tell.send(ran).expect("somebody waits");
    };
    store.on_owner(&7, run).wait().unwrap();
    let expected: Vec<_> = (0..50).map(|key| Ok(if key == 7 { 1 } else { 2 })).collect();
    assert_eq!(told.recv().unwrap(), expected);
}

#[test]
fn who_is_inside_a_shard_does_not_wait() {
    let store: Arc<Store<u64, u64>> = Arc::new(store(builder()));
    store.insert(1, 1);
    let guard = store.get(&1);
    let refused = store.on_owner(&1, |entry| *entry.or_insert(0));
    assert_eq!(refused.wait(), Err(DelegateError::InsideShard));
    drop(guard);
    // A worker in a shard gives it to itself, for later.
    let same = Arc::downgrade(&store);
    let nested = store.on_owner(&1, move |entry| -> (Delegated<u64>, bool) {
        let store = same.upgrade().expect("it is there");
        let later = store.on_owner(&1, |entry| *entry.or_insert(0) + 10);
        let refused = store.on_owner(&1, |entry| *entry.or_insert(0)).wait() == Err(DelegateError::InsideShard);
        drop(entry);
        (later, refused)
    });
    let (later, is_refused) = nested.wait().unwrap();
    assert!(is_refused);
    assert_eq!(later.wait(), Ok(11));
}
