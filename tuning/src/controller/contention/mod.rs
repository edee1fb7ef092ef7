//! The strategy `contention`: shards follow from who has to wait.
//!
//! After the damping of Erlang's ETS (`{write_concurrency, auto}`): an acquisition that had to wait adds many points to
//! its shard's score, a free one takes one away, and shrinking takes 10,000 times the evidence of growing. The remedies
//! are tried in the order of [`REMEDIES`]; the first that can be carried out and pays is the decision.

mod case;
mod give_back;
mod hot_key;
mod memory;
mod merge;
mod score;
mod split;

use std::collections::BTreeMap;

use self::{
    case::{Case, Verdict, typical_wait_ns},
    give_back::Quiet,
    memory::Memory,
    score::Score,
};
use super::{
    damping::Damping,
    evidence::Evidence,
    hold,
    limits::Limits,
    sentence::{count, percent_of, ratio, things},
};
use crate::{Action, Cause, Decision, Policy, ShardId};

/// What can be done, in the order in which it is tried: what waits first, and what only might wait later.
const REMEDIES: [fn(&Case<'_>) -> Verdict; 4] = [hot_key::isolate, split::contended, split::oversized, merge::cold];

/// The strategy's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Contention {
    scores: BTreeMap<ShardId, Score>,
    quiet: Quiet,
    memory: Memory,
}

impl Contention {
    /// Forgets the shards whose slots are not what they were.
    pub(super) fn forget_changed(&mut self, before: &[ShardId], now: &[ShardId]) {
        let was = |slot: usize| before.get(slot);
        for (slot, id) in now.iter().enumerate().filter(|(slot, id)| was(*slot) != Some(id)) {
            self.scores.remove(id);
            was(slot).map(|id| self.scores.remove(id));
        }
    }

    /// Forgets who waited at shards that get another bias: it may be all that they need.
    pub(super) fn forget_waits(&mut self, shards: impl Iterator<Item = ShardId>) {
        for id in shards {
            if let Some(score) = self.scores.get_mut(&id) {
                score.forget_waits();
            }
        }
    }

    /// Takes a window into account, however few samples it has; what memory is to be given back, if any.
    pub(super) fn give_back(&mut self, evidence: &Evidence, policy: &Policy, limits: Limits) -> Option<Decision> {
        for shard in &evidence.shards {
            self.scores.entry(shard.id).or_default().note_entries(shard, evidence.at, policy);
        }
        self.quiet.note(evidence, policy);
        give_back::merge_idle(&self.quiet, evidence, policy, limits)
            .or_else(|| give_back::shrink_sparse(&self.scores, evidence, policy))
    }

    /// Learns from evidence, and looks for a remedy if there is a need for one.
    pub(super) fn judge(
        &mut self,
        evidence: &Evidence,
        policy: &Policy,
        damping: &Damping,
        limits: Limits,
    ) -> Decision {
        let accesses_mean = evidence.accesses_mean();
        for shard in &evidence.shards {
            self.scores.entry(shard.id).or_default().note_acquisitions(shard, evidence.span, accesses_mean, policy);
        }
        let case = Case {
            evidence,
            policy,
            limits,
            scores: &self.scores,
            memory: &self.memory,
            typical_wait_ns: typical_wait_ns(evidence),
            entry_ns: damping.entry_ns(policy),
            unchanged_for: damping.unchanged_for(evidence.at),
        };
        let mut refused = Verdict::NoNeed;
        for remedy in REMEDIES {
            match remedy(&case) {
                Verdict::Act(decision) => {
                    self.remember(&decision, evidence);
                    return decision;
                }
                refusal => refused = refused.or(refusal),
            }
        }
        match refused {
            Verdict::Refuse(cause, reason) => hold(cause, reason),
            _ => hold(Cause::Balanced, balanced(evidence)),
        }
    }

    /// Remembers under which pressure shards were contended that are to be split for it.
    fn remember(&mut self, decision: &Decision, evidence: &Evidence) {
        let Action::Reshard(plan) = &decision.action else { return };
        if decision.cause != Cause::Contention {
            return;
        }
        let is_split = |id| plan.groups.iter().any(|group| group.sources.contains(id));
        for shard in evidence.shards.iter().filter(|shard| is_split(&shard.id)) {
            let accesses_per_s = shard.accesses as f64 / evidence.seconds();
            self.memory.note(&shard.slots, memory::pressure(accesses_per_s, evidence));
        }
    }
}

fn balanced(evidence: &Evidence) -> String {
    let accesses = evidence.sum(|shard| shard.accesses);
    let busiest = evidence.shards.iter().map(|shard| shard.accesses).max().unwrap_or(0);
    format!(
        "nothing asks for a change: {} of {} acquisitions waited, and the busiest of {} has {:.1} times the mean load",
        percent_of(evidence.sum(|shard| shard.waits), accesses),
        count(accesses),
        things(evidence.shards.len(), "shard"),
        ratio(busiest, accesses) * evidence.shards.len() as f64,
    )
}
