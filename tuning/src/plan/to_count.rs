//! Plans that lead to a given number of shards.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{
    directory::slots_by_shard,
    partition::{partition, slot_weights},
};
use crate::{Group, Load, Plan, PlanKind, ShardId, SlotId};

/// How much all load weighs against all slots when the shards' number is all that matters: equally, for load tells
/// where splits help, and slots tell where entries are.
const LOAD_EMPHASIS: u64 = 1;

/// A plan that leads from a directory to exactly `target` shards of nearly equal weight; it has no groups if there are
/// as many already.
///
/// Shards are split on their own, each into its share of the new ones, or merged with their neighbours in the order of
/// their first slots, so that the groups are as small as they can be. `loads` are the slots' loads, parallel to
/// `directory`, or empty where nothing is known. `target` is taken as at least 1 and at most the number of slots. Takes
/// time in proportion to the number of slots, times its logarithm.
///
/// ```
/// let directory = autoshard_tuning::initial_directory(64, 4);
/// let plan = autoshard_tuning::plan_to_count(&directory, &[], 8);
/// assert_eq!(plan.groups.len(), 4);
/// assert!(plan.validate(&directory).is_ok());
/// ```
#[must_use]
pub fn plan_to_count(directory: &[ShardId], loads: &[Load], target: usize) -> Plan {
    let target = target.clamp(1, directory.len().max(1));
    let shards = slots_by_shard(directory);
    let loads = loads.iter().take(directory.len()).map(|load| load.total());
    let weights = slot_weights(directory.len(), loads, LOAD_EMPHASIS);
    if target < shards.len() {
        Plan { kind: PlanKind::Merge, groups: merge_groups(shards, &weights, target) }
    } else {
        Plan { kind: PlanKind::Split, groups: split_groups(shards, &weights, target) }
    }
}

/// A shard that asks for a further target: the greater the weight of each of its targets, the sooner.
struct Claim {
    weight: u64,
    targets: usize,
    shard: usize,
}

impl Ord for Claim {
    fn cmp(&self, other: &Self) -> Ordering {
        // Compares weight / targets without rounding; of equals, the first shard comes first.
        let cross = |a: &Self, b: &Self| u128::from(a.weight) * b.targets as u128;
        cross(self, other).cmp(&cross(other, self)).then(other.shard.cmp(&self.shard))
    }
}

impl PartialOrd for Claim {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Claim {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Claim {}

fn split_groups(shards: Vec<(ShardId, Vec<SlotId>)>, weights: &[u64], target: usize) -> Vec<Group> {
    let mut targets = vec![1; shards.len()];
    let claim = |(shard, (_, slots)): (usize, &(ShardId, Vec<SlotId>))| Claim {
        weight: weight_of(slots, weights),
        targets: 1,
        shard,
    };
    let mut claims: BinaryHeap<Claim> = shards.iter().enumerate().map(claim).collect();
    let mut missing = target.saturating_sub(shards.len());
    while let Some(mut claim) = claims.pop().filter(|_| missing > 0) {
        // A shard of one slot cannot be split and claims nothing more.
        if claim.targets < shards[claim.shard].1.len() {
            missing -= 1;
            claim.targets += 1;
            targets[claim.shard] = claim.targets;
            claims.push(claim);
        }
    }
    let split = shards.into_iter().zip(targets).filter(|(_, targets)| *targets > 1);
    split
        .map(|((shard, slots), targets)| Group { sources: vec![shard], targets: partition(&slots, weights, targets) })
        .collect()
}

fn merge_groups(shards: Vec<(ShardId, Vec<SlotId>)>, weights: &[u64], target: usize) -> Vec<Group> {
    let total: u128 = shards.iter().map(|(_, slots)| u128::from(weight_of(slots, weights))).sum();
    let mut runs: Vec<Group> = Vec::with_capacity(target);
    let (mut weight, mut left) = (0_u128, shards.len());
    for (shard, slots) in shards {
        // A run ends where its part of all weight is reached; but there must be neither more runs than wanted nor
        // fewer.
        let runs_missing = target - runs.len();
        let is_full = weight * target as u128 >= total * runs.len() as u128;
        if runs.is_empty() || left == runs_missing || (is_full && runs_missing > 0) {
            runs.push(Group { sources: Vec::new(), targets: vec![Vec::new()] });
        }
        weight += u128::from(weight_of(&slots, weights));
        left -= 1;
        if let Some(run) = runs.last_mut() {
            run.sources.push(shard);
            run.targets[0].extend(slots);
        }
    }
    runs.retain(|run| run.sources.len() > 1);
    runs.iter_mut().for_each(|run| run.targets[0].sort_unstable());
    runs
}

fn weight_of(slots: &[SlotId], weights: &[u64]) -> u64 {
    slots.iter().map(|&slot| weights[usize::from(slot)]).sum()
}
