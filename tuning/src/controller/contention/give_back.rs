//! Memory is given back, on a slower clock than everything else.

use std::{collections::BTreeMap, time::Duration};

use super::Score;
use crate::{
    Action, Cause, Decision, Group, Plan, PlanKind, Policy, ShardId,
    controller::{
        evidence::Evidence,
        limits::Limits,
        sentence::{and_more, count, duration, things},
    },
    plan_to_count,
};

/// Since when a store has been quiet.
///
/// Quiet is a stretch of time in which nobody waits and which has, as a whole, too few samples to be judged: a store
/// that is touched once a second is as idle as one that is not touched at all.
#[derive(Clone, Debug, Default)]
pub(super) struct Quiet {
    since: Option<Duration>,
    samples: u64,
}

impl Quiet {
    /// Takes a window into account.
    pub(super) fn note(&mut self, evidence: &Evidence, policy: &Policy) {
        self.samples = self.samples.saturating_add(evidence.samples);
        if self.samples >= policy.tuner.samples_min || evidence.sum(|shard| shard.waits) > 0 {
            *self = Self { since: Some(evidence.at), samples: 0 };
        }
        self.since.get_or_insert_with(|| evidence.at.saturating_sub(evidence.span));
    }

    /// For how long it has been quiet.
    fn lasts(&self, at: Duration) -> Duration {
        self.since.map_or(Duration::ZERO, |since| at.saturating_sub(since))
    }
}

/// Merges the shards of an idle store that holds something, to as few as the policy and their size allow.
pub(super) fn merge_idle(quiet: &Quiet, evidence: &Evidence, policy: &Policy, limits: Limits) -> Option<Decision> {
    let lasts = quiet.lasts(evidence.at);
    if lasts < policy.tuner.idle() || evidence.sum(|shard| shard.capacity) == 0 {
        return None;
    }
    let entries = evidence.sum(|shard| shard.entries);
    // Half of what would be split for its size, as after a split for size.
    let for_size = entries.div_ceil((policy.shards.entries_max / 2).max(1));
    let target = usize::try_from(for_size).unwrap_or(usize::MAX).clamp(limits.min, limits.max);
    let shards = evidence.shards.len();
    if target >= shards {
        return None;
    }
    let reason = format!(
        "the store has been idle for {}, and {} will do for its {} entries, where there are {shards}",
        duration(lasts),
        things(target, "shard"),
        count(entries)
    );
    let plan = plan_to_count(&evidence.directory, &[], target);
    Some(Decision::new(Action::Reshard(plan), Cause::Memory, reason))
}

/// Gives the shards whose tables have been mostly empty for long smaller ones.
pub(super) fn shrink_sparse(
    scores: &BTreeMap<ShardId, Score>,
    evidence: &Evidence,
    policy: &Policy,
) -> Option<Decision> {
    let is_sparse = |id| scores.get(&id).is_some_and(|score| score.is_sparse_for(evidence.at, policy.tuner.idle()));
    let sparse: Vec<_> = evidence.shards.iter().filter(|shard| is_sparse(shard.id)).collect();
    let first = sparse.first()?;
    let reason = format!(
        "shard {}{} holds {} entries where there is room for {}, and has been mostly empty for {} s",
        first.id,
        and_more(sparse.len()),
        count(first.entries),
        count(first.capacity),
        policy.tuner.idle_s
    );
    let group = |shard: &&crate::controller::evidence::ShardEvidence| Group {
        sources: vec![shard.id],
        targets: vec![shard.slots.clone()],
    };
    let plan = Plan { kind: PlanKind::Shrink, groups: sparse.iter().map(group).collect() };
    Some(Decision::new(Action::Reshard(plan), Cause::Memory, reason))
}
