//! For how long the replacement of a shard locks callers out, and what memory it takes meanwhile, under a mix that allocates nothing.
//!
//! Other maps have nothing to replace; they do the mix.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use super::{
    Figures, Round, Trial,
    moving::{Load, Mover, SHARDS, check},
    single_for,
};
use crate::{
    allocator,
    fault::Fault,
    maps::{Contestant, Map, Ours, Visitor, movable_store},
    operation::Prepared,
    round::fill,
    workload::{Cell, Settings, Workload, prepare_mix},
};

/// Time between two looks at the bytes: a fraction of what copying a shard of a few hundred entries takes.
const LOOK: Duration = Duration::from_micros(20);

/// What callers do meanwhile: they read, and write now and then.
const MIX: Workload = Workload::Get95;

/// Rounds of splits and merges before anything is measured: the store then keeps as many events as it ever does.
const ROUNDS_UNCOUNTED: usize = 5;

/// Entries from `u64` to `u64`, and the mix.
pub(crate) struct Holds {
    mix: Prepared<u64>,
    settings: Settings,
}

impl Holds {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        allocator::start_counting();
        Self { mix: prepare_mix(MIX, cell, settings), settings: *settings }
    }

    fn conduct_ours(&self) -> Result<Figures, Fault> {
        let store = movable_store(self.mix.capacity, SHARDS).map_err(|error| Fault::Policy(error.to_string()))?;
        fill(&store, &self.mix.present)?;
        let mut before = Mover::new(&store);
        (0..ROUNDS_UNCOUNTED).try_for_each(|_| before.go_round_for(Duration::ZERO))?;
        let mut mover = Mover::new(&store);
        let (load, bytes) = Load::during(&store, &self.mix.operations, || {
            // Once the callers are there, whose own bytes are in the count.
            let (at_rest, largest) = rest(&store, &mut before)?;
            let peak = self.peak_while_moving(&mut mover)?;
            Ok::<_, Fault>((peak - at_rest) as f64 / largest)
        })?;
        check(&store, &self.mix, &load.tallies)?;
        let mut figures = Figures { mops: Some(load.mops()), ..Figures::default() };
        for (hold, quantile) in mover.holds_ns().into_iter().flatten().zip(["p50", "p99", "max"]) {
            figures.cost(&format!("hold_{quantile}_ns"), hold);
        }
        figures.cost("bytes_above_of_a_table", bytes?);
        figures.note("replacements", mover.replacements() as f64);
        Ok(figures)
    }

    /// Moves shards; the most bytes that are allocated meanwhile.
    fn peak_while_moving(&self, mover: &mut Mover<'_>) -> Result<isize, Fault> {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let watcher = scope.spawn(|| peak_until(&is_over));
            let moved = mover.go_round_for(self.settings.length);
            is_over.store(true, Ordering::Relaxed);
            let peak = watcher.join().map_err(|_| Fault::Panicked)?;
            moved.map(|()| peak)
        })
    }
}

/// The most bytes that are allocated while nothing moves, with either number of shards; and those of the largest table.
fn rest(store: &Ours<u64, u64>, mover: &mut Mover<'_>) -> Result<(isize, f64), Fault> {
    let few = allocator::bytes();
    let of_few = largest_table(store);
    mover.split_all()?;
    let (many, of_many) = (allocator::bytes(), largest_table(store));
    mover.merge_all()?;
    Ok((few.max(many), of_few.max(of_many)))
}

fn largest_table(store: &Ours<u64, u64>) -> f64 {
    store.telemetry().shards.iter().map(|shard| shard.table_bytes).max().unwrap_or_default() as f64
}

/// The most bytes that are allocated at a time, until it is over.
fn peak_until(is_over: &AtomicBool) -> isize {
    let mut most = allocator::bytes();
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(LOOK);
        most = most.max(allocator::bytes());
    }
    most
}

impl Trial for Holds {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single_for(contestant, || self.conduct_ours(), self)
    }
}

impl Visitor<u64, u64> for &Holds {
    type Output = Result<Figures, Fault>;

    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        let map = M::with_capacity(self.mix.capacity);
        fill(&map, &self.mix.present)?;
        let (load, ()) = Load::during(&map, &self.mix.operations, || thread::sleep(self.settings.length))?;
        check(&map, &self.mix, &load.tallies)?;
        Ok(Figures { mops: Some(load.mops()), ..Figures::default() })
    }
}
