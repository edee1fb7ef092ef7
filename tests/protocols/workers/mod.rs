//! Staged writes and [delegated] operations against migrations, flushes, [inline] ones too, [sinks], full queues and the end of the store.
//!
//! The queue itself is a deque under a mutex here, by the contract of crossbeam's; all that is built on it is the library's own code: counting,
//! waking, waiting, folding, and the operations by which a worker writes. Workers are threads of the model (`Store::hire`).

mod delegated;
mod inline;
mod sinks;

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use autoshard::{Store, StoreBuilder};
use shuttle::{
    Config, MaxSteps, Runner,
    scheduler::{PctScheduler, RandomScheduler},
    thread::{JoinHandle, spawn, yield_now},
};

/// Schedules for each kind of scheduler.
const SCHEDULES: usize = 300;
const PREEMPTIONS: usize = 3;
const STEPS_MAX: usize = 100_000;
const SEED: u64 = 0x5EED;

fn check(model: fn()) {
    let asked = std::env::var("MODEL_SCHEDULES").ok();
    let schedules = asked.map_or(SCHEDULES, |asked| asked.parse().expect("MODEL_SCHEDULES is a number"));
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS_MAX);
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new_from_seed(SEED, schedules), config.clone()).run(model);
    Runner::new(PctScheduler::new_from_seed(SEED, PREEMPTIONS, schedules), config).run(model);
}

fn builder() -> StoreBuilder {
    let builder = Store::builder().policy_toml("").set("shards.slots", 4).set("shards.max", 4).set("shards.initial", 1);
    builder.set("workers.count", 1).set("workers.batch", 2).set("workers.queue", 2)
}

/// A store whose workers are at work, and these.
fn store(builder: StoreBuilder) -> (Arc<Store<u64, Vec<u64>>>, Vec<JoinHandle<()>>) {
    let store: Store<u64, Vec<u64>> = builder.build().expect("the policy is in order");
    let workers = store.hire().into_iter().map(|work| spawn(work)).collect();
    (Arc::new(store), workers)
}

fn push(store: &Store<u64, Vec<u64>>, key: u64, number: u64) -> bool {
    store.stage_upsert(key, vec![number], move |numbers| numbers.push(number)).is_ok()
}

fn end(store: &Store<u64, Vec<u64>>, workers: Vec<JoinHandle<()>>) {
    store.dismiss();
    workers.into_iter().for_each(|worker| worker.join().expect("no panic"));
}

#[test]
fn staged_writes_are_made_once_and_in_order_whatever_migrates() {
    check(|| {
        let (store, workers) = store(builder().set("workers.count", 2));
        let producers: Vec<_> = [100, 200]
            .map(|base| {
                let store = Arc::clone(&store);
                spawn(move || (0..3).for_each(|number| assert!(push(&store, number % 2, base + number))))
            })
            .into_iter()
            .collect();
        let same = Arc::clone(&store);
        let migrator = spawn(move || {
            let _ = same.reshard(4);
            let _ = same.reshard(1);
        });
        producers.into_iter().for_each(|producer| producer.join().expect("no panic"));
        end(&store, workers);
        migrator.join().expect("no panic");
        let of = |key: u64, base: u64| {
            let numbers = store.get_cloned(&key).expect("it was staged");
            numbers
                .into_iter()
                .filter(|number| number / 100 == base / 100)
                .map(|number| number - base)
                .collect::<Vec<_>>()
        };
        for base in [100, 200] {
            assert_eq!((of(0, base), of(1, base)), (vec![0, 2], vec![1]));
        }
    });
}

#[test]
fn a_flush_shows_what_was_staged_before() {
    check(|| {
        let (store, workers) = store(builder());
        let same = Arc::clone(&store);
        let other = spawn(move || (0..3).for_each(|number| assert!(push(&same, 9, number))));
        for number in 0..2 {
            assert!(push(&store, 1, number));
            store.flush().expect("nothing is held");
            assert_eq!(store.get_cloned(&1).map(|numbers| numbers.len() as u64), Some(number + 1));
        }
        other.join().expect("no panic");
        end(&store, workers);
        assert_eq!(store.get_cloned(&9), Some(vec![0, 1, 2]));
    });
}

#[test]
fn a_flush_ends_though_writes_are_refused_beside_it() {
    check(|| {
        let (store, workers) = store(builder().set("workers.full", "reject").set("workers.queue", 1));
        let same = Arc::clone(&store);
        let other = spawn(move || (0..3).filter(|&number| push(&same, 9, number)).count());
        let staged = push(&store, 1, 1);
        store.flush().expect("nothing is held");
        assert_eq!(store.contains_key(&1), staged);
        let accepted = other.join().expect("no panic");
        end(&store, workers);
        assert_eq!(store.get_cloned(&9).map_or(0, |numbers| numbers.len()), accepted);
    });
}

#[test]
fn a_flush_ends_though_the_oldest_are_dropped_beside_it() {
    check(|| {
        let (store, workers) = store(builder().set("workers.full", "drop_oldest").set("workers.queue", 1));
        let same = Arc::clone(&store);
        let other = spawn(move || (0..3).for_each(|number| assert!(push(&same, 9, number))));
        assert!(push(&store, 1, 1));
        store.flush().expect("nothing is held");
        let is_there = store.contains_key(&1);
        other.join().expect("no panic");
        end(&store, workers);
        let worker = &store.workers()[0];
        assert!(is_there || worker.dropped > 0, "it was visible, or lost to make room");
        assert_eq!((worker.committed + worker.dropped, store.contains_key(&1)), (4, is_there));
        // Nothing but the other key's write could have pushed the last one out, and would be the newest then.
        let last = store.get_cloned(&9).and_then(|numbers| numbers.last().copied());
        assert!(last == Some(2) || is_there, "the newest is kept");
    });
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_future_is_woken_when_all_is_there() {
    check(|| {
        let (store, workers) = store(builder());
        assert!(push(&store, 1, 1));
        drop(store.flush_async());
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut flush = pin!(store.flush_async());
        loop {
            // Polled only when it was woken: one that is not makes the model hang, which is a failure.
            if woken.0.swap(false, Ordering::SeqCst)
                && let Poll::Ready(()) = flush.as_mut().poll(&mut Context::from_waker(&waker))
            {
                break;
            }
            yield_now();
        }
        assert!(store.contains_key(&1));
        end(&store, workers);
    });
}
