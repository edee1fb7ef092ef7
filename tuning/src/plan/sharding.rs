//! Textbook assignments of slots to shards.

use super::{directory::initial_directory, directory::slots_by_shard, to_count::plan_to_count};
use crate::{Group, Load, Plan, PlanKind, ShardId, Sharding, SlotId};

/// Points on the ring of [`Sharding::Consistent`] for each shard. With so many, shards' shares differ by a tenth or so.
const POINTS_PER_SHARD: u64 = 128;

impl Sharding {
    /// How many shards it makes where so many are wanted: of [`Bitmask`](Self::Bitmask), the next power of two; at least one, and at
    /// most the number of slots.
    ///
    /// ```
    /// use autoshard_tuning::Sharding;
    ///
    /// assert_eq!(Sharding::Bitmask.shard_count(64, 5), 8);
    /// assert_eq!(Sharding::Modulo.shard_count(64, 5), 5);
    /// ```
    #[must_use]
    pub fn shard_count(self, slots: usize, wanted: usize) -> usize {
        let wanted = wanted.clamp(1, slots.max(1));
        match self {
            Self::Bitmask if wanted.next_power_of_two() <= slots => wanted.next_power_of_two(),
            Self::Bitmask => 1 << wanted.ilog2(),
            Self::Ranges | Self::Modulo | Self::Consistent => wanted,
        }
    }

    /// The directory of a fresh store: each of the shards 0, 1, … has a slot at least.
    ///
    /// `shards` is taken as at least 1 and at most `slots`, of [`Bitmask`](Self::Bitmask) as a power of two no greater than that.
    ///
    /// ```
    /// use autoshard_tuning::Sharding;
    ///
    /// assert_eq!(Sharding::Modulo.directory(8, 3), [0, 1, 2, 0, 1, 2, 0, 1]);
    /// assert_eq!(Sharding::Bitmask.directory(8, 3), [0, 1, 0, 1, 0, 1, 0, 1]);
    /// ```
    #[must_use]
    pub fn directory(self, slots: usize, shards: usize) -> Vec<ShardId> {
        let shards = shards.clamp(1, slots.max(1));
        // There are at most 2^16 slots, for a slot is named by 16 bits; so each shard's number fits.
        match self {
            Self::Ranges => initial_directory(slots, shards),
            Self::Modulo => (0..slots).map(|slot| (slot % shards) as ShardId).collect(),
            Self::Bitmask => (0..slots).map(|slot| (slot & ((1 << shards.ilog2()) - 1)) as ShardId).collect(),
            Self::Consistent => ring(slots, shards),
        }
    }

    /// A plan that leads from a directory to [so many](Self::shard_count) shards; it has no groups if nothing changes.
    ///
    /// [`Ranges`](Self::Ranges) is [`plan_to_count`]; any other makes its own layout for that number of shards, whatever there is,
    /// and replaces each shard that it has not. Takes time in proportion to the number of slots, times its logarithm.
    #[must_use]
    pub fn plan(self, directory: &[ShardId], loads: &[Load], wanted: usize) -> Plan {
        if self == Self::Ranges {
            return plan_to_count(directory, loads, wanted);
        }
        let wanted = self.shard_count(directory.len(), wanted);
        let (current, target) = (slots_by_shard(directory), slots_by_shard(&self.directory(directory.len(), wanted)));
        let kind = if wanted < current.len() { PlanKind::Merge } else { PlanKind::Split };
        Plan { kind, groups: groups(directory, &current, &target) }
    }
}

/// A ring of [`POINTS_PER_SHARD`] points for each shard (Karger et al. 1997), of which the slots are arcs of equal length: a slot is the shard's whose
/// point is the first at its beginning or after. A shard without any slot is given the one at its first point for which another
/// shard has a second.
fn ring(slots: usize, shards: usize) -> Vec<ShardId> {
    let point = |shard: usize, nth: u64| scramble(((shard as u64) << 32) | nth);
    let mut points: Vec<(u64, ShardId)> = (0..shards)
        .flat_map(|shard| (0..POINTS_PER_SHARD).map(move |nth| (point(shard, nth), shard as ShardId)))
        .collect();
    points.sort_unstable();
    let arc = (u64::MAX / slots.max(1) as u64).saturating_add(1);
    let owner = |slot: usize| {
        let after = points.partition_point(|(at, _)| *at < slot as u64 * arc);
        points.get(after).or(points.first()).map_or(0, |(_, shard)| *shard)
    };
    let mut directory: Vec<ShardId> = (0..slots).map(owner).collect();
    let mut owned = vec![0_u32; shards];
    directory.iter().for_each(|&shard| owned[usize::from(shard)] += 1);
    for shard in 0..shards {
        if owned[shard] > 0 {
            continue;
        }
        let first = (point(shard, 0) / arc) as usize;
        let spare = (0..slots).map(|step| (first + step) % slots).find(|&slot| owned[usize::from(directory[slot])] > 1);
        if let Some(slot) = spare {
            owned[usize::from(directory[slot])] -= 1;
            owned[shard] = 1;
            directory[slot] = shard as ShardId;
        }
    }
    directory
}

/// The finaliser of SplitMix64: every bit of the result depends on every bit of the number.
fn scramble(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Groups of shards, as small as they can be, whose slots are together those of some of the target's shards. A shard that stays as it is
/// is in none.
fn groups(directory: &[ShardId], current: &[(ShardId, Vec<SlotId>)], target: &[(ShardId, Vec<SlotId>)]) -> Vec<Group> {
    // Union-find over the current shards: all that a target takes slots from are replaced together.
    let ids = directory.iter().max().map_or(0, |&id| usize::from(id) + 1);
    let mut parents: Vec<usize> = (0..ids).collect();
    for (_, slots) in target {
        let first = root(&mut parents, usize::from(directory[usize::from(slots[0])]));
        for &slot in slots {
            let other = root(&mut parents, usize::from(directory[usize::from(slot)]));
            parents[other] = first;
        }
    }
    let mut groups: Vec<Group> = vec![Group { sources: Vec::new(), targets: Vec::new() }; ids];
    for (shard, _) in current {
        groups[root(&mut parents, usize::from(*shard))].sources.push(*shard);
    }
    for (_, slots) in target {
        let shard = usize::from(directory[usize::from(slots[0])]);
        groups[root(&mut parents, shard)].targets.push(slots.clone());
    }
    groups.retain(|group| group.sources.len() > 1 || group.targets.len() > 1);
    groups
}

fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}
