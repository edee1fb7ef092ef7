//! The plain cases.

use std::{
    sync::{Arc, mpsc::channel},
    thread,
};

use autoshard::Store;

use super::{builder, store};

#[test]
fn staged_writes_are_visible_after_a_flush() {
    let store: Store<u64, u64> = store(Store::builder().policy_toml("").workers(3));
    for key in 0..10_000 {
        store.stage(key, key).expect("a full queue blocks");
    }
    for key in (0..10_000).step_by(2) {
        store.stage_remove(key).expect("a full queue blocks");
        assert!(store.stage_update(key + 1, |value| *value *= 2).is_ok());
        assert!(store.stage_upsert(key + 20_000, 7, |value| *value += 1).is_ok());
        assert!(store.stage_upsert(key + 20_000, 7, |value| *value += 1).is_ok());
    }
    store.flush().expect("nothing is held");
    for key in (0..10_000).step_by(2) {
        assert_eq!(store.get_cloned(&key), None);
        assert_eq!(store.get_cloned(&(key + 1)), Some((key + 1) * 2));
        assert_eq!(store.get_cloned(&(key + 20_000)), Some(8));
    }
    assert_eq!(store.len(), 10_000);
    let workers = store.workers();
    assert_eq!(workers.iter().map(|worker| worker.committed).sum::<u64>(), 30_000);
    assert!(workers.iter().all(|worker| worker.committed > 0), "each has slots of its own");
    assert_eq!(workers.iter().map(|worker| worker.queued).sum::<usize>(), 0);
}

#[test]
fn a_lone_write_is_made_without_a_flush() {
    let store: Store<u64, u64> = store(builder());
    store.stage(1, 2).expect("there is room");
    // A hang guard by the harness alone: the write has no other way to become visible than the linger's end.
    while store.get_cloned(&1).is_none() {
        thread::yield_now();
    }
}

#[test]
fn later_writes_of_a_batch_win() {
    let store: Store<u64, u64> = store(Store::builder().policy_toml("").workers(1).set("workers.linger_ms", 60_000));
    store.insert(2, 10);
    store.stage(1, 1).unwrap();
    assert!(store.stage_update(1, |value| *value += 5).is_ok());
    store.stage(1, 2).unwrap();
    assert!(store.stage_update(1, |value| *value *= 10).is_ok());
    store.stage_remove(2).unwrap();
    assert!(store.stage_update(2, |value| *value = 99).is_ok());
    store.stage(3, 3).unwrap();
    store.stage_remove(3).unwrap();
    assert!(store.stage_upsert(3, 30, |value| *value += 1).is_ok());
    assert!(store.stage_upsert(3, 30, |value| *value += 1).is_ok());
    store.flush().unwrap();
    assert_eq!((store.get_cloned(&1), store.get_cloned(&2), store.get_cloned(&3)), (Some(20), None, Some(31)));
    let worker = &store.workers()[0];
    assert_eq!((worker.committed, worker.coalesced, worker.lost), (10, 7, 0));
}

#[test]
fn without_workers_writes_are_made_at_once() {
    let store: Store<u64, u64> = store(Store::builder().policy_toml(""));
    assert!(store.workers().is_empty());
    store.stage(1, 1).unwrap();
    assert_eq!(store.get_cloned(&1), Some(1));
    assert!(store.stage_update(1, |value| *value += 1).is_ok());
    assert!(store.stage_upsert(2, 5, |value| *value += 1).is_ok());
    assert_eq!((store.get_cloned(&1), store.get_cloned(&2)), (Some(2), Some(5)));
    store.stage_remove(1).unwrap();
    assert_eq!(store.get_cloned(&1), None);
    store.flush().unwrap();
}

#[test]
fn every_way_to_end_a_store_makes_what_was_staged() {
    let filled = || {
        let store: Store<u64, u64> = store(builder().set("workers.linger_ms", 60_000));
        (0..5).for_each(|key| store.stage(key, key).unwrap());
        store
    };
    assert_eq!(filled().into_iter().count(), 5);
    let view = filled().into_read_only();
    assert_eq!(view.len(), 5);
    // It has no workers any more; what is staged now is made at once or refused, but never forgotten.
    let store = view.into_inner();
    store.stage(9, 9).unwrap();
    store.flush().unwrap();
    assert_eq!(store.get_cloned(&9), Some(9));
}

#[test]
fn workers_run_pinned_or_not() {
    for pinning in [true, false] {
        let store: Store<u64, u64> = store(builder().set("workers.pinning", pinning));
        store.stage(1, 1).unwrap();
        store.flush().unwrap();
        let worker = &store.workers()[0];
        assert!(pinning || worker.core.is_none(), "it was not asked for");
        assert_eq!(worker.pinning_refused, pinning && worker.core.is_none());
        assert_eq!(&store.telemetry().workers[0].name, &worker.name);
        assert_eq!(store.get_cloned(&1), Some(1));
    }
}

#[test]
fn the_last_owner_may_be_a_worker() {
    let counted = Arc::new(());
    let store: Arc<Store<u64, Arc<()>>> =
        Arc::new(Store::builder().policy_toml("").workers(1).build().expect("the policy is in order"));
    let same = Arc::clone(&store);
    let (go_on, wait) = channel::<()>();
    assert!(store.stage(1, Arc::clone(&counted)).is_ok());
    let last = move |_: &mut Arc<()>| {
        let _ = wait.recv();
        drop(same);
    };
    assert!(store.stage_update(1, last).is_ok());
    for key in 2..100 {
        assert!(store.stage(key, Arc::clone(&counted)).is_ok());
    }
    drop(store);
    drop(go_on);
    while Arc::strong_count(&counted) > 1 {
        thread::yield_now();
    }
}
