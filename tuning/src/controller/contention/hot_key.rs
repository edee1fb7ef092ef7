//! A hot key's slot moves to a shard of its own, so that others no longer queue behind it.

use std::collections::BTreeSet;

use super::case::{Case, Verdict, at_limit, unprofitable};
use crate::{
    Cause, Group, HotKeyEstimate, PlanKind, SlotId,
    controller::{
        evidence::ShardEvidence,
        sentence::{and_more, nanoseconds, percent},
    },
};

/// A shard with hot keys.
struct HotShard<'a> {
    shard: &'a ShardEvidence,
    /// The hottest of its keys.
    key: &'a HotKeyEstimate,
    /// The slots of its hot keys.
    slots: BTreeSet<SlotId>,
}

/// Isolates every hot key whose shard others use as well.
pub(super) fn isolate(case: &Case<'_>) -> Verdict {
    let mut room = case.room();
    let mut isolated: Vec<HotShard<'_>> = Vec::new();
    let mut groups = Vec::new();
    let mut refused = Verdict::NoNeed;
    for hot in hot_shards(case) {
        match targets(&hot, room, case) {
            Ok(targets) => {
                room -= targets.len() - 1;
                groups.push(Group { sources: vec![hot.shard.id], targets });
                isolated.push(hot);
            }
            Err(refusal) => refused = refused.or(refusal),
        }
    }
    match isolated.first() {
        Some(hot) => Verdict::act(PlanKind::Isolate, groups, Cause::HotKey, reason(hot, isolated.len(), case)),
        None => refused,
    }
}

/// The shards with hot keys, that with the hottest first. A key is hot if its share is above the threshold for certain.
fn hot_shards<'a>(case: &'a Case<'_>) -> Vec<HotShard<'a>> {
    let threshold = case.policy.hot_keys.share_threshold;
    let mut hot: Vec<HotShard<'_>> = Vec::new();
    for key in case.evidence.hot_keys.iter().filter(|key| key.share_lower > threshold) {
        let Some(shard) = case.evidence.shard_of_slot(key.slot) else {
            continue;
        };
        match hot.iter_mut().find(|known| known.shard.id == shard.id) {
            Some(known) => drop(known.slots.insert(key.slot)),
            None => hot.push(HotShard { shard, key, slots: BTreeSet::from([key.slot]) }),
        }
    }
    hot
}

/// The shards that a shard with hot keys becomes: one for each hot slot, and one for all others. Or why it stays as it
/// is.
fn targets(hot: &HotShard<'_>, room: usize, case: &Case<'_>) -> Result<Vec<Vec<SlotId>>, Verdict> {
    let HotShard { shard, key, slots } = hot;
    if shard.slots.len() == 1 {
        let what =
            format!("{}, and its slot is already alone in shard {}: more shards cannot help", shares(key), shard.id);
        return Err(Verdict::Refuse(Cause::HotKey, what));
    }
    let (cost_ns, gain_ns) = (case.cost_ns(shard.entries), gain_ns(hot, case));
    if gain_ns <= cost_ns {
        return Err(unprofitable(&format!("isolating the hot keys of shard {}", shard.id), cost_ns, gain_ns, case));
    }
    let mut targets: Vec<Vec<SlotId>> = slots.iter().map(|&slot| vec![slot]).collect();
    let others: Vec<SlotId> = shard.slots.iter().copied().filter(|slot| !slots.contains(slot)).collect();
    if !others.is_empty() {
        targets.push(others);
    }
    if targets.len() - 1 > room {
        return Err(at_limit(&shares(key), case));
    }
    Ok(targets)
}

/// What isolation saves: the others of the shard no longer need a cache line that the hottest key's callers have just
/// taken to another core.
fn gain_ns(hot: &HotShard<'_>, case: &Case<'_>) -> f64 {
    let others = hot.shard.accesses.saturating_sub(case.accesses_of(&[hot.key.slot]));
    case.over_horizon(others as f64 * case.policy.tuner.line_transfer_ns as f64)
}

fn reason(hot: &HotShard<'_>, shards: usize, case: &Case<'_>) -> String {
    format!(
        "{}, so its slot leaves shard {}{}, which saves the others there {} over the horizon of {} s",
        shares(hot.key),
        hot.shard.id,
        and_more(shards),
        nanoseconds(gain_ns(hot, case)),
        case.policy.tuner.horizon_s
    )
}

fn shares(key: &HotKeyEstimate) -> String {
    format!(
        "the key of hash {:#018x} takes {} of all accesses, {} at least",
        key.hash,
        percent(key.share),
        percent(key.share_lower)
    )
}
