//! A shard that somebody has held for long: those who want to write there wait, and no migration of it can be cut over.

use std::time::Duration;

use super::{Condition, Finding, Symptoms};
use crate::{
    ShardId,
    controller::sentence::{and_more, duration},
};

/// Held as long as this is held for long. A guess: several times what a migration tries to cut over before it is given up, and far longer
/// than anybody's work on one entry.
const LONG: Duration = Duration::from_millis(500);

/// A shard that a thread holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldShard {
    /// The shard.
    pub shard: ShardId,
    /// What holds it.
    pub holder: Holder,
    /// Whether it keeps readers out, too.
    pub is_exclusive: bool,
    /// Where the guard was taken, or the iterator made: `file:line:column`.
    pub place: String,
    /// For how long, at least.
    pub lasted: Duration,
}

/// What holds a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holder {
    /// A guard of one entry.
    Guard,
    /// An iterator, or what it has yielded.
    Iterator,
}

pub(super) fn by_guard(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let (held, others) = longest(symptoms, Holder::Guard)?;
    let HeldShard { shard, place, .. } = held;
    let evidence = format!(
        "a guard for {}, taken at {place}, has been held for {} at least{others}: {} shard {shard} waits for it",
        errand(held),
        duration(held.lasted),
        kept_out(held)
    );
    let remedy = "Drop the guard before anything slow; take a clone in its place (`get_cloned`), or do the work in one operation \
                  (`view`, `update`)";
    Some(Finding::new(Condition::GuardHeld, evidence, remedy, figures(held)))
}

pub(super) fn by_iterator(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let (held, others) = longest(symptoms, Holder::Iterator)?;
    let HeldShard { shard, place, .. } = held;
    let evidence = format!(
        "an iterator for {}, made at {place}, or what it has yielded, has been in shard {shard} for {}{others}: {} that shard waits \
         for it, and the tuner cannot replace it meanwhile",
        errand(held),
        duration(held.lasted),
        kept_out(held)
    );
    let remedy = "Collect what is needed and drop the iterator, or do less between two calls of `next`";
    Some(Finding::new(Condition::IteratorHeld, evidence, remedy, figures(held)))
}

/// The shard that was held longest, if that is long; and what is to be said of others.
fn longest<'a>(symptoms: &Symptoms<'a>, holder: Holder) -> Option<(&'a HeldShard, String)> {
    let long = || symptoms.held.iter().filter(|held| held.holder == holder && held.lasted >= LONG);
    let held = long().max_by_key(|held| held.lasted)?;
    Some((held, and_more(long().count())))
}

fn errand(held: &HeldShard) -> &'static str {
    if held.is_exclusive { "writing" } else { "reading" }
}

fn kept_out(held: &HeldShard) -> &'static str {
    if held.is_exclusive { "whoever wants into" } else { "whoever wants to write to" }
}

fn figures(held: &HeldShard) -> [(&'static str, f64); 2] {
    [("held_s", held.lasted.as_secs_f64()), ("shard", f64::from(held.shard))]
}
