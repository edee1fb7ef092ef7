//! What the controller is shown of a simulated window.

use std::{collections::BTreeMap, time::Duration};

use super::{
    layout::Layout,
    machine::Machine,
    samples::{HotKeys, Sampled},
    shard::Counts,
    workload::Traffic,
};
use crate::{Load, Observation, Policy, ShardId, ShardObservation, Users, plan::slots_by_shard};

/// Room in a table for so many times its entries, as after a migration.
const ROOM: f64 = 1.25;
/// Bytes of a table for each entry that it has room for: two words, and a tag, a seventh more than there is room for.
const ENTRY_BYTES: u64 = 20;

/// What is known of a window beside the layout and the samples.
pub(super) struct WindowFacts<'a> {
    pub(super) at: Duration,
    pub(super) machine: &'a Machine,
    pub(super) policy: &'a Policy,
    pub(super) traffic: Option<&'a Traffic>,
    pub(super) cpu_use: f64,
    pub(super) sample_every: u32,
    /// What was counted of each shard.
    pub(super) counts: &'a BTreeMap<ShardId, Counts>,
}

/// The observation of a window.
pub(super) fn observe(
    facts: &WindowFacts<'_>,
    layout: &mut Layout,
    sampled: Sampled,
    hot_keys: &HotKeys,
) -> Observation {
    let threads = facts.traffic.map_or(0, |traffic| traffic.threads);
    let mut shards: Vec<ShardObservation> = slots_by_shard(layout.directory())
        .into_iter()
        .map(|(id, slots)| observe_shard(facts, layout, id, &slots, &sampled))
        .collect();
    shards.sort_unstable_by_key(|shard| shard.id);
    let barriers = shards.iter().map(|shard| shard.barriers.count).sum();
    Observation {
        at: facts.at,
        window: facts.policy.tuner.window(),
        cores: facts.machine.cores,
        cpu_use: Some(facts.cpu_use),
        directory: layout.directory().to_vec(),
        slot_loads: if sampled.samples == 0 { Vec::new() } else { sampled.slot_loads },
        sample_every: facts.sample_every,
        samples: sampled.samples,
        samples_missed: 0,
        shards,
        grown: 0,
        hot_keys: hot_keys.top(facts.policy),
        outcome: layout.take_outcome(),
        busy: layout.is_busy(),
        can_migrate: true,
        costs: facts.machine.costs(),
        threads,
        thread_mix: if threads == 0 { 0.0 } else { 1.0 - 1.0 / f64::from(threads) },
        has_heavy_barrier: true,
        heavy_barriers: barriers,
    }
}

fn observe_shard(
    facts: &WindowFacts<'_>,
    layout: &mut Layout,
    id: ShardId,
    slots: &[u16],
    sampled: &Sampled,
) -> ShardObservation {
    let (mut load, mut users) = (Load::default(), Users::Nobody);
    for &slot in slots {
        let of_slot = sampled.slot_loads[usize::from(slot)];
        load.reads += of_slot.reads;
        load.writes += of_slot.writes;
        users = users.and(sampled.slot_users[usize::from(slot)]);
    }
    let entries = layout.entries_of(slots);
    let capacity = (entries as f64 * ROOM) as u64;
    let counts = facts.counts.get(&id).copied().unwrap_or_default();
    ShardObservation {
        id,
        slots: slots.len() as u32,
        entries: entries as usize,
        capacity: capacity as usize,
        table_bytes: (capacity * ENTRY_BYTES) as usize,
        is_reserved: false,
        load,
        waits: counts.waits,
        wait_ns: counts.wait_ps / 1000,
        bias: layout.shard(id).bias,
        revocations: counts.revocations,
        revocation_ns: counts.revocation_ps / 1000,
        looks: counts.looks.timing(),
        barriers: counts.barriers.timing(),
        users,
    }
}
