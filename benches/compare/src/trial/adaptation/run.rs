//! One map's way through the phases, in bins of 100 ms.

use std::{
    hint::black_box,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::phase::{OfThreads, Phase};
use crate::{
    cores,
    fault::Fault,
    latency::Latencies,
    maps::{Handle, Map, Ours},
    operation::{Kind, Operation},
    report::Spread,
    trial::Figures,
    value::Value,
};

/// Length of a bin.
const BIN: Duration = Duration::from_millis(100);

/// Operations between two looks at the phase; one of them is timed.
const LOOK_EVERY: usize = 64;

/// The part of all accesses that must not take longer than what is reported.
const QUANTILE: f64 = 0.999;

/// What a store says of its shards at a moment; nothing, for a map that has none that move.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch {
    /// Groups of shards replaced so far.
    pub(super) changes: u64,
    /// Whether some are being replaced.
    pub(super) is_moving: bool,
    /// Shards.
    pub(super) shards: usize,
}

impl Watch {
    pub(super) fn of(store: &Ours<u64, u64>) -> Self {
        let snapshot = store.telemetry();
        let migrations = snapshot.migrations;
        Self { changes: migrations.completed, is_moving: migrations.state != "idle", shards: snapshot.shards.len() }
    }
}

/// One bin of a phase.
pub(super) struct Bin {
    pub(super) mops: f64,
    pub(super) p999_ns: Option<f64>,
    /// Shards were replaced in it.
    pub(super) is_moving: bool,
    /// Groups of shards replaced up to its end.
    pub(super) changes: u64,
}

/// The bins of each phase, and what moved after the last.
pub(crate) struct Course {
    phases: Vec<Vec<Bin>>,
    idle_changes: u64,
    shards_at_first: usize,
}

/// What one thread did in a bin.
#[derive(Default)]
struct Part {
    operations: u64,
    /// Operations that found their key: all must.
    hits: u64,
    updated: u64,
    latencies_ns: Vec<u32>,
}

/// Runs all phases of so long each, and as long an idle one.
pub(super) fn run<M: Map<u64, u64>>(
    map: &M,
    operations: &[OfThreads],
    phase_length: Duration,
    watch: impl Fn() -> Watch,
) -> Result<Course, Fault> {
    let threads = if M::SHARED { operations[0].len() } else { 1 };
    let factor = if M::SHARED { 1 } else { operations[0].len().min(cores::count()) };
    let bins_each = phase_length.as_millis().div_ceil(BIN.as_millis()).max(1) as usize;
    let bins = bins_each * Phase::ALL.len();
    let shards_at_first = watch().shards;
    let (ready, bin) = (Barrier::new(threads + 1), AtomicUsize::new(0));
    let (parts, watched) = thread::scope(|scope| {
        let (ready, bin) = (&ready, &bin);
        let work = move |thread: usize| {
            cores::pin(thread);
            let mut handle = map.handle();
            ready.wait();
            work(&mut handle, |phase: usize| &operations[phase][thread][..], bin, bins, bins_each)
        };
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        ready.wait();
        let watched = conduct(bin, bins, watch);
        let parts: Result<Vec<_>, Fault> =
            threads.into_iter().map(|thread| thread.join().map_err(|_| Fault::Panicked)).collect();
        parts.map(|parts| (parts, watched))
    })?;
    check(map, &parts)?;
    Ok(Course { shards_at_first, ..course(&parts, &watched, bins_each, factor as f64) })
}

/// Lets the bins pass; what was watched at the end of each with its true length, and after the idle time.
fn conduct(bin: &AtomicUsize, bins: usize, watch: impl Fn() -> Watch) -> Vec<(Duration, Watch)> {
    let mut watched = Vec::with_capacity(bins + 1);
    for next in 1..=bins {
        let start = Instant::now();
        thread::sleep(BIN);
        let seen = watch();
        watched.push((start.elapsed(), seen));
        // Relaxed: nothing else passes with the number.
        bin.store(next, Ordering::Relaxed);
    }
    thread::sleep(BIN * (bins / Phase::ALL.len()) as u32);
    watched.push((BIN, watch()));
    watched
}

/// One thread: the operations of whichever phase it is, to the last bin.
fn work<'a>(
    handle: &mut impl Handle<u64, u64>,
    operations: impl Fn(usize) -> &'a [Operation<u64>],
    bin: &AtomicUsize,
    bins: usize,
    bins_each: usize,
) -> Vec<Part> {
    let mut parts: Vec<Part> = (0..bins).map(|_| Part::default()).collect();
    for phase in 0..Phase::ALL.len() {
        for chunk in operations(phase).chunks(LOOK_EVERY).cycle() {
            let now = bin.load(Ordering::Relaxed);
            if now / bins_each != phase {
                break;
            }
            let Some((first, rest)) = chunk.split_first() else { break };
            let part = &mut parts[now];
            let start = Instant::now();
            part.carry_out(handle, first);
            let elapsed = start.elapsed().as_nanos();
            rest.iter().for_each(|operation| part.carry_out(handle, operation));
            part.latencies_ns.push(u32::try_from(elapsed).unwrap_or(u32::MAX));
        }
    }
    parts
}

