//! Threads and stores that come and go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use autoshard::Store;
use rand::RngExt;

use crate::{
    churn::{WORKERS, random, scaled, under_churn},
    ledger::{CountedClone, Ledger},
    stores::{Mode, builder},
};

/// Keys of each store.
const KEYS: u64 = 200;

#[test]
fn many_short_threads() {
    for mode in Mode::ALL {
        let store: Store<u64, u64> = mode.store();
        let increments = AtomicU64::new(0);
        let coverage = under_churn(&store, 20, |_, random| {
            let key = random.random_range(0..KEYS);
            thread::scope(|scope| {
                scope.spawn(|| {
                    store.upsert(key, || 1, |value| *value += 1);
                    assert!(store.contains_key(&key));
                });
            });
            increments.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(store.iter().map(|entry| *entry.value()).sum::<u64>(), increments.into_inner());
        coverage.say("short threads", &store);
    }
}

/// A store whose background tuner acts at once on whatever little it sees, under `mode`.
fn restless(mode: Mode) -> Store<CountedClone, CountedClone> {
    let builder = builder()
        .set("tuner.window_ms", "1")
        .set("tuner.settle_windows", "0")
        .set("tuner.cool_down_factor", "0")
        .set("tuner.idle_s", "0.001")
        .set("shards.entries_max", "16");
    mode.build(builder)
}

#[test]
fn a_store_is_dropped_while_its_tuner_works() {
    let mut migrations = 0;
    let stores = scaled(100);
    for mode in Mode::ALL {
        let ledger: Arc<Ledger> = Arc::default();
        for round in 0..stores {
            let store = restless(mode);
            let value = |number| CountedClone(ledger.value(number));
            // Each store lives a little longer than the last, so that the drop meets every phase.
            for number in 0..KEYS * (1 + round % 16) {
                store.insert(value(number), value(number));
            }
            migrations += store.telemetry().migrations.started;
            drop(store);
            assert_eq!(ledger.alive(), 0, "{mode:?}: whatever was dropped is gone when drop returns");
        }
    }
    println!("drops beside the tuner: {} stores, {migrations} migrations begun before", 3 * stores);
}

#[test]
fn stores_come_and_go_on_all_threads() {
    let stores_of_one = scaled(1_000) / WORKERS;
    let ledger: Arc<Ledger> = Arc::default();
    let entries = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 0..WORKERS {
            let (ledger, entries) = (&ledger, &entries);
            scope.spawn(move || {
                let mut random = random(thread);
                for _ in 0..stores_of_one {
                    let store = restless(Mode::ALL[random.random_range(0..Mode::ALL.len())]);
                    // Many are never used at all.
                    for number in 0..random.random_range(0..KEYS).saturating_sub(KEYS / 2) {
                        store.insert(CountedClone(ledger.value(number)), CountedClone(ledger.value(number)));
                        entries.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(ledger.alive(), 0);
    println!("stores that come and go: {} stores, {} entries", stores_of_one * WORKERS, entries.into_inner());
}
