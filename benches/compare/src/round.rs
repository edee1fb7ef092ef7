//! One stretch of a round: threads, each with its own operations, for a given time or to the end of them.

use std::{
    hint::black_box,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    cores,
    fault::Fault,
    maps::{Handle, Map},
    operation::{Kind, Operation},
    value::{Key, Value},
};

/// Operations between two looks at whether the time is up: a look then costs nothing, and comes every few microseconds.
const LOOK_EVERY: usize = 256;

/// What a thread, or all of them, came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    pub(crate) operations: u64,
    /// Operations that found their key, or, where they insert, found none.
    pub(crate) hits: u64,
    /// Inserts that found no key.
    pub(crate) inserted: u64,
    /// Removals that found their key.
    pub(crate) removed: u64,
    /// Updates that found their key.
    pub(crate) updated: u64,
    start: Instant,
    end: Instant,
}

/// When threads stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// When so much time is over; they begin again at the end of their operations.
    After(Duration),
    /// After their last operation.
    AtTheEnd,
}

/// Runs one thread for each array of operations, pinned in turn to the cores; what each came to.
pub(crate) fn run<K: Key, V: Value, M: Map<K, V>>(
    map: &M,
    operations: &[Vec<Operation<K>>],
    stop: Stop,
) -> Result<Vec<Tally>, Fault> {
    let threads = if M::SHARED { operations } else { &operations[..1] };
    let (ready, up) = (Barrier::new(threads.len() + 1), AtomicBool::new(false));
    thread::scope(|scope| {
        let (ready, up) = (&ready, &up);
        let work = move |index: usize, operations: &[Operation<K>]| {
            cores::pin(index);
            let mut handle = map.handle();
            ready.wait();
            match stop {
                Stop::After(_) => Tally::cycling(&mut handle, operations, up),
                Stop::AtTheEnd => Tally::of(|tally| tally.work(&mut handle, operations)),
            }
        };
        let threads = threads.iter().enumerate();
        let threads: Vec<_> = threads.map(|(index, operations)| scope.spawn(move || work(index, operations))).collect();
        ready.wait();
        if let Stop::After(length) = stop {
            thread::sleep(length);
            up.store(true, Ordering::Relaxed);
        }
        let join = |thread: thread::ScopedJoinHandle<'_, Tally>| thread.join().map_err(|_| Fault::Panicked);
        threads.into_iter().map(join).collect()
    })
}

impl Tally {
    /// What the work comes to, timed.
    pub(crate) fn of(work: impl FnOnce(&mut Self)) -> Self {
        let start = Instant::now();
        let mut tally = Self { operations: 0, hits: 0, inserted: 0, removed: 0, updated: 0, start, end: start };
        work(&mut tally);
        tally.end = Instant::now();
        tally
    }

    /// Goes through the operations again and again until the time is up.
    fn cycling<K: Key, V: Value>(handle: &mut impl Handle<K, V>, operations: &[Operation<K>], up: &AtomicBool) -> Self {
        Self::of(|tally| {
            for chunk in operations.chunks(LOOK_EVERY).cycle() {
                if up.load(Ordering::Relaxed) {
                    break;
                }
                tally.work(handle, chunk);
            }
        })
    }

    /// Does each operation once.
    pub(crate) fn work<K: Key, V: Value>(&mut self, handle: &mut impl Handle<K, V>, operations: &[Operation<K>]) {
        let (mut hits, mut inserted, mut removed, mut updated, mut digest) = (0, 0, 0, 0, 0_u64);
        for Operation { kind, key } in operations {
            let hit = match kind {
                Kind::Get => read(handle, key, &mut digest),
                Kind::Insert => {
                    let hit = handle.insert(key.clone(), V::fresh());
                    inserted += u64::from(hit);
                    hit
                }
                Kind::Remove => {
                    let hit = handle.remove(key);
                    removed += u64::from(hit);
                    hit
                }
                Kind::Update => update(handle, key, &mut updated),
                Kind::ReadModifyWrite => read(handle, key, &mut digest) & update(handle, key, &mut updated),
            };
            hits += u64::from(hit);
        }
        black_box(digest);
        self.operations += operations.len() as u64;
        self.hits += hits;
        self.inserted += inserted;
        self.removed += removed;
        self.updated += updated;
    }

    /// All threads: from the first start to the last end.
    pub(crate) fn sum(tallies: &[Self]) -> Self {
        let sum = |part: fn(&Self) -> u64| tallies.iter().map(part).sum::<u64>();
        Self {
            operations: sum(|tally| tally.operations),
            hits: sum(|tally| tally.hits),
            inserted: sum(|tally| tally.inserted),
            removed: sum(|tally| tally.removed),
            updated: sum(|tally| tally.updated),
            start: tallies.iter().map(|tally| tally.start).min().expect("a round has a thread"),
            end: tallies.iter().map(|tally| tally.end).max().expect("a round has a thread"),
        }
    }

    pub(crate) fn operations_per_s(&self) -> f64 {
        self.operations as f64 / (self.end - self.start).as_secs_f64()
    }
}

fn read<K: Key, V: Value>(handle: &mut impl Handle<K, V>, key: &K, digest: &mut u64) -> bool {
    let found = handle.get(key, V::digest);
    *digest = digest.wrapping_add(found.unwrap_or_default());
    found.is_some()
}

fn update<K: Key, V: Value>(handle: &mut impl Handle<K, V>, key: &K, updated: &mut u64) -> bool {
    let hit = handle.update(key, V::update);
    *updated += u64::from(hit);
    hit
}

/// Puts the keys in, with fresh values: by as many threads as there are cores, where threads may share the map.
pub(crate) fn fill<K: Key, V: Value, M: Map<K, V>>(map: &M, keys: &[K]) -> Result<(), Fault> {
    let threads = if M::SHARED { cores::count() } else { 1 };
    let part = keys.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let put_in = move |index: usize, keys: &[K]| {
            cores::pin(index);
            let mut handle = map.handle();
            for key in keys {
                handle.insert(key.clone(), V::fresh());
            }
        };
        let parts = keys.chunks(part).enumerate();
        let threads: Vec<_> = parts.map(|(index, keys)| scope.spawn(move || put_in(index, keys))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| Fault::Panicked))
    })
}
