//! Full queues: who is stalled is bounded, and writers are told by the rule.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use autoshard::Store;

use super::{builder, stall, store};

#[test]
fn a_full_queue_hands_back() {
    let store: Store<u64, u64> = store(builder().set("workers.full", "reject"));
    let go_on = stall(&store, 0);
    let accepted = (1..100).filter(|&key| match store.stage(key, key) {
        Ok(()) => true,
        Err(full) => {
            assert_eq!(full.handed_back, (key, key));
            false
        }
    });
    assert_eq!(accepted.count(), 8, "as many as the queue holds");
    assert_eq!(store.stage_remove(5).unwrap_err().handed_back, 5);
    let (key, merge) = store.stage_update(5, |value| *value += 1).expect_err("it is full").handed_back;
    drop(go_on);
    store.flush().unwrap();
    let mut value = 1;
    merge(&mut value);
    assert_eq!((key, value, store.len()), (5, 2, 9));
    let worker = &store.workers()[0];
    assert_eq!((worker.rejected, worker.dropped, worker.committed), (93, 0, 9));
}

#[test]
fn a_full_queue_drops_the_oldest() {
    let store: Store<u64, u64> = store(builder().set("workers.full", "drop_oldest"));
    let go_on = stall(&store, 0);
    (1..=100).for_each(|key| store.stage(key, key).unwrap());
    assert_eq!(store.workers()[0].queued, 8);
    drop(go_on);
    store.flush().unwrap();
    assert!((93..=100).all(|key| store.contains_key(&key)), "the newest are kept");
    let worker = &store.workers()[0];
    assert_eq!((store.len(), worker.dropped, worker.committed), (9, 92, 9));
}

#[test]
fn a_full_queue_blocks_until_there_is_room() {
    let store: Store<u64, u64> = store(builder());
    store.insert(0, 0);
    // The worker is to stand in the shard of key 0.
    let other = (1000..).find(|key| store.shard_of(key) != store.shard_of(&0)).expect("there are several shards");
    store.insert(other, 0);
    let go_on = stall(&store, 0);
    (1..=8).for_each(|key| store.stage(key, key).unwrap());
    let is_through = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            store.stage(9, 9).unwrap();
            is_through.store(true, Ordering::SeqCst);
        });
        while store.workers()[0].blocked == 0 {
            thread::yield_now();
        }
        assert!(!is_through.load(Ordering::SeqCst), "there is no room");
        // Whoever holds a guard is never made to wait.
        let guard = store.get(&other);
        assert!(store.stage(10, 10).is_err());
        drop(guard);
        drop(go_on);
    });
    store.flush().unwrap();
    assert_eq!(store.get_cloned(&9), Some(9));
    assert_eq!(store.get_cloned(&10), None);
}
