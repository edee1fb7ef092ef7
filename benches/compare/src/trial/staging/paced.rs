//! Inserts that come at a rate, each timed.

use std::{
    slice, thread,
    time::{Duration, Instant},
};

use crate::{cores, fault::Fault, latency::Latencies, maps::Map, operation::Operation, round::Tally};

/// Time from the start of a thread's burst to the start of the next one: no sleep is as short as one insert.
const BURST_EVERY: Duration = Duration::from_millis(1);

/// One thread for each array, so many inserts a second in all, for so long; what each took, and how many there were.
pub(super) fn insert<M: Map<u64, u64>>(
    map: &M,
    inserts: &[Vec<Operation<u64>>],
    per_s: f64,
    length: Duration,
) -> Result<(Latencies, u64), Fault> {
    let threads = if M::SHARED { inserts } else { &inserts[..1] };
    let burst = (per_s * BURST_EVERY.as_secs_f64() / threads.len() as f64).ceil() as usize;
    thread::scope(|scope| {
        let work = move |index: usize, inserts: &[Operation<u64>]| {
            cores::pin(index);
            insert_bursts(map, inserts, burst, length)
        };
        let threads = threads.iter().enumerate();
        let threads: Vec<_> = threads.map(|(index, inserts)| scope.spawn(move || work(index, inserts))).collect();
        let (mut all, mut done) = (Latencies::new(), 0);
        for thread in threads {
            let (latencies, tally) = thread.join().map_err(|_| Fault::Panicked)?;
            all.add(&latencies);
            done += tally.operations;
        }
        Ok((all, done))
    })
}

fn insert_bursts<M: Map<u64, u64>>(
    map: &M,
    inserts: &[Operation<u64>],
    burst: usize,
    length: Duration,
) -> (Latencies, Tally) {
    let (mut handle, mut latencies) = (map.handle(), Latencies::new());
    let tally = Tally::of(|tally| {
        let mut next = Instant::now();
        let end = next + length;
        for burst in inserts.chunks(burst.max(1)).cycle() {
            burst.iter().for_each(|insert| latencies.time(|| tally.work(&mut handle, slice::from_ref(insert))));
            next += BURST_EVERY;
            if next >= end {
                break;
            }
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    });
    (latencies, tally)
}
