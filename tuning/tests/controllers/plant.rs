//! A tiny model of a store, to run controllers against: load on slots, and waits that grow with a shard's share of it.

use std::{collections::BTreeMap, time::Duration};

use autoshard_tuning::{
    Action, Controller, Decision, HotKeyEstimate, Load, Observation, Outcome, Plan, Policy, ShardId, ShardObservation,
    SlotId, initial_directory,
};

/// The default policy, with windows of half a second, a balance at one wait in a hundred, and splits in four at most: what the tests say of
/// rates, windows and waits is meant so.
pub(crate) fn usual_policy() -> Policy {
    let mut policy = Policy::default();
    policy.tuner.window_ms = 500;
    policy.contention.waited_points = 100;
    policy.contention.ways_max = 4;
    policy
}

/// Time that each wait of the model takes, unless a test says otherwise.
const WAIT_NS: u64 = 1000;
/// Cost of migrating an entry in the model.
const ENTRY_NS: u64 = 100;
/// Accesses that a sample of the model stands for.
const SAMPLE_EVERY: u32 = 64;

/// The store.
pub(crate) struct Plant {
    pub(crate) policy: Policy,
    pub(crate) controller: Controller,
    pub(crate) now: Duration,
    pub(crate) directory: Vec<ShardId>,
    /// Accesses of each slot, a second.
    pub(crate) slot_rates: Vec<f64>,
    pub(crate) slot_entries: Vec<usize>,
    /// Of all acquisitions of a shard that gets every access, the share that waits; of one with half of them, half of
    /// that, if they grow with its load to the power of 1.
    pub(crate) conflict: f64,
    pub(crate) conflict_power: f64,
    pub(crate) wait_ns: u64,
    /// What somebody waits besides at the shard of the first slot, in each window.
    pub(crate) held_up_ns: u64,
    pub(crate) hot_keys: Vec<HotKeyEstimate>,
    /// Capacity of each table over its entries.
    pub(crate) capacity_factor: usize,
    /// Whether somebody asked for that much.
    pub(crate) is_reserved: bool,
    pub(crate) cpu_use: Option<f64>,
    pub(crate) outcome: Option<Outcome>,
    /// All decisions but the holds, with the number of shards that they led to.
    pub(crate) changes: Vec<(Decision, usize)>,
}

impl Plant {
    /// Even load and 100 entries on each of so many slots.
    pub(crate) fn new(policy: &Policy, slots: usize, shards: usize, rate: f64) -> Self {
        Self {
            policy: policy.clone(),
            controller: Controller::new(policy, 2),
            now: Duration::ZERO,
            directory: initial_directory(slots, shards),
            slot_rates: vec![rate / slots as f64; slots],
            slot_entries: vec![100; slots],
            conflict: 0.0,
            conflict_power: 1.0,
            wait_ns: WAIT_NS,
            held_up_ns: 0,
            hot_keys: Vec::new(),
            capacity_factor: 1,
            is_reserved: false,
            cpu_use: None,
            outcome: None,
            changes: Vec::new(),
        }
    }

    /// The shards with their slots.
    fn shards(&self) -> BTreeMap<ShardId, Vec<SlotId>> {
        let mut shards: BTreeMap<ShardId, Vec<SlotId>> = BTreeMap::new();
        for (slot, &shard) in (0..).zip(&self.directory) {
            shards.entry(shard).or_default().push(slot);
        }
        shards
    }

    pub(crate) fn shard_count(&self) -> usize {
        self.shards().len()
    }

    /// The slots of the shard that owns a slot.
    pub(crate) fn slots_beside(&self, slot: SlotId) -> Vec<SlotId> {
        self.shards().remove(&self.directory[usize::from(slot)]).expect("it owns the slot at least")
    }

    /// Makes a key take a share of all accesses, besides what there is, and the tracker see it exactly.
    pub(crate) fn add_hot_key(&mut self, slot: SlotId, share: f64) {
        let others: f64 = self.slot_rates.iter().sum();
        self.slot_rates[usize::from(slot)] += others * share / (1.0 - share);
        self.hot_keys.push(HotKeyEstimate {
            hash: 0xfeed_0000 + u64::from(slot),
            slot,
            share,
            share_lower: share * 0.95,
            share_upper: share * 1.05,
            read_share: 0.5,
        });
    }

