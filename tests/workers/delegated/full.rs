//! Full queues: operations wait for room, and nobody else does; or are told.

use std::{sync::Arc, thread};

use autoshard::{DelegateError, Store};

use super::{
    super::{builder, stall, store},
    block_on, is_pending,
};

#[test]
fn an_operation_waits_for_room_and_its_caller_does_not() {
    let store: Store<u64, u64> = store(builder());
    let go_on = stall(&store, 0);
    (1..=8).for_each(|key| store.stage(key, key).unwrap());
    let mut operations: Vec<_> = (0..20_u64)
        .map(|number| {
            store.on_owner(&9, move |entry| {
                let mut value = entry.or_insert(0);
                assert_eq!(*value, number, "in order");
                *value += 1;
            })
        })
        .collect();
    assert!(operations.iter_mut().all(is_pending));
    assert_eq!((store.workers()[0].blocked, store.workers()[0].queued), (20, 8));
    thread::scope(|scope| {
        // Comes after what is in line, and waits as before.
        let stager = scope.spawn(|| store.stage_update(9, |value| *value *= 100).is_ok());
        while store.workers()[0].blocked < 21 {
            thread::yield_now();
        }
        drop(go_on);
        assert!(stager.join().unwrap());
    });
    operations.into_iter().for_each(|operation| assert_eq!(block_on(operation), Ok(())));
    store.flush().unwrap();
    assert_eq!(store.get_cloned(&9), Some(2000));
}

#[test]
fn who_is_dropped_in_line_leaves_no_trace() {
    let counted = Arc::new(());
    let store: Store<u64, u64> = store(builder());
    let go_on = stall(&store, 0);
    (1..=8).for_each(|key| store.stage(key, key).unwrap());
    for _ in 0..1000 {
        let held = Arc::clone(&counted);
        let mut operation = store.on_owner(&9, move |entry| drop((entry.or_insert(0), held)));
        assert!(is_pending(&mut operation));
        drop(operation);
        assert_eq!(Arc::strong_count(&counted), 1, "the function is dropped with the future");
    }
    let last = store.on_owner(&10, |entry| *entry.or_insert(7));
    drop(go_on);
    assert_eq!(last.wait(), Ok(7));
    // Does not wait for those who are gone.
    store.flush().unwrap();
    assert!(!store.contains_key(&9));
    assert_eq!(store.workers()[0].committed, 10);
}

#[test]
fn a_full_queue_refuses() {
    let store: Store<u64, u64> = store(builder().set("workers.full", "reject"));
    let go_on = stall(&store, 0);
    let operations: Vec<_> = (1..=10).map(|key| store.on_owner(&key, move |entry| *entry.or_insert(key))).collect();
    drop(go_on);
    let results: Vec<_> = operations.into_iter().map(block_on).collect();
    let expected = (1..=8).map(Ok).chain([Err(DelegateError::Full), Err(DelegateError::Full)]);
    assert_eq!(results, expected.collect::<Vec<_>>());
    assert_eq!((store.len(), store.workers()[0].rejected), (9, 2));
}

#[test]
fn who_is_pushed_out_is_told() {
    let store: Store<u64, u64> = store(builder().set("workers.full", "drop_oldest"));
    let go_on = stall(&store, 0);
    let operations: Vec<_> = (1..=10).map(|key| store.on_owner(&key, move |entry| *entry.or_insert(key))).collect();
    let early = operations.into_iter().map(block_on);
    let late = thread::scope(|scope| {
        let results = scope.spawn(|| early.collect::<Vec<_>>());
        drop(go_on);
        results.join().unwrap()
    });
    let expected = [Err(DelegateError::Lost), Err(DelegateError::Lost)].into_iter().chain((3..=10).map(Ok));
    assert_eq!(late, expected.collect::<Vec<_>>());
    assert_eq!(store.workers()[0].dropped, 2);
}
