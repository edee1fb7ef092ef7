//! A shard's slots are divided among several fresh shards.

use std::cmp::Reverse;

use super::case::{Case, LOAD_EMPHASIS, Verdict, at_limit, unprofitable};
use crate::{
    Cause, Group, PlanKind, SlotId,
    controller::{
        evidence::ShardEvidence,
        sentence::{and_more, count, nanoseconds, percent, percent_of, ratio},
    },
    plan::{partition, slot_weights},
};

/// Part of the share of waits at which a shard's score stays where it is, above which it is split with others. A guess.
const ALMOST: f64 = 0.5;

/// Part of the time of all cores that are in use which splits for load must save together. A guess: below it, nobody sees what they do.
const SAVED_MIN: f64 = 0.003;

/// Below this, nobody comes twice while waiting: a quotient of two such numbers would be all rounding.
const CAUGHT_MIN: f64 = 1e-6;

/// Splits the shards in which too many wait.
pub(super) fn contended(case: &Case<'_>) -> Verdict {
    let accesses_min = case.policy.contention.accesses_min;
    let has_waits = |shard: &ShardEvidence| shard.waits > 0 && shard.accesses >= accesses_min;
    let is_contended =
        |shard: &ShardEvidence| has_waits(shard) && case.score(shard, |score, policy| score.is_contended(policy));
    if !case.evidence.shards.iter().any(is_contended) {
        return Verdict::NoNeed;
    }
    // Those that will be contended soon go with those that are: one change instead of many.
    let soon = ALMOST * case.balanced_share();
    let needy =
        shards(case, |shard| is_contended(shard) || has_waits(shard) && ratio(shard.waits, shard.accesses) > soon);
    for_load(&needy, case)
}

/// Splits the shards with so many entries that growing their table would keep a caller waiting for long. That pause
/// cannot be weighed against the copy, which nobody waits for; so it need not pay.
pub(super) fn oversized(case: &Case<'_>) -> Verdict {
    let entries_max = case.policy.shards.entries_max.max(1);
    let mut needy = shards(case, |shard| shard.entries > entries_max && shard.slots.len() > 1);
    needy.sort_by_key(|shard| Reverse(shard.entries));
    let Some(largest) = needy.first() else {
        return Verdict::NoNeed;
    };
    let what = format!(
        "shard {}{} holds {} entries, above the policy's {}",
        largest.id,
        and_more(needy.len()),
        count(largest.entries),
        count(entries_max)
    );
    let weights = slot_weights(case.evidence.directory.len(), std::iter::empty(), 0);
    let mut room = case.room();
    let mut groups = Vec::new();
    for shard in needy {
        // Half full each, so that the targets have room to grow.
        let ways = shard.entries.saturating_mul(2).div_ceil(entries_max) as usize;
        let targets = partition(&shard.slots, &weights, ways.min(room + 1));
        room -= targets.len() - 1;
        if targets.len() > 1 {
            groups.push(Group { sources: vec![shard.id], targets });
        }
    }
    if groups.is_empty() {
        return at_limit(&what, case);
    }
    Verdict::act(
        PlanKind::Split,
        groups,
        Cause::Size,
        format!("{what}, so a growing table would keep its callers waiting"),
    )
}

/// The shards of which a condition holds, those where most time was lost first.
fn shards<'a>(case: &'a Case<'_>, needs: impl Fn(&ShardEvidence) -> bool) -> Vec<&'a ShardEvidence> {
    let mut needy: Vec<&ShardEvidence> = case.evidence.shards.iter().filter(|shard| needs(shard)).collect();
    needy.sort_by_key(|shard| (Reverse(shard.wait_ns), Reverse(shard.waits), shard.id));
    needy
}

/// Splits shards so that their load is divided, where that helps and pays.
fn for_load(needy: &[&ShardEvidence], case: &Case<'_>) -> Verdict {
    let ways_max = f64::from(case.policy.contention.ways_max);
    let slots = case.evidence.directory.len();
    let weights = slot_weights(slots, case.evidence.slot_accesses.iter().copied(), LOAD_EMPHASIS);
    let mut room = case.room();
    // Where there is not room for all, each has its part of it, or the first would leave nothing to the others.
    let part = (room / needy.len().max(1) + 1).max(2);
    let (mut groups, mut split, mut saved_ns) = (Vec::new(), Vec::new(), 0.0);
    let mut refused = Verdict::NoNeed;
    for &shard in needy {
        let wanted = (ways(shard, case).min(ways_max).ceil() as usize).next_power_of_two().max(2);
        let targets = partition(&shard.slots, &weights, wanted.min(part).min(room + 1));
        match worth_it(shard, &targets, case) {
            Ok(saved) => {
                saved_ns += saved;
                room -= targets.len() - 1;
                groups.push(Group { sources: vec![shard.id], targets });
                split.push(shard);
            }
            Err(refusal) => refused = refused.or(refusal),
        }
    }
    let Some(&worst) = split.first() else {
        return refused;
    };
    let visible_ns = SAVED_MIN * case.busy_ns();
    if saved_ns < visible_ns {
        let what = waited(worst, split.len(), case);
        return refused.or(negligible(&what, saved_ns, visible_ns));
    }
    let targets: usize = groups.iter().map(|group| group.targets.len()).sum();
    let subject = if split.len() == 1 { "it becomes".to_owned() } else { format!("these {} become", split.len()) };
    let reason = format!("{}; {subject} {} shards", waited(worst, split.len(), case), count(targets as u64));
    Verdict::act(PlanKind::Split, groups, Cause::Contention, reason)
}

