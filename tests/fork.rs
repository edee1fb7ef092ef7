//! After `fork`, a child has a copy of the store, and no tuner: it serves untuned, says so, and nothing hangs.
#![cfg(target_os = "linux")]

use std::{
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use autoshard::{Store, telemetry::EventKind};

/// Entries of a store that was used enough for the tuner to know it.
const ENTRIES: u64 = 5_000;

/// Seconds after which a child counts as hanging. It does some milliseconds' work.
const HANGING: u32 = 120;

/// Of a child that panicked.
const PANICKED: i32 = 3;

/// A store that the tuner's thread knows, and lets be: whatever that thread had in hand at a fork would stay locked.
fn store() -> Store<u64, u64> {
    let store = Store::builder().set("tuner.window_ms", 60_000).build().expect("the policy is valid");
    (0..ENTRIES).for_each(|key| {
        store.insert(key, key);
    });
    store
}

/// Runs something in a child of this process; tells how that ended, as `waitpid` does.
fn in_child(run: impl FnOnce()) -> i32 {
    // SAFETY: the child has this thread alone. What others may hold at this moment is the allocator's, which sees to forks itself, and
    // the test harness's, which the child does not go back to.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", io::Error::last_os_error());
    if child == 0 {
        // SAFETY: no handler is set, so this ends the child if it hangs.
        unsafe { libc::alarm(HANGING) };
        let outcome = catch_unwind(AssertUnwindSafe(run));
        if let Err(panic) = &outcome {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            // Not by a macro: the harness would catch that.
            _ = writeln!(io::stderr(), "in the child: {}", text.unwrap_or("a panic without a message"));
        }
        // SAFETY: ends the process without the harness's part.
        unsafe { libc::_exit(if outcome.is_ok() { 0 } else { PANICKED }) };
    }
    let mut status = 0;
    // SAFETY: the pointer is to a variable of ours.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child, "waitpid: {}", io::Error::last_os_error());
    status
}

/// Every kind of operation, on a store with 0 to [`ENTRIES`].
fn use_store(store: &Store<u64, u64>) {
    assert!((0..ENTRIES).all(|key| store.get_cloned(&key) == Some(key)));
    for key in 0..ENTRIES {
        assert_eq!(store.update(&key, |value| *value += 1), Some(()));
    }
    for key in ENTRIES..2 * ENTRIES {
        assert_eq!(store.insert(key, key), None);
    }
    *store.entry(0).or_insert(0) += 1;
    assert_eq!(store.get_mut(&0).map(|value| *value), Some(2));
    store.retain(|key, _| *key < ENTRIES);
    assert_eq!(store.iter().map(|entry| *entry.value()).sum::<u64>(), (1..=ENTRIES).sum::<u64>() + 1);
    assert_eq!(store.len() as u64, ENTRIES);
}

/// How the store says that no background thread serves it.
fn is_said_to_be_untuned(store: &Store<u64, u64>) -> bool {
    let mut events = store.events();
    let mut told = std::iter::from_fn(|| events.try_next());
    told.any(|event| matches!(event.kind, EventKind::TunerUnavailable { .. }))
}

/// In the child of a process with workers, which has none.
fn a_child_makes_staged_writes_itself() {
    let builder = Store::builder().set("tuner.window_ms", 60_000).workers(2).set("workers.linger_ms", 60_000);
    let store: Store<u64, u64> = builder.build().expect("the policy is valid");
    (0..20).for_each(|key| store.stage(key, key).expect("there is room"));
    store.flush().expect("nothing is held");
    // It lingers for a minute: nothing is in anybody's hands at the fork.
    store.stage(100_000, 1).expect("there is room");
    let mut store = Some(store);
    let status = in_child(|| {
        let store = store.take().expect("it is there");
        for key in 0..5_000 {
            store.stage(key, 1).expect("no queue is in the way");
            assert_eq!(store.get_cloned(&key), Some(1));
        }
        store.stage_remove(3).expect("no queue is in the way");
        assert!(store.stage_update(4, |value| *value += 1).is_ok());
        assert!(store.stage_upsert(5, 0, |value| *value += 1).is_ok());
        assert_eq!([3, 4, 5, 100_000].map(|key| store.get_cloned(&key)), [None, Some(2), Some(2), None]);
        store.flush().expect("there is nothing to wait for");
        assert_eq!(store.into_iter().count(), 4_999);
    });
    assert_eq!(status, 0, "the child hung, or panicked (what it said is above)");
    let store = store.expect("the child took its own");
    store.flush().expect("nothing is held");
    assert_eq!((store.len(), store.get_cloned(&100_000)), (21, Some(1)));
}

/// One test: another beside it might hold something, by another thread, at the moment of a fork.
#[test]
fn a_child_has_a_copy_of_the_store_and_no_tuner() {
    let store = store();
    assert!(!is_said_to_be_untuned(&store), "here it has a tuner, or a fork would show nothing");
    let mut store = Some(store);
    let status = in_child(|| {
        let before = store.take().expect("it is there");
        use_store(&before);
        drop(before);
        let fresh = self::store();
        use_store(&fresh);
        assert!(is_said_to_be_untuned(&fresh));
        assert_eq!(fresh.telemetry().tuner.driver, "manual");
        fresh.reshard(7).expect("nobody is in the way");
        assert_eq!((fresh.shard_count(), fresh.len() as u64), (7, ENTRIES));
    });
    assert_eq!(status, 0, "the child hung, or panicked (what it said is above)");
    let store = store.expect("the child took its own");
    use_store(&store);
    a_child_makes_staged_writes_itself();
    assert!(!is_said_to_be_untuned(&store));
}
