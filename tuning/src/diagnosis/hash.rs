//! A hash that does not spread the keys: more of the entries lie in a shard than in its part of the slots.
//!
//! Entries are counted, not accesses, so that a skewed load is no sign of it. A shard of a part q of the slots holds each entry with
//! probability q if the hash is a random function, independently of the others, so the bounds of shares are bounds of q, too, and
//! hold for all sets of slots at once. That the sets follow from what is stored and used (full shards are split, hot slots isolated) is
//! thereby allowed for.

use super::{Condition, Finding, Symptoms};
use crate::{
    ShareBounds,
    controller::sentence::{count, percent},
};

/// Times its part of the slots that a shard holds of the entries, for certain, where the hash does not spread. A guess: less than this
/// is made up for by the tuner, which divides slots by their load.
const CROWDED: f64 = 2.0;

pub(super) fn uneven(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let observation = symptoms.notes.observation()?;
    let entries: u64 = observation.shards.iter().map(|shard| shard.entries as u64).sum();
    let slots = observation.directory.len();
    if entries == 0 || slots == 0 {
        return None;
    }
    let crowds = observation.shards.iter().filter(|shard| shard.slots > 0).map(|shard| {
        let part = f64::from(shard.slots) / slots as f64;
        let held = shard.entries as f64;
        (shard, part, ShareBounds::new(held, held, entries as f64).lower / part)
    });
    let (shard, part, times) = crowds.max_by(|one, other| one.2.total_cmp(&other.2))?;
    if times <= CROWDED {
        return None;
    }
    let held = shard.entries as f64 / entries as f64;
    let evidence = format!(
        "shard {} has {} of the slots, but {} of the {} entries, where a random hash would give it less than {} times its part: the \
         hash does not spread the keys, so splitting divides little",
        shard.id,
        percent(part),
        percent(held),
        count(entries),
        CROWDED
    );
    let remedy = "Use a hasher that mixes all of a key into the upper bits, such as the standard library's, foldhash or ahash; and \
                  look whether the key's `Hash` leaves out what tells keys apart";
    Some(Finding::new(
        Condition::UnevenHash,
        evidence,
        remedy,
        [("times_fair_lower", times), ("entries_share", held), ("slots_share", part)],
    ))
}
