//! The end of stores with workers, over and over, under load: nothing that was confirmed is lost, and no thread is left.
//!
//! A program of its own with one test, since threads are counted.

use std::{fs, sync::Arc, thread};

use autoshard::Store;

const ENDS: u64 = 1000;
const PRODUCERS: u64 = 2;
const WRITES: u64 = 40;

/// Threads of this process that are workers; `None` where the system does not tell.
fn workers_alive() -> Option<usize> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    // The system keeps 15 bytes of a name.
    Some(names.filter(|name| name.starts_with("autoshard-worke")).count())
}

/// A value that holds on to something that can be counted.
#[derive(Clone)]
struct Counted(u64, #[expect(dead_code, reason = "it is counted")] Arc<()>);

#[test]
fn a_thousand_ends_lose_nothing_and_leave_no_thread() {
    let counted = Arc::new(());
    for end in 0..ENDS {
        let store: Store<u64, Counted> = Store::builder()
            .policy_toml("")
            .workers(2)
            .set("workers.batch", 1 + end % 7)
            .set("workers.queue", 1 + end % 13)
            .set("workers.linger_ms", if end % 2 == 0 { 60_000 } else { 0 })
            .build()
            .expect("the policy is in order");
        if end == 0 {
            // They name themselves when they begin. Were they not told apart, this would not end.
            while workers_alive().is_some_and(|alive| alive < 2) {
                thread::yield_now();
            }
        }
        thread::scope(|scope| {
            for producer in 0..PRODUCERS {
                let (store, counted) = (&store, &counted);
                scope.spawn(move || {
                    for write in 0..WRITES {
                        let key = producer * WRITES + write / 2;
                        let merge = |value: &mut Counted| value.0 += 1;
                        let staged = store.stage_upsert(key, Counted(1, Arc::clone(counted)), merge);
                        assert!(staged.is_ok(), "a full queue blocks");
                    }
                });
            }
        });
        if end % 3 == 0 {
            let entries: Vec<_> = store.into_iter().collect();
            assert_eq!(entries.len() as u64, PRODUCERS * WRITES / 2);
            assert!(entries.iter().all(|(_, value)| value.0 == 2), "each write is made once");
        } else if end % 3 == 1 {
            let view = store.into_read_only();
            assert_eq!(view.iter().map(|entry| entry.1.0).sum::<u64>(), PRODUCERS * WRITES);
        } else {
            drop(store);
        }
        assert_eq!(Arc::strong_count(&counted), 1, "all values are gone");
        // A thread that was joined may be listed a moment longer; the harness guards against one that is so for ever.
        while workers_alive().is_some_and(|alive| alive > 0) {
            thread::yield_now();
        }
    }
}
