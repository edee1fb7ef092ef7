//! Cold shards are put together again, two at a time.

use super::{
    case::{Case, Verdict},
    memory::pressure,
};
use crate::{
    Cause, Group, PlanKind, SlotId,
    controller::{
        evidence::ShardEvidence,
        sentence::{and_more, nanoseconds, percent, things},
    },
};

/// Load of a merged shard, as a multiple of the mean. A guess: by chance alone, 1,000 samples over 32 shards stay below it.
const LOAD_MAX: f64 = 2.0;

/// Fewer pairs than this part of the shards are not merged, until there are more: shards get cold one after another, and each change is a
/// stir. A guess.
const PAIRS_MIN: f64 = 1.0 / 16.0;

/// Merges pairs of cold shards, the coldest with the next, down to one shard per core; the rest is for an idle store to
/// give back.
///
/// A pair is merged only if the merged shard stays well clear of everything that would split it again, and if the last
/// change was so long ago that merging keeps changes as rare as the cool-down wants them.
pub(super) fn cold(case: &Case<'_>) -> Verdict {
    let floor = case.limits.min.max((case.evidence.cores as usize).min(case.limits.max));
    let spare = case.evidence.shards.len().saturating_sub(floor);
    let is_cold =
        |shard: &&ShardEvidence| case.score(shard, |score, policy| score.is_cold(policy)) && !case.has_hot_key(shard);
    let mut candidates: Vec<&ShardEvidence> = case.evidence.shards.iter().filter(is_cold).collect();
    candidates.sort_by_key(|shard| (shard.accesses, shard.id));
    let pairs = candidates.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    let pairs: Vec<_> = pairs.filter(|pair| stays_merged(*pair, case)).take(spare).collect();
    let is_few = (pairs.len() as f64) < PAIRS_MIN * case.evidence.shards.len() as f64;
    let Some(&first) = pairs.first().filter(|_| !is_few) else {
        return Verdict::NoNeed;
    };
    let cost_ns =
        case.cost_ns(pairs.iter().map(|(a, b)| a.entries.saturating_add(b.entries)).fold(0, u64::saturating_add));
    let factor = case.policy.tuner.cool_down_factor;
    if cost_ns * factor > case.unchanged_for.as_nanos() as f64 {
        let reason = format!(
            "merging {} would cost {}, and {factor} times that have not passed since the last change",
            things(2 * pairs.len(), "cold shard"),
            nanoseconds(cost_ns)
        );
        return Verdict::Refuse(Cause::Unprofitable, reason);
    }
    let reason = format!(
        "shards {} and {}{} are cold: together, {} of their acquisitions would wait, and a split begins at {}",
        first.0.id,
        first.1.id,
        and_more(pairs.len()),
        percent(waited_share(first, case)),
        percent(case.balanced_share())
    );
    let groups = pairs.into_iter().map(group).collect();
    Verdict::act(PlanKind::Merge, groups, Cause::Cold, reason)
}

/// Whether a merged shard would be well below every threshold that splits, and below what has split its slots before.
fn stays_merged(pair: (&ShardEvidence, &ShardEvidence), case: &Case<'_>) -> bool {
    let (a, b) = pair;
    let entries = a.entries.saturating_add(b.entries);
    let load = a.accesses.saturating_add(b.accesses) as f64;
    waited_share(pair, case) < case.balanced_share() * case.policy.contention.merge_margin
        && entries <= case.policy.shards.entries_max / 2
        && load <= case.evidence.accesses_mean() * LOAD_MAX
        && !was_contended(pair, case)
}

/// Whether a shard with nearly as much to do as the merged one would have was contended before.
fn was_contended((a, b): (&ShardEvidence, &ShardEvidence), case: &Case<'_>) -> bool {
    let accesses_per_s = |shard: &ShardEvidence| case.scores.get(&shard.id).map_or(0.0, super::Score::accesses_per_s);
    let merged = pressure(accesses_per_s(a) + accesses_per_s(b), case.evidence);
    let before = case.memory.contended_at(&a.slots).min(case.memory.contended_at(&b.slots));
    merged >= before * case.policy.contention.merge_margin
}

/// The share of acquisitions that would wait in the merged shard. Waiting grows with load, so the shares add up.
fn waited_share((a, b): (&ShardEvidence, &ShardEvidence), case: &Case<'_>) -> f64 {
    let share = |shard: &ShardEvidence| case.scores.get(&shard.id).map_or(1.0, super::Score::waited_share);
    share(a) + share(b)
}

fn group((a, b): (&ShardEvidence, &ShardEvidence)) -> Group {
    let mut slots: Vec<SlotId> = a.slots.iter().chain(&b.slots).copied().collect();
    slots.sort_unstable();
    Group { sources: vec![a.id, b.id], targets: vec![slots] }
}
