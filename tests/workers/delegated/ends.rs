//! Panics, futures that are dropped, and stores that end.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        mpsc::{channel, sync_channel},
    },
};

use autoshard::{ChannelSink, DelegateError, Sinks, Store, telemetry::EventKind};

use super::{
    super::{builder, stall, store},
    block_on, is_pending,
};

#[test]
fn a_panic_is_an_error_to_its_caller_alone() {
    let store: Store<u64, u64> = store(builder());
    let mut events = store.events();
    let add = |number: u64| {
        store.on_owner(&1, move |entry| {
            *entry.or_insert(0) += 1;
            if number % 10 == 3 {
                resume_unwind(Box::new("on purpose"));
            }
            number
        })
    };
    for number in 0..100 {
        match block_on(add(number)) {
            Ok(same) => assert!(same == number && number % 10 != 3),
            Err(DelegateError::Panicked { message, .. }) => assert_eq!((&*message, number % 10), ("on purpose", 3)),
            Err(other) => panic!("{other}"),
        }
    }
    store.flush().unwrap();
    assert_eq!(store.get_cloned(&1), Some(100), "what was done before the panic stays");
    let worker = &store.workers()[0];
    assert_eq!((worker.committed, worker.lost, worker.panics), (90, 10, 10));
    let panics = std::iter::from_fn(|| events.try_next())
        .filter(|event| matches!(event.kind, EventKind::StagedWritePanicked { lost: 1, .. }));
    assert_eq!(panics.count(), 10);
}

#[test]
fn a_future_that_is_dropped_before_its_turn_takes_the_function_back() {
    let counted = Arc::new(());
    let store: Store<u64, u64> = store(builder());
    let go_on = stall(&store, 0);
    for key in 1..=4 {
        let held = Arc::clone(&counted);
        let mut operation = store.on_owner(&key, move |entry| drop((entry.or_insert(0), held)));
        assert!(is_pending(&mut operation));
        drop(operation);
    }
    assert_eq!(Arc::strong_count(&counted), 1);
    drop(go_on);
    store.flush().unwrap();
    let worker = &store.workers()[0];
    assert_eq!((store.len(), worker.committed, worker.lost), (1, 1, 0));
}

#[test]
fn a_future_that_is_dropped_in_its_turn_leaves_the_operation_whole() {
    let counted = Arc::new(());
    let store: Store<u64, u64> = store(builder());
    let (tell, begun) = channel();
    let (go_on, stalled) = channel::<()>();
    let held = Arc::clone(&counted);
    let operation = store.on_owner(&1, move |entry| {
        let mut value = entry.or_insert(1);
        tell.send(()).expect("somebody waits");
        let _ = stalled.recv();
        *value += 1;
        held
    });
    begun.recv().unwrap();
    drop(operation);
    drop(go_on);
    store.flush().unwrap();
    assert_eq!(store.get_cloned(&1), Some(2));
    assert_eq!(Arc::strong_count(&counted), 1, "the result is dropped");
}

#[test]
fn the_end_of_the_store_carries_out_what_waits() {
    for end in 0..3 {
        let store: Store<u64, u64> = store(builder());
        let go_on = stall(&store, 0);
        // More than there is room for.
        let operations: Vec<_> = (1..=30).map(|key| store.on_owner(&key, move |entry| *entry.or_insert(key))).collect();
        drop(go_on);
        match end {
            0 => drop(store),
            1 => assert_eq!(store.into_iter().count(), 31),
            _ => assert_eq!(store.into_read_only().len(), 31),
        }
        for (operation, key) in operations.into_iter().zip(1..) {
            assert_eq!(if key % 2 == 0 { block_on(operation) } else { operation.wait() }, Ok(key));
        }
    }
}

#[test]
fn sinks_are_told_what_an_operation_left() {
    let (sender, receiver) = sync_channel(64);
    let sinks = Sinks::new(move |_| ChannelSink::new(sender.clone()));
    let store: Store<u64, u64> = builder().build_with_sinks(sinks).unwrap();
    store.stage(1, 1).unwrap();
    store.on_owner(&1, |entry| *entry.or_insert(0) += 10).wait().unwrap();
    assert!(store.stage_update(1, |value| *value += 100).is_ok());
    let panicked = store.on_owner(&1, |entry| {
        *entry.or_insert(0) += 1000;
        resume_unwind(Box::new("on purpose"))
    });
    assert!(panicked.wait().is_err());
    assert_eq!(store.on_owner(&2, |entry| entry.insert_entry(2).remove()).wait(), Ok(2));
    store.flush_durable().unwrap();
    drop(store);
    let entries: Vec<_> = receiver.iter().flat_map(autoshard::Batch::into_entries).collect();
    let of = |key| entries.iter().filter(|entry| entry.0 == key).map(|entry| entry.1).collect::<Vec<_>>();
    assert_eq!((of(1), of(2)), (vec![Some(1), Some(11), Some(111), Some(1111)], vec![None]));
}
