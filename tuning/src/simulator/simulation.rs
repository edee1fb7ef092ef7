//! A store's way through a workload, window by window.

use std::{collections::BTreeMap, time::Duration};

use rand::{SeedableRng, rngs::SmallRng};
use rand_distr::{Distribution as _, Poisson};

use super::{
    engine::{Engine, Stretch},
    keys::Keys,
    layout::Layout,
    machine::Machine,
    observer::{WindowFacts, observe},
    samples::{HotKeys, Sampled},
    shard::Counts,
    workload::{Phase, Traffic, Workload},
};
use crate::{Cause, Controller, Decision, Policy, ShardId};

/// Operations that are carried out one by one for each window, where nothing else is said.
const OPERATIONS_OF_A_WINDOW: u64 = 20_000;
/// Operations for each shard besides, in as many windows after a change. A store counts all waits; of so few, chance would make many.
const OPERATIONS_OF_A_SHARD: u64 = 500;
const WELL_COUNTED_WINDOWS: u32 = 3;
/// Windows in a row without a change, after which the next ones are taken from these.
const DETAILED_WINDOWS: u32 = 20;
/// Part of a core that a thread uses that does nothing but migrate, for it rests between its steps.
const MIGRATING: f64 = 0.9;

/// A store on a machine, to be run under workloads.
///
/// ```
/// use std::time::Duration;
/// use autoshard_tuning::{Policy, simulator::{Machine, Simulation, Traffic, Workload}};
///
/// let simulation = Simulation::new(&Machine::near(8), &Policy::default());
/// let updates = Traffic::reads(8, 10_000).writing(1.0);
/// let run = simulation.run(&Workload::steady("update", Duration::from_secs(1), updates));
/// assert_eq!(run.windows.len(), 10);
/// assert!(run.windows.iter().all(|window| window.mops > 0.0));
/// ```
#[derive(Clone, Debug)]
pub struct Simulation {
    machine: Machine,
    policy: Policy,
    seed: u64,
    operations: u64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Run {
    /// Window by window.
    pub windows: Vec<WindowRecord>,
}

/// A window.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WindowRecord {
    /// Its end, from the start of the run.
    pub at: Duration,
    /// The phase, from 0.
    pub phase: usize,
    /// Millions of operations a second.
    pub mops: f64,
    /// Shards at its end.
    pub shards: usize,
    /// Of these, the ones whose locks are neutral, fenced, asymmetric and owned.
    pub biases: [usize; 4],
    /// Whether shards were being replaced.
    pub is_moving: bool,
    /// What was decided: `hold`, `split`, `merge`, `isolate`, `shrink`.
    pub action: &'static str,
    /// Why: the cause's name.
    pub cause: &'static str,
    /// Why, in a sentence, if it is not the cause of the window before.
    pub reason: Option<String>,
}

impl Simulation {
    /// A store with this policy, on this machine.
    #[must_use]
    pub fn new(machine: &Machine, policy: &Policy) -> Self {
        Self { machine: machine.clone(), policy: policy.clone(), seed: 0, operations: OPERATIONS_OF_A_WINDOW }
    }

    /// The same with other keys and noise.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same with so many operations of each window carried out one by one. The more, the less chance is in what the controller
    /// sees, and the longer it takes: about 0.2 µs each.
    #[must_use]
    pub fn operations_of_a_window(self, operations: u64) -> Self {
        Self { operations: operations.max(1), ..self }
    }

    /// Runs a workload, from its first phase to its last, on a store that has just been filled with the first one's keys.
    #[must_use]
    pub fn run(&self, workload: &Workload) -> Run {
        let keys = |phase: &Phase| phase.traffic.as_ref().map(|traffic| traffic.keys);
        let mut filled = workload.phases.iter().find_map(keys).unwrap_or(1);
        let mut course = Course::new(self, filled);
        for (index, phase) in workload.phases.iter().enumerate() {
            if let Some(keys) = keys(phase).filter(|keys| *keys != filled) {
                filled = keys;
                course.layout.fill(keys);
            }
            course.phase(index, phase);
        }
        Run { windows: course.records }
    }
}

