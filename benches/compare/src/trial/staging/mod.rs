//! Inserts of keys that are there, staged for workers, against those that callers make themselves; the clock stops when all that was staged is visible, or
//! in the file.
//!
//! Of ours both are measured in each round, on a store each; other maps insert. Figures named `insert` and `stage` are times of the caller, at half of what
//! the map takes at most, which comes in bursts.

mod durable;
mod paced;
mod worker;

use std::{
    thread,
    time::{Duration, Instant},
};

pub(crate) use durable::Durable;

use super::{Figures, Round, Trial, single_for};
use crate::{
    fault::Fault,
    keys::{Ranks, scattered},
    latency::Latencies,
    maps::{Contestant, Handle, Map, Ours, Staging, Visitor},
    operation::Operation,
    round::{Stop, Tally, fill, run},
    shares::Shares,
    workload::{Cell, Settings},
};

/// Operations prepared for each thread; it begins again at their end.
const OPERATIONS: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

const INSERTS: Shares = Shares { get: 0, insert: 100, remove: 0, update: 0, read_modify_write: 0 };

/// Writes in a batch, by default, and what it is held against.
const BATCH: u32 = 64;
const OTHER_BATCHES: [u32; 2] = [1, 1024];

/// Writes that are waited for, one after the other.
const AWAITED: u64 = if cfg!(test) { 3 } else { 100 };

/// Keys, and inserts of them by thread.
pub(crate) struct Staged {
    keys: Vec<u64>,
    inserts: Vec<Vec<Operation<u64>>>,
    settings: Settings,
}

/// What inserts came to.
struct Stretch {
    per_s: f64,
    done: u64,
}

impl Staged {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        let keys = scattered(cell.keys, settings.seed);
        let ranks = Ranks::of(cell.distribution, keys.len());
        let inserts = INSERTS.operations(&keys, ranks, OPERATIONS, &settings.thread_seeds(cell.threads));
        Self { keys, inserts, settings: *settings }
    }

    /// Inserts for so long, and to the end of `finish`.
    fn insert<M: Map<u64, u64>>(&self, map: &M, length: Duration, finish: impl FnOnce()) -> Result<Stretch, Fault> {
        let start = Instant::now();
        let tallies = run(map, &self.inserts, Stop::After(length))?;
        finish();
        let done = Tally::sum(&tallies).operations;
        Ok(Stretch { per_s: done as f64 / start.elapsed().as_secs_f64(), done })
    }

    /// Inserts that callers make, into a map that is full: how many a second, and what one takes at half of that.
    fn direct<M: Map<u64, u64>>(&self, map: &M) -> Result<(Stretch, Latencies), Fault> {
        fill(map, &self.keys)?;
        self.insert(map, self.settings.warm_up, || ())?;
        let stretch = self.insert(map, self.settings.length, || ())?;
        let (latencies, _) = paced::insert(map, &self.inserts, stretch.per_s / 2.0, self.settings.length)?;
        self.check(map)?;
        Ok((stretch, latencies))
    }

    /// Inserts that are staged, likewise.
    fn staged(&self, batch: u32) -> Result<(Stretch, Latencies, Staging<u64, u64>), Fault> {
        let map = Staging::with_batch(self.keys.len(), batch).map_err(refused)?;
        fill(&map.0, &self.keys)?;
        let flush = || map.0.flush().expect("this thread holds no guard");
        let warm_up = self.insert(&map, self.settings.warm_up, flush)?;
        let stretch = self.insert(&map, self.settings.length, flush)?;
        let (latencies, paced) = paced::insert(&map, &self.inserts, stretch.per_s / 2.0, self.settings.length)?;
        flush();
        self.check(&map)?;
        is_made(&map, warm_up.done + stretch.done + paced)?;
        Ok((stretch, latencies, map))
    }

    fn check<M: Map<u64, u64>>(&self, map: &M) -> Result<(), Fault> {
        let (found, expected) = (map.handle().len() as u64, self.keys.len() as u64);
        if found == expected { Ok(()) } else { Err(Fault::Entries { found, expected }) }
    }

    fn conduct_ours(&self) -> Result<Figures, Fault> {
        let mut figures = Figures::default();
        let (direct, insert) = self.direct(&Ours::with_capacity(self.keys.len()))?;
        let (staged, stage, map) = self.staged(BATCH)?;
        figures.mops = Some(staged.per_s / 1e6);
        figures.note("direct_mops", direct.per_s / 1e6);
        figures.note("staged_over_direct", staged.per_s / direct.per_s);
        insert.report_costs("insert", &mut figures);
        stage.report_costs("stage", &mut figures);
        visible(&map.0, self.keys[0]).report_costs("visible", &mut figures);
        drop(map);
        for batch in OTHER_BATCHES {
            let (staged, ..) = self.staged(batch)?;
            figures.note(&format!("batch_{batch}_mops"), staged.per_s / 1e6);
        }
        if self.inserts.len() == 1 {
            self.worker_figures(&mut figures)?;
        }
        Ok(figures)
    }
}

/// How long it takes from a call of `stage` until what it wrote is there, while nothing else goes on.
fn visible(store: &Ours<u64, u64>, key: u64) -> Latencies {
    let mut latencies = Latencies::new();
    for value in 1..=AWAITED {
        latencies.time(|| {
            store.stage(key, value).expect("the queue is empty");
            while store.get_cloned(&key) != Some(value) {
                thread::yield_now();
            }
        });
    }
    latencies
}

/// All that was staged must have been made.
fn is_made(map: &Staging<u64, u64>, expected: u64) -> Result<(), Fault> {
    let found = map.0.workers().iter().map(|worker| worker.committed).sum();
    if found == expected { Ok(()) } else { Err(Fault::Updates { found, expected }) }
}

fn refused(error: autoshard::BuildError) -> Fault {
    Fault::Policy(error.to_string())
}

impl Trial for Staged {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single_for(contestant, || self.conduct_ours(), self)
    }
}

impl Visitor<u64, u64> for &Staged {
    type Output = Result<Figures, Fault>;

    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        let (direct, insert) = self.direct(&M::with_capacity(self.keys.len()))?;
        let mut figures = Figures { mops: Some(direct.per_s / 1e6), ..Figures::default() };
        insert.report_costs("insert", &mut figures);
        Ok(figures)
    }
}
