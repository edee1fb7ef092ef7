//! What is known of one store, and what is made of it: observations for the controller.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use autoshard_tuning::{
    Action, Controller, Costs, Decision, HotKeyEstimate, Load, Observation, Policy, ShardObservation, Timing, Users,
    WindowNotes,
};

use super::{
    biases::Judgement,
    machine::{CpuReading, clock_ns, cores},
    window::{Access, Window},
};
use crate::{
    control::{Control, Driver},
    hot_keys::Tracker,
    presence,
    shard::HeaderStats,
    sync,
    telemetry::{BiasCounts, DecisionRecord, EventKind, LockCosts, Skew},
};

/// What is known of one store. Made at its first sample that is kept; until then, nothing.
#[derive(Default)]
pub(crate) struct Brain {
    knowledge: Option<Box<Knowledge>>,
}

struct Knowledge {
    controller: Controller,
    tracker: Tracker,
    window: Window,
    /// What the window before the last showed of each shard, by its id in the process.
    counters_before: HashMap<u64, Counters>,
    /// Samples since each shard was made, by its id in the process.
    sampled: HashMap<u64, Load>,
    /// Entries when the window began.
    entries_before: u64,
    skew: Skew,
    lock_costs: LockCosts,
    figures: Figures,
    notes: WindowNotes,
}

/// Cumulative counts.
#[derive(Clone, Copy, Default)]
pub(super) struct Figures {
    pub(super) windows: u64,
    pub(super) changes: u64,
    pub(super) holds: u64,
    pub(super) samples: u64,
    pub(super) accesses: u64,
    pub(super) bias_changes: u64,
}

/// A shard's cumulative counters.
#[derive(Clone, Copy, Default)]
struct Counters {
    waits: u64,
    wait_ns: u64,
    revocations: u64,
    revocation_ns: u64,
    looks: Timing,
    barriers: Timing,
}

impl Counters {
    fn of(shard: &HeaderStats) -> Self {
        Self {
            waits: shard.waits,
            wait_ns: shard.wait.as_nanos() as u64,
            revocations: shard.revocations,
            revocation_ns: shard.revocation.as_nanos() as u64,
            looks: shard.looks,
            barriers: shard.barriers,
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            waits: self.waits.saturating_sub(before.waits),
            wait_ns: self.wait_ns.saturating_sub(before.wait_ns),
            revocations: self.revocations.saturating_sub(before.revocations),
            revocation_ns: self.revocation_ns.saturating_sub(before.revocation_ns),
            looks: timed_since(self.looks, before.looks),
            barriers: timed_since(self.barriers, before.barriers),
        }
    }
}

/// What was timed between two readings, without the reading of the clock that each timing has in it.
fn timed_since(now: Timing, before: Timing) -> Timing {
    let count = now.count.saturating_sub(before.count);
    let clock_ns = count.saturating_mul(clock_ns());
    Timing { count, ns: now.ns.saturating_sub(before.ns).saturating_sub(clock_ns) }
}

impl Brain {
    fn knowledge(&mut self, control: &Control) -> &mut Knowledge {
        self.knowledge.get_or_insert_with(|| Box::new(Knowledge::new(control)))
    }

    /// Takes a sample, by the thread whose presence line has this index.
    pub(super) fn record(&mut self, control: &Control, hash: u64, is_write: bool, thread: u32, stands_for: u32) {
        let slot = control.directory.slot(hash);
        let knowledge = self.knowledge(control);
        knowledge.window.add(Access { thread, slot, is_write, stands_for });
        knowledge.tracker.record(hash, slot, is_write);
        knowledge.figures.samples += 1;
        knowledge.figures.accesses += u64::from(stands_for);
    }

    /// When the window began; `None` if there was no sample yet.
    pub(crate) fn window_began(&self) -> Option<std::time::Instant> {
        self.knowledge.as_ref().map(|knowledge| knowledge.window.began)
    }

    /// Samples in the window.
    pub(crate) fn window_samples(&self) -> u64 {
        self.knowledge.as_ref().map_or(0, |knowledge| knowledge.window.samples)
    }