/// As many shards as bring the waits to half of what is balanced: who comes at random to one of k shards meets 1/k as many.
fn ways(shard: &ShardEvidence, case: &Case<'_>) -> f64 {
    2.0 * ratio(shard.waits, shard.accesses) / case.balanced_share()
}

/// What dividing a shard so would have saved in the judged time, in nanoseconds, if that is more than it costs; if not, why not.
fn worth_it(shard: &ShardEvidence, targets: &[Vec<SlotId>], case: &Case<'_>) -> Result<f64, Verdict> {
    let what = waited(shard, 1, case);
    if shard.slots.len() > 1 && targets.len() == 1 {
        return Err(at_limit(&what, case));
    }
    let saved_min = case.policy.contention.waits_saved_min;
    if waits_saved(targets, 0.0, case) < saved_min {
        return Err(one_slot_carries_all(&what, shard, case));
    }
    let caught = caught(shard, case);
    let saved = waits_saved(targets, caught, case);
    if saved < saved_min {
        return Err(held_too_long(&what, caught));
    }
    let (cost_ns, gain_ns) = (case.cost_ns(shard.entries), case.over_horizon(case.waited_ns(shard)) * saved);
    if gain_ns <= cost_ns {
        return Err(unprofitable(&format!("{what}, but a split"), cost_ns, gain_ns, case));
    }
    Ok(case.waited_ns(shard) * saved)
}

/// How often a thread would come to the shard while it waits there once, in the mean.
fn caught(shard: &ShardEvidence, case: &Case<'_>) -> f64 {
    let by_thread_per_ns = shard.accesses as f64 / case.evidence.threads / (case.evidence.seconds() * 1e9);
    by_thread_per_ns * case.waited_ns(shard) / shard.waits.max(1) as f64
}

/// Part of a shard's waits that are saved when its slots are divided so: two callers who come at random meet in the
/// same target with the probability of the sum of the squares of the targets' shares.
///
/// This is also where splitting ends at S = 1/p for a key of share p: once a shard has little load but the key's,
/// nothing is saved.
///
/// That holds of waits so short that hardly anybody comes meanwhile. Whoever would come `caught` times while the lock is held, as where its
/// holder has lost the processor, comes to the smaller shard in that time as well.
fn waits_saved(targets: &[Vec<SlotId>], caught: f64, case: &Case<'_>) -> f64 {
    let accesses: Vec<u64> = targets.iter().map(|slots| case.accesses_of(slots)).collect();
    let all = accesses.iter().copied().fold(0, u64::saturating_add);
    if all == 0 {
        // Nothing was sampled, though some waited: what is not known is taken to be even.
        return 1.0 - 1.0 / targets.len().max(1) as f64;
    }
    let meets = |share: f64| if caught > CAUGHT_MIN { (-caught * share).exp_m1() / (-caught).exp_m1() } else { share };
    1.0 - accesses.iter().map(|&part| ratio(part, all)).map(|share| share * meets(share)).sum::<f64>()
}

fn one_slot_carries_all(what: &str, shard: &ShardEvidence, case: &Case<'_>) -> Verdict {
    let busiest = shard.slots.iter().max_by_key(|&&slot| case.accesses_of(&[slot])).copied().unwrap_or_default();
    let share = percent_of(case.accesses_of(&[busiest]), shard.accesses);
    let key = case.evidence.hot_keys.iter().find(|key| key.slot == busiest);
    let whose = key.map_or_else(String::new, |key| {
        format!(", in which the key of hash {:#018x} takes {} of all accesses", key.hash, percent(key.share))
    });
    let reason = format!("{what}, but slot {busiest} has {share} of its load{whose}: more shards cannot help");
    Verdict::Refuse(Cause::HotKey, reason)
}

fn held_too_long(what: &str, caught: f64) -> Verdict {
    let reason = format!(
        "{what}, each so long that its thread would have come {caught:.1} times meanwhile: somebody was held up inside, and would be \
         met in a smaller shard, too"
    );
    Verdict::Refuse(Cause::Unprofitable, reason)
}

fn negligible(what: &str, saved_ns: f64, visible_ns: f64) -> Verdict {
    let [saved, visible] = [saved_ns, visible_ns].map(nanoseconds);
    Verdict::Refuse(
        Cause::Unprofitable,
        format!("{what}, but splits would save {saved}, and less than {visible} is nothing that anybody sees"),
    )
}

fn waited(shard: &ShardEvidence, shards: usize, case: &Case<'_>) -> String {
    format!(
        "{} of the {} acquisitions of shard {}{} waited, {} in all",
        percent_of(shard.waits, shard.accesses),
        count(shard.accesses),
        shard.id,
        and_more(shards),
        nanoseconds(case.waited_ns(shard))
    )
}
