//! Flushing.

use std::{
    pin::pin,
    sync::{Arc, mpsc::channel},
    task::{Context, Waker},
    thread,
};

use autoshard::{FlushError, Store};

use super::{Unpark, block_on, builder, stall, store};

#[test]
fn a_future_is_ready_when_all_is_visible() {
    let store: Store<u64, u64> = store(builder().workers(2).set("workers.linger_ms", 60_000));
    for round in 0..200 {
        for key in 0..round % 7 {
            store.stage(key, round).unwrap();
        }
        block_on(store.flush_async());
        assert!((0..round % 7).all(|key| store.get_cloned(&key) == Some(round)));
    }
}

#[test]
fn a_future_may_be_dropped_and_leaves_no_waker() {
    let store: Store<u64, u64> = store(builder());
    let go_on = stall(&store, 0);
    store.stage(1, 1).unwrap();
    let unpark = Arc::new(Unpark(thread::current()));
    let waker = Waker::from(Arc::clone(&unpark));
    for _ in 0..100 {
        let mut future = pin!(store.flush_async());
        for _ in 0..3 {
            assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(Arc::strong_count(&unpark), 3, "ours, the waker's, and one in the queue");
    }
    assert_eq!(Arc::strong_count(&unpark), 2);
    drop(go_on);
    block_on(store.flush_async());
    assert_eq!(store.get_cloned(&1), Some(1));
}

#[test]
fn who_might_wait_for_himself_is_refused() {
    let store: Arc<Store<u64, u64>> = Arc::new(store(builder()));
    store.insert(1, 1);
    let guard = store.get(&1);
    assert_eq!(store.flush(), Err(FlushError::InsideShard));
    drop(guard);
    let (tell, told) = channel();
    let same = Arc::downgrade(&store);
    let update = move |_: &mut u64| tell.send(same.upgrade().map(|store| store.flush())).unwrap();
    assert!(store.stage_update(1, update).is_ok());
    assert_eq!(told.recv().unwrap(), Some(Err(FlushError::InsideShard)));
    store.flush().unwrap();
}
