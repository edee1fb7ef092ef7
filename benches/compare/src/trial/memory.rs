//! Bytes that a map takes, empty, with a hundred entries and with many, and the time to build an empty one.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Figures, Round, Trial, single};
use crate::{
    allocator,
    fault::Fault,
    keys::scattered,
    maps::{Contestant, Handle, Map, Visitor},
    workload::{Cell, Settings},
};

/// Empty maps that are built in a row.
const EMPTY_MAPS: usize = 1000;

/// Entries of a small map.
const FEW: usize = 100;

/// Time between two looks at the bytes.
const LOOK: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 100 });

/// Looks that must agree: three of our tuner's windows, and more than others take to free what they had put off.
const LOOKS_ALIKE: usize = 15;

/// Looks after which a map is as it is.
const LOOKS_MAX: usize = 100;

/// Entries from `u64` to `u64`.
pub(crate) struct Memory {
    keys: Vec<u64>,
}

impl Memory {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        allocator::start_counting();
        Self { keys: scattered(cell.keys, settings.seed) }
    }

    /// Bytes of a map with so many entries, put in one by one by one thread.
    fn bytes_with<M: Map<u64, u64>>(&self, entries: usize) -> Result<f64, Fault> {
        let before = allocator::bytes();
        let map = M::with_capacity(0);
        {
            let mut handle = map.handle();
            for &key in &self.keys[..entries] {
                handle.insert(key, key);
            }
        }
        let bytes = settled_bytes() - before;
        let found = map.handle().len() as u64;
        let expected = entries as u64;
        if found != expected {
            return Err(Fault::Entries { found, expected });
        }
        Ok(bytes as f64 + size_of::<M>() as f64)
    }
}

/// The bytes allocated, when they have stopped changing: maps may put off what they free, or still be at work.
fn settled_bytes() -> isize {
    let (mut last, mut alike) = (allocator::bytes(), 0);
    for _ in 0..LOOKS_MAX {
        thread::sleep(LOOK);
        let now = allocator::bytes();
        alike = if now == last { alike + 1 } else { 0 };
        last = now;
        if alike == LOOKS_ALIKE {
            break;
        }
    }
    last
}

impl Trial for Memory {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single(move || contestant.accept::<u64, u64, _>(self))
    }
}

impl Visitor<u64, u64> for &Memory {
    type Output = Result<Figures, Fault>;

    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        // What the first map of its kind sets up for all of them: threads, thread-locals.
        self.bytes_with::<M>(1.min(self.keys.len()))?;
        let mut empty = Vec::with_capacity(EMPTY_MAPS);
        let (before, start) = (allocator::bytes(), Instant::now());
        empty.extend((0..EMPTY_MAPS).map(|_| M::with_capacity(0)));
        let (elapsed, allocated) = (start.elapsed(), allocator::bytes() - before);
        drop(empty);
        let mut figures = Figures::default();
        figures.cost("empty_ns", elapsed.as_nanos() as f64 / EMPTY_MAPS as f64);
        figures.cost("empty_bytes", size_of::<M>() as f64 + allocated as f64 / EMPTY_MAPS as f64);
        figures.cost("with_100_entries_bytes", self.bytes_with::<M>(FEW.min(self.keys.len()))?);
        figures.cost("per_entry_bytes", self.bytes_with::<M>(self.keys.len())? / self.keys.len() as f64);
        Ok(figures)
    }
}