impl Part {
    fn carry_out(&mut self, handle: &mut impl Handle<u64, u64>, operation: &Operation<u64>) {
        let is_update = operation.kind == Kind::Update;
        let hit = if is_update {
            handle.update(&operation.key, Value::update)
        } else {
            handle.get(&operation.key, |value| black_box(value.digest())).is_some()
        };
        self.operations += 1;
        self.hits += u64::from(hit);
        self.updated += u64::from(hit && is_update);
    }
}

/// No key may have been missed, and no update lost.
fn check<M: Map<u64, u64>>(map: &M, threads: &[Vec<Part>]) -> Result<(), Fault> {
    let sum = |figure: fn(&Part) -> u64| threads.iter().flatten().map(figure).sum::<u64>();
    let (operations, hits) = (sum(|part| part.operations), sum(|part| part.hits));
    if hits != operations {
        return Err(Fault::Hits { operations, found: hits, expected: operations });
    }
    let (expected, mut found) = (sum(|part| part.updated), 0);
    map.handle().for_each(|_, value| found += value);
    if found == expected { Ok(()) } else { Err(Fault::Updates { found, expected }) }
}

/// All threads' bins, by phase.
fn course(threads: &[Vec<Part>], watched: &[(Duration, Watch)], bins_each: usize, factor: f64) -> Course {
    let mut changes_before = 0;
    let mut bins = watched[..watched.len() - 1].iter().enumerate().map(|(index, (length, watch))| {
        let mut latencies = Latencies::new();
        let parts = || threads.iter().map(|parts| &parts[index]);
        for &nanoseconds in parts().flat_map(|part| &part.latencies_ns) {
            latencies.record(Duration::from_nanos(u64::from(nanoseconds)));
        }
        let is_moving = watch.is_moving || watch.changes != changes_before;
        changes_before = watch.changes;
        let operations: u64 = parts().map(|part| part.operations).sum();
        let p999_ns = parts().any(|part| !part.latencies_ns.is_empty()).then(|| latencies.quantile_ns(QUANTILE));
        Bin {
            mops: factor * operations as f64 / length.as_secs_f64() / 1e6,
            p999_ns,
            is_moving,
            changes: watch.changes,
        }
    });
    let phases = Phase::ALL.map(|_| bins.by_ref().take(bins_each).collect()).into_iter().collect();
    drop(bins);
    let changes = |index: usize| watched.get(index).map_or(0, |(_, watch)| watch.changes);
    Course { phases, idle_changes: changes(watched.len() - 1) - changes(watched.len() - 2), shards_at_first: 0 }
}

impl Course {
    /// The bins of a phase.
    pub(super) fn bins(&self, phase: Phase) -> &[Bin] {
        &self.phases[phase.index()]
    }

    /// Shards of the store when it had just been filled.
    pub(crate) fn shards_at_first(&self) -> usize {
        self.shards_at_first
    }

    /// Throughput over all phases, from their beginning.
    pub(crate) fn mops(&self) -> f64 {
        let bins = || self.phases.iter().flatten();
        bins().map(|bin| bin.mops).sum::<f64>() / bins().count() as f64
    }

    /// Throughput over the second halves of all phases.
    pub(crate) fn settled_mops_of_all(&self) -> f64 {
        Phase::ALL.map(|phase| self.settled_mops(phase)).iter().sum::<f64>() / Phase::ALL.len() as f64
    }

    /// Part of a phase's bins with a throughput below this.
    pub(crate) fn part_below(&self, phase: Phase, mops: f64) -> f64 {
        let bins = self.bins(phase);
        bins.iter().filter(|bin| bin.mops < mops).count() as f64 / bins.len() as f64
    }

    /// Throughput over the second half of a phase.
    pub(crate) fn settled_mops(&self, phase: Phase) -> f64 {
        let bins = self.bins(phase);
        Spread::of(bins[bins.len() / 2..].iter().map(|bin| bin.mops)).map_or(0.0, |spread| spread.median)
    }

    /// Groups of shards replaced while nobody did anything.
    pub(super) fn idle_changes(&self) -> u64 {
        self.idle_changes
    }

    /// What is known of any map: throughput over all phases and within each, and the worst of the 100 ms.
    pub(super) fn figures(&self) -> Figures {
        let mut figures = Figures { mops: Some(self.mops()), ..Figures::default() };
        for phase in Phase::ALL {
            figures.note(&format!("{}_mops", phase.name()), self.settled_mops(phase));
            let worst = self.bins(phase).iter().filter_map(|bin| bin.p999_ns).max_by(f64::total_cmp);
            if let Some(worst) = worst {
                figures.note(&format!("{}_p99.9_worst_ns", phase.name()), worst);
            }
        }
        figures
    }
}
