//! What is judged: observations, added up until they hold enough samples.

use std::time::Duration;

use crate::{HotKeyEstimate, Load, Observation, ShardId, ShardObservation, SlotId, plan::slots_by_shard};

/// One shard in the time that is judged.
#[derive(Clone, Debug)]
pub(super) struct ShardEvidence {
    pub(super) id: ShardId,
    pub(super) slots: Vec<SlotId>,
    pub(super) entries: u64,
    pub(super) capacity: u64,
    /// Whether somebody asked for that much.
    pub(super) is_reserved: bool,
    /// Accesses, estimated from samples; never fewer than those that had to wait.
    pub(super) accesses: u64,
    pub(super) waits: u64,
    pub(super) wait_ns: u64,
}

/// A store in the time that is judged; the layout was the same throughout.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// End of the time.
    pub(super) at: Duration,
    /// Length of the time.
    pub(super) span: Duration,
    pub(super) cores: u32,
    pub(super) cpu_use: Option<f64>,
    pub(super) directory: Vec<ShardId>,
    pub(super) samples: u64,
    /// Of these, writes.
    writes: u64,
    /// Threads at work, two at least: by chance, no two samples may be by different ones.
    pub(super) threads: f64,
    /// Accesses of each slot, estimated from samples; parallel to `directory`.
    pub(super) slot_accesses: Vec<u64>,
    /// In the order of their first slots.
    pub(super) shards: Vec<ShardEvidence>,
    pub(super) hot_keys: Vec<HotKeyEstimate>,
}

impl Evidence {
    /// What one window shows. Whatever an observation says of slots or shards that do not exist is passed over.
    pub(super) fn of_window(observation: &Observation, cores: u32) -> Self {
        let Observation { directory, slot_loads, .. } = observation;
        let every = u64::from(observation.sample_every.max(1));
        let accesses = |load: &Load| load.total().saturating_mul(every);
        let mut slot_accesses: Vec<u64> = slot_loads.iter().take(directory.len()).map(accesses).collect();
        slot_accesses.resize(directory.len(), 0);
        let shards = slots_by_shard(directory).into_iter().map(|(id, slots)| {
            let seen = shard_of(observation, id);
            let accesses = slots.iter().map(|&slot| slot_accesses[usize::from(slot)]).fold(0, u64::saturating_add);
            ShardEvidence {
                id,
                slots,
                entries: seen.entries as u64,
                capacity: seen.capacity as u64,
                is_reserved: seen.is_reserved,
                accesses: accesses.max(seen.waits),
                waits: seen.waits,
                wait_ns: seen.wait_ns,
            }
        });
        Self {
            at: observation.at,
            span: observation.window,
            cores,
            cpu_use: observation.cpu_use,
            samples: observation.samples,
            writes: slot_loads.iter().map(|load| u64::from(load.writes)).sum(),
            threads: (1.0 / (1.0 - observation.thread_mix)).max(2.0),
            shards: shards.collect(),
            directory: directory.clone(),
            slot_accesses,
            hot_keys: observation
                .hot_keys
                .iter()
                .filter(|key| usize::from(key.slot) < directory.len())
                .copied()
                .collect(),
        }
    }

    /// Adds what windows before this one showed; their layout must be the same.
    pub(super) fn add_earlier(&mut self, earlier: &Self) {
        debug_assert_eq!(self.directory, earlier.directory, "evidence of two layouts cannot be added up");
        self.span = self.span.saturating_add(earlier.span);
        self.samples = self.samples.saturating_add(earlier.samples);
        self.writes = self.writes.saturating_add(earlier.writes);
        for (accesses, before) in self.slot_accesses.iter_mut().zip(&earlier.slot_accesses) {
            *accesses = accesses.saturating_add(*before);
        }
        for (shard, before) in self.shards.iter_mut().zip(&earlier.shards) {
            shard.accesses = shard.accesses.saturating_add(before.accesses);
            shard.waits = shard.waits.saturating_add(before.waits);
            shard.wait_ns = shard.wait_ns.saturating_add(before.wait_ns);
        }
    }

    /// Sum over all shards.
    pub(super) fn sum(&self, of: impl Fn(&ShardEvidence) -> u64) -> u64 {
        self.shards.iter().map(of).fold(0, u64::saturating_add)
    }

    /// The time that is judged, in seconds; not 0.
    pub(super) fn seconds(&self) -> f64 {
        self.span.max(Duration::from_nanos(1)).as_secs_f64()
    }

    /// Share of writes.
    pub(super) fn write_share(&self) -> f64 {
        (self.writes as f64 / self.samples.max(1) as f64).min(1.0)
    }

    /// Accesses of a shard in the mean.
    pub(super) fn accesses_mean(&self) -> f64 {
        self.sum(|shard| shard.accesses) as f64 / self.shards.len().max(1) as f64
    }

    /// The shard that owns a slot.
    pub(super) fn shard_of_slot(&self, slot: SlotId) -> Option<&ShardEvidence> {
        let id = self.directory.get(usize::from(slot))?;
        self.shards.iter().find(|shard| shard.id == *id)
    }

    /// The slots' loads in the form in which plans take them.
    pub(super) fn slot_loads(&self) -> Vec<Load> {
        let load = |&accesses: &u64| Load { reads: u32::try_from(accesses).unwrap_or(u32::MAX), writes: 0 };
        self.slot_accesses.iter().map(load).collect()
    }
}

/// What an observation says of a shard. The shards are in the order of their ids; one that is not listed is empty.
fn shard_of(observation: &Observation, id: ShardId) -> ShardObservation {
    let shards = &observation.shards;
    shards
        .binary_search_by_key(&id, |shard| shard.id)
        .map_or_else(|_| ShardObservation::default(), |index| shards[index])
}
