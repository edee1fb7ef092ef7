//! The callers: a mix of operations, some of them timed.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::{
    cores,
    fault::Fault,
    latency::Latencies,
    maps::Map,
    operation::{Kind, Operation},
    round::Tally,
};

/// One operation in so many is timed, and as often it is asked whether the time is up.
const TIMED_ONE_IN: usize = 64;

/// What the callers came to.
pub(crate) struct Load {
    pub(crate) tallies: Vec<Tally>,
    pub(crate) gets: Latencies,
    pub(crate) writes: Latencies,
}

impl Load {
    fn new() -> Self {
        Self { tallies: Vec::new(), gets: Latencies::new(), writes: Latencies::new() }
    }

    /// Runs one thread for each array of operations while something else goes on, which is told when they are ready.
    pub(crate) fn during<M: Map<u64, u64>, R>(
        map: &M,
        operations: &[Vec<Operation<u64>>],
        else_goes_on: impl FnOnce() -> R,
    ) -> Result<(Self, R), Fault> {
        let threads = if M::SHARED { operations } else { &operations[..1] };
        let (ready, up) = (Barrier::new(threads.len() + 1), AtomicBool::new(false));
        thread::scope(|scope| {
            let (ready, up) = (&ready, &up);
            let work = move |index: usize, operations: &[Operation<u64>]| {
                cores::pin(index);
                let mut part = Self::new();
                ready.wait();
                part.work(map, operations, up);
                part
            };
            let threads = threads.iter().enumerate();
            let threads: Vec<_> =
                threads.map(|(index, operations)| scope.spawn(move || work(index, operations))).collect();
            ready.wait();
            let result = else_goes_on();
            up.store(true, Ordering::Relaxed);
            let mut all = Self::new();
            for thread in threads {
                all.add(thread.join().map_err(|_| Fault::Panicked)?);
            }
            Ok((all, result))
        })
    }

    fn work<M: Map<u64, u64>>(&mut self, map: &M, operations: &[Operation<u64>], up: &AtomicBool) {
        let mut handle = map.handle();
        let tally = Tally::of(|tally| {
            for chunk in operations.chunks(TIMED_ONE_IN).cycle() {
                if up.load(Ordering::Relaxed) {
                    break;
                }
                let (timed, rest) = chunk.split_at(1);
                let latencies = if timed[0].kind == Kind::Get { &mut self.gets } else { &mut self.writes };
                latencies.time(|| tally.work(&mut handle, timed));
                tally.work(&mut handle, rest);
            }
        });
        self.tallies.push(tally);
    }

    fn add(&mut self, other: Self) {
        self.tallies.extend(other.tallies);
        self.gets.add(&other.gets);
        self.writes.add(&other.writes);
    }

    pub(crate) fn mops(&self) -> f64 {
        Tally::sum(&self.tallies).operations_per_s() / 1e6
    }
}
