//! From empty to many entries by one thread while another reads what is in; every operation is timed.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crossbeam_utils::CachePadded;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{Figures, Round, Trial, single};
use crate::{
    cores,
    fault::Fault,
    keys::scattered,
    latency::Latencies,
    maps::{Contestant, Handle, Map, Visitor},
    workload::{Cell, Settings},
};

/// Inserts between two that the reader learns of.
const PUBLISH_EVERY: usize = 64;

/// Keys from `u64` to `u64`, in the order in which they go in.
pub(crate) struct Growth {
    keys: Vec<u64>,
    seed: u64,
}

impl Growth {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        Self { keys: scattered(cell.keys, settings.seed), seed: settings.seed }
    }

    /// Puts all keys in; the times, and how long it took in all.
    fn insert<M: Map<u64, u64>>(&self, map: &M, there: &AtomicUsize) -> (Latencies, Duration) {
        cores::pin(0);
        let (mut handle, mut latencies) = (map.handle(), Latencies::new());
        let start = Instant::now();
        for (index, &key) in self.keys.iter().enumerate() {
            latencies.time(|| handle.insert(key, key));
            if (index + 1).is_multiple_of(PUBLISH_EVERY) {
                // Release, for the reader's acquire: what it is told of is in.
                there.store(index + 1, Ordering::Release);
            }
        }
        let elapsed = start.elapsed();
        there.store(self.keys.len(), Ordering::Release);
        (latencies, elapsed)
    }

    /// Reads keys that are in, by chance, until all are; each must be found.
    fn read<M: Map<u64, u64>>(&self, map: &M, there: &AtomicUsize) -> Result<Latencies, Fault> {
        cores::pin(1);
        let (mut handle, mut latencies) = (map.handle(), Latencies::new());
        let mut random = SmallRng::seed_from_u64(self.seed);
        let (mut operations, mut found) = (0, 0);
        loop {
            let count = there.load(Ordering::Acquire);
            if count == self.keys.len() {
                break;
            }
            if count == 0 {
                thread::yield_now();
                continue;
            }
            let key = self.keys[random.random_range(0..count)];
            let value = latencies.time(|| handle.get(&key, |value| *value));
            operations += 1;
            found += u64::from(value == Some(key));
        }
        if found != operations {
            return Err(Fault::Hits { operations, found, expected: operations });
        }
        Ok(latencies)
    }
}

/// The machine's own pauses, as two threads see them that do nothing else for so long.
fn noise(length: Duration) -> Result<Latencies, Fault> {
    thread::scope(|scope| {
        let spawn = |index| {
            scope.spawn(move || {
                cores::pin(index);
                Latencies::of_nothing(length)
            })
        };
        let threads = [spawn(0), spawn(1)];
        let mut all = Latencies::new();
        for thread in threads {
            all.add(&thread.join().map_err(|_| Fault::Panicked)?);
        }
        Ok(all)
    })
}

impl Trial for Growth {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single(move || contestant.accept::<u64, u64, _>(self))
    }
}

impl Visitor<u64, u64> for &Growth {
    type Output = Result<Figures, Fault>;

    /// A map that may not be shared grows without a reader.
    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        let map = M::with_capacity(0);
        let there = CachePadded::new(AtomicUsize::new(0));
        let ((inserts, elapsed), reads) = thread::scope(|scope| {
            let (map, there) = (&map, &*there);
            let inserter = scope.spawn(move || self.insert(map, there));
            let reads = M::SHARED.then(|| scope.spawn(move || self.read(map, there)).join());
            let inserts = inserter.join().map_err(|_| Fault::Panicked)?;
            Ok::<_, Fault>((inserts, reads.transpose().map_err(|_| Fault::Panicked)?))
        })?;
        let (found, expected) = (map.handle().len() as u64, self.keys.len() as u64);
        if found != expected {
            return Err(Fault::Entries { found, expected });
        }
        let mut figures =
            Figures { mops: Some(self.keys.len() as f64 / elapsed.as_secs_f64() / 1e6), ..Figures::default() };
        inserts.report_costs("insert", &mut figures);
        if let Some(reads) = reads {
            reads?.report_costs("read", &mut figures);
        }
        noise(elapsed)?.report("noise", |name, nanoseconds| figures.note(&name, nanoseconds));
        Ok(figures)
    }
}
