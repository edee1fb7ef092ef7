//! The policy's limits on the number of shards.

use super::sentence::{count, things};
use crate::{Action, Cause, Decision, Load, Policy, ShardId, plan_to_count};

/// How many shards a store may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) min: usize,
    pub(super) max: usize,
}

impl Limits {
    /// The policy's limits for a store of so many slots: a shard has one at least. They contradict each other in no
    /// case.
    pub(super) fn new(policy: &Policy, slots: usize) -> Self {
        let max = (policy.shards.max as usize).clamp(1, slots.max(1));
        Self { min: (policy.shards.min_resolved() as usize).clamp(1, max), max }
    }

    /// What brings a store within the limits, if it is outside.
    pub(super) fn enforce(self, shards: usize, directory: &[ShardId], loads: &[Load]) -> Option<Decision> {
        let target = shards.clamp(self.min, self.max);
        if target == shards {
            return None;
        }
        let side = if target < shards { "at most" } else { "at least" };
        let reason =
            format!("there are {}, and the policy wants {side} {}", things(shards, "shard"), count(target as u64));
        let plan = plan_to_count(directory, loads, target);
        Some(Decision::new(Action::Reshard(plan), Cause::OutOfLimits, reason))
    }
}
