//! What is known of one store, and what is made of it: observations for the controller.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use autoshard_tuning::{Action, Controller, Decision, HotKeyEstimate, Load, Observation, ShardId, ShardObservation};

use super::{
    machine::{CpuReading, cores},
    window::Window,
};
use crate::{
    control::{Control, Driver},
    hot_keys::Tracker,
    shard::HeaderStats,
    telemetry::{DecisionRecord, EventKind, Skew},
};

/// What is known of one store. Made at its first sample; until then, nothing.
#[derive(Default)]
pub(crate) struct Brain {
    knowledge: Option<Box<Knowledge>>,
}

struct Knowledge {
    controller: Controller,
    tracker: Tracker,
    window: Window,
    /// What the window before the last showed of each shard: its id in the process, waits and time in them.
    waits_before: HashMap<u64, (u64, u64)>,
    /// Samples since each shard was made, by its id in the process.
    sampled: HashMap<u64, Load>,
    skew: Skew,
    figures: Figures,
}

/// Cumulative counts.
#[derive(Clone, Copy, Default)]
pub(super) struct Figures {
    pub(super) windows: u64,
    pub(super) changes: u64,
    pub(super) holds: u64,
    pub(super) samples: u64,
    pub(super) accesses: u64,
}

impl Brain {
    fn knowledge(&mut self, control: &Control) -> &mut Knowledge {
        self.knowledge.get_or_insert_with(|| Box::new(Knowledge::new(control)))
    }

    /// Takes a sample.
    pub(crate) fn record(&mut self, control: &Control, hash: u64, is_write: bool, stands_for: u32) {
        let slot = control.directory.slot(hash);
        let knowledge = self.knowledge(control);
        knowledge.window.add(slot, is_write, stands_for);
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
    pub(crate) fn judge(&mut self, control: &Control, sample_mean: u32) -> Decision {
        let knowledge = self.knowledge(control);
        knowledge.tracker.end_window();
        let shards = control.stats();
        let observation = knowledge.observe(control, &shards, sample_mean);
        let decision = knowledge.controller.decide(&observation);
        knowledge.note(control, &observation, &decision);
        decision
    }

    /// The most frequent keys, greatest share first.
    pub(crate) fn hot_keys(&self) -> Vec<HotKeyEstimate> {
        self.knowledge.as_ref().map_or_else(Vec::new, |knowledge| knowledge.tracker.top())
    }

    pub(super) fn figures(&self) -> Figures {
        self.knowledge.as_ref().map_or_else(Figures::default, |knowledge| knowledge.figures)
    }

    pub(super) fn skew(&self) -> Skew {
        self.knowledge.as_ref().map_or_else(Skew::default, |knowledge| knowledge.skew)
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
            controller: Controller::new(&control.policy, cores()),
            tracker: Tracker::new(&control.policy),
            window: Window::new(control.directory.slots()),
            waits_before: HashMap::new(),
            sampled: HashMap::new(),
            skew: Skew::default(),
            figures: Figures::default(),
        }
    }

    /// Puts the window together, and begins the next one.
    fn observe(&mut self, control: &Control, shards: &[HeaderStats], sample_mean: u32) -> Observation {
        let window = std::mem::replace(&mut self.window, Window::new(control.directory.slots()));
        let directory = control.directory.shards();
        let loads = load_by_shard(&directory, &window.loads);
        let observed = shards.iter().map(|shard| self.observe_shard(shard, &loads)).collect();
        self.waits_before = shards.iter().map(|shard| (shard.uid, waits(shard))).collect();
        self.sampled.retain(|uid, _| shards.iter().any(|shard| shard.uid == *uid));
        let observation = Observation {
            at: control.uptime(),
            window: window.began.elapsed(),
            cores: cores(),
            cpu_use: CpuReading::now().since(window.cpu),
            slot_loads: if window.samples == 0 { Vec::new() } else { window.loads.clone() },
            sample_every: window.sample_every(sample_mean),
            samples: window.samples,
            shards: observed,
            hot_keys: self.tracker.top(),
            outcome: control.take_outcome(),
            busy: control.has_work(),
            can_migrate: true,
            directory,
        };
        if window.samples >= control.policy.tuner.samples_min {
            self.skew = skew_of(&observation);
        }
        observation
    }

    fn observe_shard(&mut self, shard: &HeaderStats, loads: &HashMap<ShardId, Load>) -> ShardObservation {
        let load = loads.get(&shard.id).copied().unwrap_or_default();
        let sampled = self.sampled.entry(shard.uid).or_default();
        sampled.reads = sampled.reads.saturating_add(load.reads);
        sampled.writes = sampled.writes.saturating_add(load.writes);
        let (waits_before, wait_ns_before) = self.waits_before.get(&shard.uid).copied().unwrap_or_default();
        let (waits, wait_ns) = waits(shard);
        ShardObservation {
            id: shard.id,
            slots: shard.slots,
            entries: shard.entries,
            capacity: shard.capacity,
            table_bytes: shard.table_bytes,
            load,
            waits: waits.saturating_sub(waits_before),
            wait_ns: wait_ns.saturating_sub(wait_ns_before),
        }
    }

    /// Records a decision, and tells whoever listens if it is news.
    fn note(&mut self, control: &Control, observation: &Observation, decision: &Decision) {
        self.figures.windows += 1;
        match decision.action {
            Action::Hold => self.figures.holds += 1,
            _ => self.figures.changes += 1,
        }
        let record = DecisionRecord::new(observation.at, observation.shards.len() as u32, decision);
        if control.tuning().decisions.lock().push(record.clone()) {
            control.announce(EventKind::Decision(record));
        }
    }
}

fn waits(shard: &HeaderStats) -> (u64, u64) {
    (shard.waits, shard.wait.as_nanos() as u64)
}

fn load_by_shard(directory: &[ShardId], loads: &[Load]) -> HashMap<ShardId, Load> {
    let mut by_shard: HashMap<ShardId, Load> = HashMap::new();
    for (shard, load) in directory.iter().zip(loads) {
        let sum = by_shard.entry(*shard).or_default();
        sum.reads += load.reads;
        sum.writes += load.writes;
    }
    by_shard
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