    /// What a controller sees of the next window.
    pub(crate) fn observe(&mut self) -> Observation {
        let window = self.policy.tuner.window();
        self.now += window;
        let seconds = window.as_secs_f64();
        let total: f64 = self.slot_rates.iter().sum();
        let load = |rate: &f64| Load { reads: 0, writes: (rate * seconds / f64::from(SAMPLE_EVERY)).round() as u32 };
        let slot_loads: Vec<Load> = self.slot_rates.iter().map(load).collect();
        let shards = self.shards().into_iter().map(|(id, slots)| {
            let slots: Vec<usize> = slots.into_iter().map(usize::from).collect();
            let rate: f64 = slots.iter().map(|&slot| self.slot_rates[slot]).sum();
            let share = if total > 0.0 { rate / total } else { 0.0 };
            let waits = (rate * seconds * (self.conflict * share.powf(self.conflict_power)).min(1.0)) as u64;
            let entries = slots.iter().map(|&slot| self.slot_entries[slot]).sum::<usize>();
            ShardObservation {
                id,
                slots: slots.len() as u32,
                entries,
                capacity: entries.max(1) * self.capacity_factor,
                table_bytes: entries * 17,
                is_reserved: self.is_reserved,
                load: Load { reads: 0, writes: slots.iter().map(|&slot| slot_loads[slot].writes).sum() },
                waits,
                wait_ns: waits * self.wait_ns + if slots.contains(&0) { self.held_up_ns } else { 0 },
                ..ShardObservation::default()
            }
        });
        Observation {
            at: self.now,
            window,
            cores: 2,
            cpu_use: self.cpu_use,
            directory: self.directory.clone(),
            samples: slot_loads.iter().map(|load| load.total()).sum(),
            shards: shards.collect(),
            slot_loads,
            sample_every: SAMPLE_EVERY,
            hot_keys: self.hot_keys.clone(),
            outcome: self.outcome.take(),
            busy: false,
            can_migrate: true,
            ..Observation::default()
        }
    }

    /// Lets a window pass: the controller judges it, and what it wants is carried out at once.
    pub(crate) fn window(&mut self) -> Decision {
        let observation = self.observe();
        let decision = self.controller.decide(&observation);
        if let Action::Reshard(plan) = &decision.action {
            plan.validate(&self.directory).unwrap_or_else(|error| panic!("{decision}: {error}"));
            self.carry_out(plan);
            self.changes.push((decision.clone(), self.shard_count()));
        }
        decision
    }

    /// Lets windows pass; the last decision.
    pub(crate) fn windows(&mut self, count: usize) -> Decision {
        (0..count).map(|_| self.window()).last().expect("at least one window")
    }

    /// Lets windows pass until something is changed, or so many have passed; the last decision.
    pub(crate) fn until_change(&mut self, windows_max: usize) -> Decision {
        let before = self.changes.len();
        (0..windows_max)
            .map(|_| self.window())
            .find(|decision| decision.action != Action::Hold)
            .unwrap_or_else(|| panic!("{windows_max} windows without a change, {before} before"))
    }

    pub(crate) fn carry_out(&mut self, plan: &Plan) {
        let in_use = self.shards();
        let mut fresh = (0..).filter(|id| !in_use.contains_key(id));
        let mut entries = 0;
        for slots in plan.groups.iter().flat_map(|group| &group.targets) {
            let id = fresh.next().expect("an index is free");
            for slot in slots.iter().copied().map(usize::from) {
                self.directory[slot] = id;
                entries += self.slot_entries[slot] as u64;
            }
        }
        let cost = Duration::from_nanos(entries * ENTRY_NS);
        self.outcome = Some(Outcome {
            kind: plan.kind,
            groups_completed: plan.groups.len() as u32,
            groups_aborted: 0,
            elapsed: cost,
            cost,
            entries_copied: entries,
        });
    }
}
