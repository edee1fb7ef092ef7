//! Slots, shards, and migrations: the store as far as its shape goes.

use std::{collections::VecDeque, time::Duration};

use super::{
    keys::slot,
    machine::Machine,
    shard::{Counts, Shard},
};
use crate::{Action, Bias, Decision, Group, Outcome, Plan, Policy, ShardId, initial_directory, plan::slots_by_shard};

/// What a group of shards takes by itself, however few entries they have, in nanoseconds: events, tables, locks.
const GROUP_NS: f64 = 20_000.0;

/// A store's shape.
pub(super) struct Layout {
    directory: Vec<ShardId>,
    /// Entries of each slot.
    entries: Vec<u64>,
    /// By their ids; those that own nothing are kept for later.
    shards: Vec<Shard>,
    shard_count: usize,
    cores: usize,
    copy_ns: f64,
    plan: Option<PlanInHand>,
    outcome: Option<Outcome>,
}

struct PlanInHand {
    groups: VecDeque<Group>,
    /// Work done for the first of them.
    spent_ns: f64,
    outcome: Outcome,
}

impl Layout {
    /// A store on a machine, into which so many keys have come one after another: as many shards as the policy has a store begin
    /// with, or as many more as full ones have been split into.
    pub(super) fn new(machine: &Machine, policy: &Policy, keys: u32) -> Self {
        let slots = policy.shards.slots as usize;
        let split = u64::from(keys) * 2 / policy.shards.entries_max.max(1);
        let initial = policy.shards.initial_for(machine.cores, 0) as usize;
        let count = if policy.shards.initial.is_some() { initial } else { initial.max(split as usize) };
        let directory = initial_directory(slots, count.min(policy.shards.max as usize));
        let cores = machine.cores as usize;
        let shard_count = slots_by_shard(&directory).len();
        Self {
            shards: (0..shard_count).map(|_| Shard::new(cores, 0)).collect(),
            entries: vec![0; slots],
            directory,
            shard_count,
            cores,
            copy_ns: machine.copy_ns,
            plan: None,
            outcome: None,
        }
    }

    /// Puts so many keys in, in place of all that there were.
    pub(super) fn fill(&mut self, keys: u32) {
        self.entries.iter_mut().for_each(|entries| *entries = 0);
        let slots = self.entries.len();
        (0..keys).for_each(|key| self.entries[slot(key, slots)] += 1);
    }

    pub(super) fn shard_of(&self, key: u32) -> ShardId {
        self.directory[slot(key, self.directory.len())]
    }

    pub(super) fn shard(&mut self, id: ShardId) -> &mut Shard {
        &mut self.shards[usize::from(id)]
    }

    pub(super) fn shard_count(&self) -> usize {
        self.shard_count
    }

    pub(super) fn directory(&self) -> &[ShardId] {
        &self.directory
    }

    pub(super) fn entries_of(&self, slots: &[u16]) -> u64 {
        slots.iter().map(|&slot| self.entries[usize::from(slot)]).sum()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.plan.is_some()
    }

