//! Everything at once, while the modes of the shards' locks are changed at random: nothing is lost or torn, and it ends.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    thread,
};

use autoshard_tuning::Bias;
use rand::{RngExt, SeedableRng, prelude::IndexedRandom, rngs::SmallRng};

use super::Store;
use crate::presence;

const KEYS: u64 = 100;
const WORKERS: u64 = 6;
const ROUNDS: u64 = 1500;

/// Both halves of a value are equal whenever nobody is inside.
type Halves = (u64, u64);

fn store() -> Store<u64, Halves> {
    let builder = Store::builder();
    let builder = builder.set("shards.slots", 64).set("shards.max", 64).set("shards.initial", 8);
    let store = builder.set("tuner.enabled", false).build().expect("the policy is valid");
    for key in 0..KEYS {
        store.insert(key, (1000, 1000));
    }
    store
}

/// Gives a random shard a random mode; owners are threads that may be at work, may be idle, and may be gone.
fn change_mode(store: &Store<u64, Halves>, random: &mut SmallRng) -> bool {
    let lines = presence::lines().count() as u32;
    let bias = match random.random_range(0..5) {
        0 => Bias::Neutral,
        1 => Bias::Fenced,
        2 => Bias::Asymmetric,
        _ => Bias::Owned(random.random_range(0..lines)),
    };
    let serving: Vec<_> = store.control.headers.serving().map(|(id, header)| (id, header.lock.uid())).collect();
    // None, if a cut-over came between the looks at its target and at its source.
    let chosen = serving.choose(random).copied();
    chosen.is_some_and(|(id, uid)| store.control.choose_bias(id, uid, bias, store.body.patience()))
}

/// One thing that a caller may do; returns how much it has added to the sum of the first halves.
fn work(store: &Store<u64, Halves>, random: &mut SmallRng) -> u64 {
    let mut key = || random.random_range(0..KEYS);
    let add = |halves: &mut Halves| *halves = (halves.0 + 1, halves.1 + 1);
    let (one, other, third) = (key(), key(), key());
    match random.random_range(0..12) {
        0..5 => store.view(&one, |_, halves| assert_eq!(halves.0, halves.1)).map_or(0, |()| 0),
        5..7 => store.update(&one, add).map_or(0, |_| 1),
        7 => {
            // Nested guards, the outer one dropped first, and more of them than a line has cells in its first block.
            let guards: Vec<_> = [one, other, third, one, other].iter().filter_map(|key| store.get(key)).collect();
            thread::yield_now();
            guards.iter().for_each(|guard| assert_eq!(guard.0, guard.1));
            guards.into_iter().for_each(drop);
            0
        }
        8 => {
            let Some(mut guard) = store.get_mut(&one) else { return 0 };
            guard.0 += 1;
            thread::yield_now();
            guard.1 += 1;
            let guard = guard.downgrade();
            assert_eq!(guard.0, guard.1);
            1
        }
        9 => store.try_get_mut(&one).try_unwrap().map_or(0, |mut halves| {
            add(&mut halves);
            1
        }),
        10 => {
            store.iter().take(20).for_each(|entry| assert_eq!(entry.0, entry.1));
            0
        }
        _ => {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                store.update(&one, |halves| {
                    add(halves);
                    // Without a message: there will be hundreds.
                    std::panic::resume_unwind(Box::new("on purpose"))
                })
            }));
            u64::from(outcome.is_err())
        }
    }
}

#[test]
fn sums_are_conserved_whatever_the_modes() {
    let store = store();
    let (at_work, added, changes) = (AtomicUsize::new(WORKERS as usize), AtomicU64::new(0), AtomicU64::new(0));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..WORKERS {
            let (store, at_work, added, is_over) = (&store, &at_work, &added, &is_over);
            scope.spawn(move || {
                let _end = Leave { at_work, is_over };
                let mut random = SmallRng::seed_from_u64(number);
                let sum: u64 = (0..ROUNDS).map(|_| work(store, &mut random)).sum();
                added.fetch_add(sum, Ordering::Relaxed);
            });
        }
        scope.spawn(|| {
            let mut random = SmallRng::seed_from_u64(WORKERS);
            while !is_over.load(Ordering::Acquire) {
                changes.fetch_add(u64::from(change_mode(&store, &mut random)), Ordering::Relaxed);
            }
        });
        scope.spawn(|| {
            let mut random = SmallRng::seed_from_u64(WORKERS + 1);
            while !is_over.load(Ordering::Acquire) {
                let _outcome = store.reshard(random.random_range(1..=16));
            }
        });
    });
    let sums = store.iter().fold((0, 0), |sums, entry| (sums.0 + entry.0, sums.1 + entry.1));
    let expected = KEYS * 1000 + added.into_inner();
    assert_eq!(sums, (expected, expected));
    assert!(changes.into_inner() > 0, "no mode was changed");
}

/// Says that it is over when the last one has left, however it ended.
struct Leave<'a> {
    at_work: &'a AtomicUsize,
    is_over: &'a AtomicBool,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.at_work.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.is_over.store(true, Ordering::Release);
        }
    }
}