    /// Ends the window, judges it, and records the decision.
    pub(super) fn judge(&mut self, control: &Control, sample_mean: u32) -> Judgement {
        let knowledge = self.knowledge(control);
        knowledge.tracker.end_window();
        let shards = control.stats();
        let observation = knowledge.observe(control, &shards, sample_mean);
        let decision = knowledge.controller.decide(&observation);
        knowledge.note(control, &observation, &decision);
        knowledge.notes.note(observation, &decision, control.policy().tuner.samples_min);
        Judgement::new(decision, &shards)
    }

    /// Puts another policy in force. What was learned stays, unless the strategy is another.
    pub(super) fn set_policy(&mut self, policy: &Policy) {
        // Knowledge that is yet to be made begins with it.
        if let Some(knowledge) = &mut self.knowledge {
            knowledge.controller.set_policy(policy);
            knowledge.tracker.set_policy(policy);
        }
    }

    /// The most frequent keys, greatest share first.
    pub(crate) fn hot_keys(&self) -> Vec<HotKeyEstimate> {
        self.knowledge.as_ref().map_or_else(Vec::new, |knowledge| knowledge.tracker.top())
    }

    /// What the windows so far have shown, for a diagnosis.
    pub(crate) fn notes(&self) -> WindowNotes {
        self.knowledge.as_ref().map_or_else(WindowNotes::default, |knowledge| knowledge.notes.clone())
    }

    /// The part of the budget of samples that the store is worth; none while nothing is known of it.
    pub(super) fn attention(&self) -> f64 {
        self.knowledge.as_ref().map_or(0.0, |knowledge| knowledge.controller.attention())
    }

    pub(super) fn figures(&self) -> Figures {
        self.knowledge.as_ref().map_or_else(Figures::default, |knowledge| knowledge.figures)
    }

    pub(super) fn skew(&self) -> Skew {
        self.knowledge.as_ref().map_or_else(Skew::default, |knowledge| knowledge.skew)
    }

    pub(super) fn lock_costs(&self) -> LockCosts {
        self.knowledge.as_ref().map_or_else(LockCosts::default, |knowledge| knowledge.lock_costs)
    }

    /// Samples of a shard, by its id in the process, up to the last judgement.
    pub(super) fn sampled(&self, uid: u64) -> Load {
        let found = self.knowledge.as_ref().and_then(|knowledge| knowledge.sampled.get(&uid));
        found.copied().unwrap_or_default()
    }
}

impl Knowledge {
    fn new(control: &Control) -> Self {
        Self {
            controller: Controller::new(&control.policy(), cores()),
            tracker: Tracker::new(&control.policy()),
            window: Window::new(control.directory.slots()),
            counters_before: HashMap::new(),
            sampled: HashMap::new(),
            entries_before: control.length() as u64,
            skew: Skew::default(),
            lock_costs: LockCosts::default(),
            figures: Figures::default(),
            notes: WindowNotes::default(),
        }
    }

    /// Puts the window together, and begins the next one.
    fn observe(&mut self, control: &Control, shards: &[HeaderStats], sample_mean: u32) -> Observation {
        let window = std::mem::replace(&mut self.window, Window::new(control.directory.slots()));
        let directory = control.directory.shards();
        let loads = window.by_shard(&directory);
        let entries: u64 = shards.iter().map(|shard| shard.entries as u64).sum();
        let entries_before = std::mem::replace(&mut self.entries_before, entries);
        let observed = shards.iter().map(|shard| self.observe_shard(shard, &loads)).collect();
        self.counters_before = shards.iter().map(|shard| (shard.uid, Counters::of(shard))).collect();
        if self.sampled.len() > shards.len() {
            self.sampled.retain(|uid, _| self.counters_before.contains_key(uid));
        }
        let observation = Observation {
            at: control.uptime(),
            window: window.began.elapsed(),
            cores: cores(),
            cpu_use: CpuReading::now().since(window.cpu),
            slot_loads: if window.samples == 0 { Vec::new() } else { window.loads.clone() },
            sample_every: window.sample_every(sample_mean),
            samples: window.samples,
            samples_missed: presence::samples_missed().saturating_sub(window.missed_before),
            shards: observed,
            grown: entries.saturating_sub(entries_before),
            hot_keys: self.tracker.top(),
            outcome: control.take_outcome(),
            busy: control.has_work(),
            can_migrate: true,
            costs: costs(&control.policy()),
            threads: presence::lines_lent(),
            thread_mix: window.thread_mix(),
            has_heavy_barrier: sync::has_heavy_barrier(),
            heavy_barriers: sync::heavy_barriers().saturating_sub(window.barriers_before),
            directory,
        };
        if window.samples >= control.policy().tuner.samples_min {
            self.skew = skew_of(&observation);
        }
        observation
    }

