//! Threads at work on a store, while another moves its shards.

use std::{
    env,
    hash::Hash,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
};

use autoshard::Store;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Threads that work on the store.
pub(crate) const WORKERS: u64 = 8;

/// Reshardings, at least, that each test sees through while its workers are at it.
const RESHARDINGS_MIN: u64 = 20;

/// Reshardings given up, at most, while [`RESHARDINGS_MIN`] is not reached: more are a failure.
const GIVEN_UP_MAX: u64 = 1_000;

/// One resharding in so many is left to the tuner.
const TUNE_ONE_IN: u32 = 8;

/// How much was done while shards moved.
#[derive(Debug)]
pub(crate) struct Coverage {
    /// Rounds of all workers.
    pub(crate) rounds: u64,
    /// Reshardings carried out.
    pub(crate) reshardings: u64,
    /// Reshardings given up.
    pub(crate) given_up: u64,
}

impl Coverage {
    /// Says what the test covered; shown with `--nocapture`, and where the test fails.
    pub(crate) fn say<K, V>(&self, test: &str, store: &Store<K, V>)
    where
        K: Eq + Hash,
    {
        let migrations = store.telemetry().migrations;
        println!(
            "{test}: {} rounds beside {} reshardings ({} given up): {} migrations, {} entries moved, {} dual writes",
            self.rounds,
            self.reshardings,
            self.given_up,
            migrations.completed,
            migrations.entries_copied,
            migrations.dual_writes,
        );
        assert!(migrations.completed > 0, "{test}: no shard has moved");
        assert_eq!(migrations.mismatches, 0, "{test}: verification found a difference");
    }
}

/// `iterations`, times `STRESS_FACTOR` of the environment.
pub(crate) fn scaled(iterations: u64) -> u64 {
    let factor = env::var("STRESS_FACTOR").map_or(1, |text| {
        text.parse().unwrap_or_else(|_| panic!("STRESS_FACTOR must be a whole number, and is {text:?}"))
    });
    iterations * factor
}

/// A generator of its own for each thread: the same numbers in each run, in whatever order the threads come to run.
pub(crate) fn random(thread: u64) -> SmallRng {
    SmallRng::seed_from_u64(0x5eed_0000 + thread)
}

/// How resharding goes on.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    reshardings: AtomicU64,
    given_up: AtomicU64,
}

impl Progress {
    /// Whether there were enough reshardings, or too many were given up. Each attempt ends, so one of both comes about.
    fn is_enough(&self) -> bool {
        self.reshardings() >= RESHARDINGS_MIN || self.given_up.load(Ordering::Relaxed) >= GIVEN_UP_MAX
    }

    /// Reshardings carried out.
    pub(crate) fn reshardings(&self) -> u64 {
        self.reshardings.load(Ordering::Relaxed)
    }
}

/// Calls `round` at least `rounds` times on each of [`WORKERS`] threads, with the thread's number and random numbers, while
/// one more thread gives `store` one random number of shards after another.
pub(crate) fn under_churn<K, V>(store: &Store<K, V>, rounds: u64, round: impl Fn(u64, &mut SmallRng) + Sync) -> Coverage
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
{
    let (rounds, rounds_done, progress) = (scaled(rounds), AtomicU64::new(0), Progress::default());
    let at_work = AtomicUsize::new(WORKERS as usize);
    let work = |thread: u64| {
        let mut random = random(thread);
        let mut done = 0;
        while done < rounds || !progress.is_enough() {
            round(thread, &mut random);
            done += 1;
        }
        rounds_done.fetch_add(done, Ordering::Relaxed);
    };
    thread::scope(|scope| {
        for thread in 0..WORKERS {
            let (work, at_work) = (&work, &at_work);
            scope.spawn(move || {
                // Counted down however the worker ends, or its panic would leave the resharding going for ever.
                let _leave = Leave(at_work);
                work(thread);
            });
        }
        reshard_until(store, &progress, || at_work.load(Ordering::Acquire) == 0);
    });
    let coverage = Coverage {
        rounds: rounds_done.into_inner(),
        reshardings: progress.reshardings(),
        given_up: progress.given_up.into_inner(),
    };
    assert!(coverage.reshardings >= RESHARDINGS_MIN, "too few reshardings succeeded: {coverage:?}");
    coverage
}

/// Reshards the store again and again until it is told to end.
pub(crate) fn reshard_until<K, V>(store: &Store<K, V>, progress: &Progress, end: impl Fn() -> bool)
where
    K: Eq + Hash,
{
    let mut random = random(WORKERS);
    while !end() {
        if random.random_ratio(1, TUNE_ONE_IN) {
            store.tune_now();
            continue;
        }
        let outcome = store.reshard(random.random_range(1..=store.policy().shards.max as usize));
        let counter = if outcome.is_ok() { &progress.reshardings } else { &progress.given_up };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts down when dropped.
struct Leave<'a>(&'a AtomicUsize);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        // Release: whoever sees zero sees all that the workers did.
        self.0.fetch_sub(1, Ordering::Release);
    }
}