/// A run under way.
struct Course<'a> {
    simulation: &'a Simulation,
    layout: Layout,
    controller: Controller,
    hot_keys: HotKeys,
    random: SmallRng,
    at: Duration,
    steady: Steady,
    window: Window,
    cause: Option<Cause>,
    records: Vec<WindowRecord>,
}

/// The window under way.
#[derive(Default)]
struct Window {
    length: Duration,
    accesses: f64,
    counts: BTreeMap<ShardId, Counts>,
    sampled: Option<Sampled>,
    /// Time of all cores in use, as a part of all cores.
    cpu_s: f64,
    is_moving: bool,
}

/// What was counted since something last changed.
#[derive(Default)]
struct Steady {
    windows: u32,
    stretch: Stretch,
    counts: BTreeMap<ShardId, Counts>,
}

impl Steady {
    fn add(&mut self, stretch: Stretch, layout: &mut Layout) {
        self.windows += 1;
        self.stretch.operations += stretch.operations;
        self.stretch.elapsed_ps += stretch.elapsed_ps;
        self.stretch.busy_ps += stretch.busy_ps;
        for (id, counts) in layout.take_counts() {
            self.counts.entry(id).or_default().add(&counts);
        }
    }

    fn operations_per_s(&self) -> f64 {
        self.stretch.operations as f64 * 1e12 / self.stretch.elapsed_ps.max(1) as f64
    }
}

impl<'a> Course<'a> {
    fn new(simulation: &'a Simulation, keys: u32) -> Self {
        let Simulation { machine, policy, seed, .. } = simulation;
        let mut layout = Layout::new(machine, policy, keys);
        layout.fill(keys);
        Self {
            simulation,
            layout,
            controller: Controller::new(policy, machine.cores),
            hot_keys: HotKeys::default(),
            random: SmallRng::seed_from_u64(*seed),
            at: Duration::ZERO,
            steady: Steady::default(),
            window: Window::default(),
            cause: None,
            records: Vec::new(),
        }
    }

    fn phase(&mut self, index: usize, phase: &Phase) {
        self.steady = Steady::default();
        self.layout.rest();
        let Simulation { machine, policy, seed, .. } = self.simulation;
        let mut threads = phase.traffic.as_ref().map(|traffic| {
            let seed = seed.wrapping_add(1 + index as u64);
            (traffic, Engine::new(machine, traffic, seed), Keys::new(traffic))
        });
        let window = policy.tuner.window().max(Duration::from_millis(1));
        let mut left = phase.length;
        while !left.is_zero() {
            let length = left.min(window.saturating_sub(self.window.length));
            self.stretch(length, threads.as_mut());
            left -= length;
            if self.window.length >= window {
                self.end_window(index, threads.as_ref().map(|(traffic, ..)| *traffic));
            }
        }
    }

    /// A window, or the part of one in which the traffic is alike.
    fn stretch(&mut self, length: Duration, threads: Option<&mut (&Traffic, Engine, Keys)>) {
        self.at += length;
        self.window.length += length;
        self.window.is_moving |= self.layout.is_busy();
        let Some((traffic, engine, keys)) = threads else { return };
        let Simulation { machine, policy, operations, .. } = self.simulation;
        if self.steady.windows < DETAILED_WINDOWS {
            let is_new = self.steady.windows < WELL_COUNTED_WINDOWS;
            let extra = if is_new { OPERATIONS_OF_A_SHARD * self.layout.shard_count() as u64 } else { 0 };
            let stretch = engine.run(&mut self.layout, *operations + extra);
            self.steady.add(stretch, &mut self.layout);
        }
        let busy_cores = busy_cores(machine, traffic);
        let work_left = self.layout.work_left_ns() / length.as_nanos() as f64;
        let migrating = migrating_share(machine, busy_cores).min(work_left) / busy_cores.max(1.0);
        let rate = self.steady.operations_per_s() * (1.0 - migrating);
        let count = self.samples(rate, length);
        let sampled = self.window.sampled.get_or_insert_with(|| Sampled::new(policy));
        sampled.draw(traffic, keys, count, &mut self.hot_keys, &mut self.random);
        let accesses = rate * length.as_secs_f64();
        self.window.accesses += accesses;
        self.window.cpu_s += self.cpu_use() * length.as_secs_f64();
        for (id, counts) in self.noisy_counts(accesses / self.steady.stretch.operations.max(1) as f64) {
            self.window.counts.entry(id).or_default().add(&counts);
        }
    }