    fn observe_shard(&mut self, shard: &HeaderStats, loads: &[(Load, Users)]) -> ShardObservation {
        let (load, users) = loads.get(usize::from(shard.id)).copied().unwrap_or_default();
        let sampled = self.sampled.entry(shard.uid).or_default();
        sampled.reads = sampled.reads.saturating_add(load.reads);
        sampled.writes = sampled.writes.saturating_add(load.writes);
        let before = self.counters_before.get(&shard.uid).copied().unwrap_or_default();
        let Counters { waits, wait_ns, revocations, revocation_ns, looks, barriers } =
            Counters::of(shard).since(before);
        ShardObservation {
            id: shard.id,
            slots: shard.slots,
            entries: shard.entries,
            capacity: shard.capacity,
            table_bytes: shard.table_bytes,
            is_reserved: shard.is_reserved,
            load,
            waits,
            wait_ns,
            bias: shard.bias,
            revocations,
            revocation_ns,
            looks,
            barriers,
            users,
        }
    }

    /// Records a decision, and tells whoever listens if it is news.
    fn note(&mut self, control: &Control, observation: &Observation, decision: &Decision) {
        self.figures.windows += 1;
        match decision.action {
            Action::Hold => self.figures.holds += 1,
            _ => self.figures.changes += 1,
        }
        let Costs { remote_line_ns, heavy_barrier_ns, .. } = self.controller.lock_costs();
        self.lock_costs = LockCosts { remote_line_ns, heavy_barrier_ns };
        let record = DecisionRecord::new(observation.at, observation.shards.len() as u32, decision);
        if control.tuning().decisions.lock().push(record.clone()) {
            control.announce(EventKind::Decision(record));
        }
        let changes = &decision.biases.changes;
        if !changes.is_empty() {
            self.figures.bias_changes += changes.len() as u64;
            let shards = BiasCounts::of(changes.iter().map(|(_, bias)| *bias));
            control.announce(EventKind::BiasesChosen { shards, reason: decision.biases.reason.clone() });
        }
    }
}

/// What the parts of locking cost to begin with, as far as the policy says.
fn costs(policy: &Policy) -> Costs {
    let mut costs = Costs::default();
    costs.remote_line_ns = policy.tuner.line_transfer_ns as f64;
    costs
}

/// How unevenly the window's load lies.
fn skew_of(observation: &Observation) -> Skew {
    let loads: Vec<f64> = observation.shards.iter().map(|shard| shard.load.total() as f64).collect();
    let mean = loads.iter().sum::<f64>() / loads.len().max(1) as f64;
    if mean == 0.0 {
        return Skew::default();
    }
    let variance = loads.iter().map(|load| (load - mean).powi(2)).sum::<f64>() / loads.len() as f64;
    Skew {
        shard_load_max_over_mean: loads.iter().copied().fold(0.0, f64::max) / mean,
        shard_load_dispersion: variance.sqrt() / mean,
        top_key_share: observation.hot_keys.first().map_or(0.0, |key| key.share),
    }
}

/// Whether a decision of the tuner can ever be carried out without the store's owner asking for it.
pub(super) fn is_driven(driver: Driver) -> bool {
    driver != Driver::Manual
}