    pub(super) fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }

    /// Puts a decision's modes in place, and begins its plan; `true` if anything changes.
    pub(super) fn apply(&mut self, decision: &Decision) -> bool {
        for &(id, bias) in &decision.biases.changes {
            self.set_bias(id, bias);
        }
        if let Action::Reshard(plan) = &decision.action {
            self.begin(plan.clone());
        }
        decision.action != Action::Hold || !decision.biases.changes.is_empty()
    }

    fn set_bias(&mut self, id: ShardId, bias: Bias) {
        let shard = self.shard(id);
        shard.bias = bias;
        shard.version = shard.version.wrapping_add(1);
    }

    fn begin(&mut self, plan: Plan) {
        let outcome = Outcome::begun(plan.kind);
        self.plan = Some(PlanInHand { groups: plan.groups.into(), spent_ns: 0.0, outcome });
    }

    /// Work that the plan in hand still needs.
    pub(super) fn work_left_ns(&self) -> f64 {
        self.plan
            .as_ref()
            .map_or(0.0, |plan| plan.groups.iter().map(|group| self.work_ns(group)).sum::<f64>() - plan.spent_ns)
    }

    /// Work that a group needs.
    fn work_ns(&self, group: &Group) -> f64 {
        GROUP_NS + self.entries_in(group) as f64 * self.copy_ns
    }

    fn entries_in(&self, group: &Group) -> u64 {
        group.targets.iter().map(|slots| self.entries_of(slots)).sum()
    }

    /// Spends so much work on the plan in hand, in so much time; the work that was needed.
    pub(super) fn migrate(&mut self, work_ns: f64, elapsed: Duration) -> f64 {
        let Some(mut plan) = self.plan.take() else { return 0.0 };
        plan.outcome.elapsed += elapsed;
        let mut left_ns = work_ns;
        while let Some(group) = plan.groups.front() {
            let entries = self.entries_in(group);
            let needed_ns = self.work_ns(group) - plan.spent_ns;
            if needed_ns > left_ns {
                plan.spent_ns += left_ns;
                plan.outcome.cost += Duration::from_nanos(work_ns as u64);
                self.plan = Some(plan);
                return work_ns;
            }
            left_ns -= needed_ns;
            plan.spent_ns = 0.0;
            plan.outcome.entries_copied += entries;
            plan.outcome.groups_completed += 1;
            if let Some(group) = plan.groups.pop_front() {
                self.cut_over(group);
            }
        }
        let spent_ns = work_ns - left_ns;
        plan.outcome.cost += Duration::from_nanos(spent_ns as u64);
        self.outcome = Some(plan.outcome);
        spent_ns
    }

    /// Fresh shards take the place of a group's; they have the mode that all of those had, if it is one.
    fn cut_over(&mut self, Group { sources, targets }: Group) {
        let mut biases = sources.iter().map(|&id| self.shards[usize::from(id)].bias);
        let first = biases.next().unwrap_or_default();
        let bias = if biases.all(|bias| bias == first) { first } else { Bias::Neutral };
        self.shard_count = self.shard_count + targets.len() - sources.len();
        let mut free = self.free_ids().into_iter();
        for slots in targets {
            let id = free.next().unwrap_or_else(|| {
                self.shards.push(Shard::new(self.cores, 0));
                (self.shards.len() - 1) as ShardId
            });
            self.shards[usize::from(id)] = Shard { bias, ..Shard::new(self.cores, 0) };
            slots.iter().for_each(|&slot| self.directory[usize::from(slot)] = id);
        }
    }

    fn free_ids(&self) -> Vec<ShardId> {
        let is_used = self.is_used();
        (0..self.shards.len()).filter(|&id| !is_used[id]).map(|id| id as ShardId).collect()
    }

    /// Whether each shard owns slots.
    fn is_used(&self) -> Vec<bool> {
        let mut is_used = vec![false; self.shards.len()];
        self.directory.iter().for_each(|&id| is_used[usize::from(id)] = true);
        is_used
    }

    /// Other threads come, for which time begins anew: nobody is inside, and all lines have come to rest.
    pub(super) fn rest(&mut self) {
        self.shards.iter_mut().for_each(Shard::rest);
    }

    /// What was counted of each shard since the last time.
    pub(super) fn take_counts(&mut self) -> Vec<(ShardId, Counts)> {
        let is_used = self.is_used();
        let used = self.shards.iter_mut().enumerate().filter(|(id, _)| is_used[*id]);
        used.map(|(id, shard)| (id as ShardId, std::mem::take(&mut shard.counts))).collect()
    }

    /// The shards whose locks are neutral, fenced, asymmetric and owned.
    pub(super) fn biases(&self) -> [usize; 4] {
        self.shards.iter().zip(self.is_used()).filter(|(_, is_used)| *is_used).fold([0; 4], |mut counts, (shard, _)| {
            let index = match shard.bias {
                Bias::Neutral => 0,
                Bias::Fenced => 1,
                Bias::Asymmetric => 2,
                Bias::Owned(_) => 3,
            };
            counts[index] += 1;
            counts
        })
    }
}
