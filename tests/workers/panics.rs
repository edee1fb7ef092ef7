//! Panics in users' code, in a worker.

use std::{
    hash::{Hash, Hasher},
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use autoshard::{Store, telemetry::EventKind};

use super::{builder, store};

#[test]
fn a_merge_that_panics_loses_itself_alone() {
    let store: Store<u64, u64> = store(builder());
    store.insert(1, 0);
    for number in 0..1000_u64 {
        let merge = move |value: &mut u64| {
            if number % 10 == 3 {
                resume_unwind(Box::new("on purpose"));
            }
            *value += 1;
        };
        assert!(store.stage_update(1, merge).is_ok());
        assert!(store.stage_upsert(2, 1, merge).is_ok());
    }
    store.flush().unwrap();
    // The first of key 2 inserts, and does not merge.
    assert_eq!((store.get_cloned(&1), store.get_cloned(&2)), (Some(900), Some(900)));
    let worker = &store.workers()[0];
    assert_eq!((worker.committed, worker.lost, worker.panics), (1800, 200, 200));
    let mut events = store.events();
    let mut told = 0;
    while let Some(event) = events.try_next() {
        if let EventKind::StagedWritePanicked { lost, message, .. } = event.kind {
            assert_eq!((lost, &*message), (1, "on purpose"));
            told += 1;
        }
    }
    assert_eq!(told, 200);
}

#[test]
fn only_what_was_not_made_counts_as_lost() {
    let store: Store<Incomparable, u64> = store(builder().set("workers.linger_ms", 60_000));
    // Whatever fails in the `Eq`, and the merge that fails besides, is counted once.
    store.insert(Incomparable(1, false), 0);
    let failing = |_: &mut u64| resume_unwind(Box::new("on purpose"));
    store.stage(Incomparable(1, true), 1).unwrap();
    assert!(store.stage_update(Incomparable(2, false), failing).is_ok());
    store.stage(Incomparable(2, false), 1).unwrap();
    assert!(store.stage_update(Incomparable(2, false), failing).is_ok());
    assert!(store.stage_update(Incomparable(2, false), |value| *value += 1).is_ok());
    store.flush().unwrap();
    assert_eq!(
        (store.get_cloned(&Incomparable(1, false)), store.get_cloned(&Incomparable(2, false))),
        (Some(0), Some(2))
    );
    let worker = &store.workers()[0];
    assert_eq!(worker.committed + worker.lost, 5, "each counts once");
    assert!(worker.lost >= 2, "{}", worker.lost);
}

/// A value whose `Drop` panics if it is told to, and a key whose `Eq` does.
#[derive(Clone, Debug)]
struct Touchy {
    number: u64,
    panics: bool,
    drops: Arc<AtomicU64>,
}

impl Drop for Touchy {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        if self.panics {
            self.panics = false;
            resume_unwind(Box::new("dropped on purpose"));
        }
    }
}

#[test]
fn a_drop_that_panics_loses_nothing() {
    let drops = Arc::new(AtomicU64::new(0));
    let value = |number, panics| Touchy { number, panics, drops: Arc::clone(&drops) };
    let store: Store<u64, Touchy> = store(builder());
    for number in 0..100 {
        // Replaced in a batch, in the store, and removed.
        store.stage(1, value(number, number < 99)).unwrap();
        store.stage(2, value(number, true)).unwrap();
        store.stage_remove(2).unwrap();
    }
    store.flush().unwrap();
    assert_eq!(store.update(&1, |value| value.number), Some(99));
    assert_eq!((store.len(), drops.load(Ordering::SeqCst)), (1, 199));
    let worker = &store.workers()[0];
    assert_eq!((worker.committed, worker.lost, worker.panics), (300, 0, 199));
}

#[derive(Clone, Debug)]
struct Incomparable(u64, bool);

impl PartialEq for Incomparable {
    fn eq(&self, other: &Self) -> bool {
        if self.1 || other.1 {
            resume_unwind(Box::new("compared on purpose"));
        }
        self.0 == other.0
    }
}

impl Eq for Incomparable {}

impl Hash for Incomparable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn an_eq_that_panics_leaves_the_worker_at_work() {
    let store: Store<Incomparable, u64> = store(builder());
    store.stage(Incomparable(1, false), 1).unwrap();
    store.flush().unwrap();
    for number in 0..50 {
        store.stage(Incomparable(1, true), 100).unwrap();
        store.stage(Incomparable(2 + number, false), number).unwrap();
    }
    store.flush().unwrap();
    assert_eq!(store.len(), 51);
    assert_eq!(store.get_cloned(&Incomparable(1, false)), Some(1));
    assert_eq!(store.workers()[0].lost, 50);
}
