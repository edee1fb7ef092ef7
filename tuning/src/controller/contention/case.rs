//! What a remedy is given, and what it answers.

use std::{collections::BTreeMap, time::Duration};

use super::{Memory, Score};
use crate::{
    Action, Cause, ContentionPolicy, Decision, Group, Plan, PlanKind, Policy, ShardId, SlotId,
    controller::{
        evidence::{Evidence, ShardEvidence},
        limits::Limits,
        sentence::{nanoseconds, things},
    },
};

/// How much all load weighs against all slots where a shard is split for its load: nearly everything, but slots that
/// nobody was seen to use are still divided, for they hold entries.
pub(super) const LOAD_EMPHASIS: u64 = 16;

/// What waits at one shard may last, in the mean, over what they last at most others. A guess: queues differ by less.
const LONGEST_OVER_TYPICAL: f64 = 4.0;

/// What a wait takes at most shards, in nanoseconds: the median of their means.
pub(super) fn typical_wait_ns(evidence: &Evidence) -> f64 {
    let waited = evidence.shards.iter().filter(|shard| shard.waits > 0);
    let mut means: Vec<f64> = waited.map(|shard| shard.wait_ns as f64 / shard.waits as f64).collect();
    let middle = means.len() / 2;
    if means.is_empty() { 0.0 } else { *means.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

/// All that a remedy may base its answer on.
pub(super) struct Case<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) policy: &'a Policy,
    pub(super) limits: Limits,
    pub(super) scores: &'a BTreeMap<ShardId, Score>,
    pub(super) memory: &'a Memory,
    /// What a wait took at most shards, in nanoseconds.
    pub(super) typical_wait_ns: f64,
    /// Cost of migrating an entry, in nanoseconds.
    pub(super) entry_ns: f64,
    /// Time since the last change.
    pub(super) unchanged_for: Duration,
}

/// A remedy's answer.
pub(super) enum Verdict {
    /// It is needed, possible and pays.
    Act(Decision),
    /// It is needed, but not possible, or does not pay.
    Refuse(Cause, String),
    /// Nothing asks for it.
    NoNeed,
}

impl Verdict {
    /// This answer, unless it says that nothing asks for anything: the first refusal is about the most urgent need.
    pub(super) fn or(self, other: Self) -> Self {
        if let Self::NoNeed = self { other } else { self }
    }

    pub(super) fn act(kind: PlanKind, groups: Vec<Group>, cause: Cause, reason: String) -> Self {
        Self::Act(Decision::new(Action::Reshard(Plan { kind, groups }), cause, reason))
    }
}

impl Case<'_> {
    /// How many shards more the policy allows.
    pub(super) fn room(&self) -> usize {
        self.limits.max.saturating_sub(self.evidence.shards.len())
    }

    /// Whether a shard's score satisfies a condition.
    pub(super) fn score(&self, shard: &ShardEvidence, condition: impl Fn(&Score, &ContentionPolicy) -> bool) -> bool {
        self.scores.get(&shard.id).is_some_and(|score| condition(score, &self.policy.contention))
    }

    /// The share of waits at which a score stays where it is: more than this for long enough, and a shard is contended.
    pub(super) fn balanced_share(&self) -> f64 {
        let ContentionPolicy { waited_points, free_points, .. } = self.policy.contention;
        free_points as f64 / (waited_points as f64 + free_points as f64)
    }

    /// What something that happened in the judged time costs over the policy's horizon, in nanoseconds.
    pub(super) fn over_horizon(&self, cost_ns: f64) -> f64 {
        let span = self.evidence.span.max(Duration::from_nanos(1));
        cost_ns * self.policy.tuner.horizon().as_secs_f64() / span.as_secs_f64()
    }

    /// Time that callers lost at a shard in the judged time and would lose again, in nanoseconds. A wait lasts a cache line's
    /// transfer at least, and not many times as long as elsewhere: where it did, somebody had lost the processor inside, by chance.
    pub(super) fn waited_ns(&self, shard: &ShardEvidence) -> f64 {
        let waits = shard.waits as f64;
        (shard.wait_ns as f64)
            .min(waits * LONGEST_OVER_TYPICAL * self.typical_wait_ns)
            .max(waits * self.policy.tuner.line_transfer_ns as f64)
    }

    /// Time of all cores that are in use, in the judged time, in nanoseconds: one at least, and all where that is not known.
    pub(super) fn busy_ns(&self) -> f64 {
        let Evidence { cores, cpu_use, span, .. } = self.evidence;
        let busy = f64::from(*cores) * cpu_use.unwrap_or(1.0);
        busy.max(1.0) * span.as_nanos() as f64
    }

    /// Cost of migrating so many entries, in nanoseconds.
    pub(super) fn cost_ns(&self, entries: u64) -> f64 {
        entries as f64 * self.entry_ns
    }

    /// Accesses of some slots in the judged time.
    pub(super) fn accesses_of(&self, slots: &[SlotId]) -> u64 {
        let accesses = |&slot: &SlotId| self.evidence.slot_accesses.get(usize::from(slot)).copied().unwrap_or(0);
        slots.iter().map(accesses).fold(0, u64::saturating_add)
    }

    /// Whether some key of the shard is hot, or nearly so: it would only draw others into its queue.
    pub(super) fn has_hot_key(&self, shard: &ShardEvidence) -> bool {
        /// Part of the threshold at which a key that was hot no longer is; the gap keeps a key at the threshold from
        /// being isolated and merged by turns. A guess.
        const STILL_HOT: f64 = 0.5;
        let threshold = self.policy.hot_keys.share_threshold * STILL_HOT;
        self.evidence.hot_keys.iter().any(|key| key.share > threshold && shard.slots.binary_search(&key.slot).is_ok())
    }
}

/// The answer for a need that more shards than the policy allows would meet.
pub(super) fn at_limit(what: &str, case: &Case<'_>) -> Verdict {
    let shards = things(case.evidence.shards.len(), "shard");
    Verdict::Refuse(Cause::Limit, format!("{what}, but there are {shards} already, the policy's most"))
}

/// The answer for a change that costs more than it gains.
pub(super) fn unprofitable(what: &str, cost_ns: f64, gain_ns: f64, case: &Case<'_>) -> Verdict {
    let reason = format!(
        "{what} would cost {} and save {} over the horizon of {} s",
        nanoseconds(cost_ns),
        nanoseconds(gain_ns),
        case.policy.tuner.horizon_s
    );
    Verdict::Refuse(Cause::Unprofitable, reason)
}
