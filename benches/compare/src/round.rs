//! One round: threads, each with its own operations, for a given time.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    cores,
    maps::{Handle, Map},
    workload::Operation,
};

/// Operations between two looks at whether the time is up: a look then costs nothing, and comes every few microseconds.
const LOOK_EVERY: usize = 256;

/// What a round came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Operations of all threads.
    pub(crate) operations: u64,
    /// Of these, the ones that found their key, or, where they insert, found none.
    pub(crate) hits: u64,
    /// Updates that found their key.
    pub(crate) updates: u64,
    /// Operations a second, of all cores for a map that cannot be shared.
    pub(crate) operations_per_s: f64,
}

/// What a thread came to.
#[derive(Clone, Copy, Debug)]
struct Tally {
    operations: u64,
    hits: u64,
    updates: u64,
    start: Instant,
    end: Instant,
}

/// Runs one thread for each array of operations, pinned in turn to the cores, until the time is up.
pub(crate) fn run<M: Map>(map: &M, operations: &[Vec<Operation>], length: Duration) -> Outcome {
    let threads = if M::SHARED { operations } else { &operations[..1] };
    let (ready, up) = (Barrier::new(threads.len() + 1), AtomicBool::new(false));
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let (ready, up) = (&ready, &up);
        let spawn = |index| {
            scope.spawn(move || {
                cores::pin(index);
                let mut handle = map.handle();
                ready.wait();
                work(&mut handle, &threads[index], up)
            })
        };
        let threads: Vec<_> = (0..threads.len()).map(spawn).collect();
        ready.wait();
        thread::sleep(length);
        up.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().expect("no map panics")).collect()
    });
    // An unshared map serves each core as fast as the one that it ran on.
    let factor = if M::SHARED { 1 } else { operations.len().min(cores::count()) };
    outcome(&tallies, factor as f64)
}

/// Adds the threads up: from the first start to the last end.
fn outcome(tallies: &[Tally], factor: f64) -> Outcome {
    let start = tallies.iter().map(|tally| tally.start).min().expect("a round has a thread");
    let end = tallies.iter().map(|tally| tally.end).max().expect("a round has a thread");
    let sum = |part: fn(&Tally) -> u64| tallies.iter().map(part).sum::<u64>();
    let operations = sum(|tally| tally.operations);
    Outcome {
        operations,
        hits: sum(|tally| tally.hits),
        updates: sum(|tally| tally.updates),
        operations_per_s: factor * operations as f64 / (end - start).as_secs_f64(),
    }
}

/// Goes through the operations again and again until the time is up.
fn work(handle: &mut impl Handle, operations: &[Operation], up: &AtomicBool) -> Tally {
    let start = Instant::now();
    let (mut done, mut hits, mut updates) = (0, 0, 0);
    for chunk in operations.chunks(LOOK_EVERY).cycle() {
        if up.load(Ordering::Relaxed) {
            break;
        }
        for &operation in chunk {
            let hit = match operation {
                Operation::Get(key) => handle.get(key).is_some(),
                Operation::Insert(key) => handle.insert(key, 0),
                Operation::Remove(key) => handle.remove(key),
                Operation::Update(key) => {
                    let hit = handle.update(key);
                    updates += u64::from(hit);
                    hit
                }
            };
            hits += u64::from(hit);
        }
        done += chunk.len() as u64;
    }
    Tally { operations: done, hits, updates, start, end: Instant::now() }
}