    /// Shows the window to the controller, and does what it decides.
    fn end_window(&mut self, phase: usize, traffic: Option<&Traffic>) {
        let Simulation { machine, policy, .. } = self.simulation;
        let window = std::mem::take(&mut self.window);
        let sampled = window.sampled.unwrap_or_else(|| Sampled::new(policy));
        self.hot_keys.end_window(policy);
        let facts = WindowFacts {
            at: self.at,
            machine,
            policy,
            traffic,
            cpu_use: window.cpu_s / window.length.as_secs_f64(),
            sample_every: (window.accesses / sampled.samples.max(1) as f64).max(1.0) as u32,
            counts: &window.counts,
        };
        let observation = observe(&facts, &mut self.layout, sampled, &self.hot_keys);
        let decision = self.controller.decide(&observation);
        self.carry_out(&decision, window.length, traffic.map_or(0.0, |traffic| busy_cores(machine, traffic)));
        self.record(phase, window.accesses / window.length.as_secs_f64() / 1e6, window.is_moving, decision);
    }

    /// Samples of a window, within the budget.
    fn samples(&self, rate: f64, length: Duration) -> u64 {
        let policy = &self.simulation.policy.hot_keys;
        let wanted = rate / f64::from(policy.sample_every.max(1));
        let budget = policy.samples_per_s_max as f64 * self.controller.attention();
        (wanted.min(budget) * length.as_secs_f64()) as u64
    }

    /// What is counted in a window: as much as was counted in the mean, and what chance makes of it.
    fn noisy_counts(&mut self, stand_for: f64) -> BTreeMap<ShardId, Counts> {
        let random = &mut self.random;
        let mut drawn = |counts: &Counts| counts.drawn(stand_for, |mean| poisson(mean, random));
        self.steady.counts.iter().map(|(id, counts)| (*id, drawn(counts))).collect()
    }

    fn cpu_use(&self) -> f64 {
        let Stretch { busy_ps, elapsed_ps, .. } = self.steady.stretch;
        let cores = f64::from(self.simulation.machine.cores);
        (busy_ps as f64 / elapsed_ps.max(1) as f64 / cores).min(1.0)
    }

    /// Lets the tuner's thread work for a window, and begins what was decided.
    fn carry_out(&mut self, decision: &Decision, length: Duration, busy_cores: f64) {
        let shards = self.layout.shard_count();
        let work = migrating_share(&self.simulation.machine, busy_cores) * length.as_nanos() as f64;
        let has_moved = self.layout.is_busy() && self.layout.migrate(work, length) > 0.0;
        if self.layout.apply(decision) || has_moved || shards != self.layout.shard_count() {
            self.steady = Steady::default();
            // What was counted of the old shards is nobody's.
            drop(self.layout.take_counts());
        }
    }

    fn record(&mut self, phase: usize, mops: f64, is_moving: bool, decision: Decision) {
        let is_news = self.cause.replace(decision.cause) != Some(decision.cause);
        self.records.push(WindowRecord {
            at: self.at,
            phase,
            mops,
            shards: self.layout.shard_count(),
            biases: self.layout.biases(),
            is_moving: is_moving || self.layout.is_busy(),
            action: decision.action.name(),
            cause: decision.cause.name(),
            reason: is_news.then_some(decision.reason),
        });
    }
}

/// Cores that a traffic keeps busy at most.
fn busy_cores(machine: &Machine, traffic: &Traffic) -> f64 {
    f64::from(machine.cores.min(traffic.threads))
}

/// Part of a core that a migrating thread gets beside so many busy ones: a free core, or its fair share of one.
fn migrating_share(machine: &Machine, busy_cores: f64) -> f64 {
    if busy_cores < f64::from(machine.cores) { MIGRATING } else { MIGRATING / 2.0 }
}

fn poisson(mean: f64, random: &mut SmallRng) -> u64 {
    Poisson::new(mean).map_or(0, |poisson| poisson.sample(random) as u64)
}
