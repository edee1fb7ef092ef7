//! What a diagnosis remembers of the windows so far.

use std::time::Duration;

use crate::{
    Cause, Decision, Observation,
    controller::sentence::{count, duration, percent, percent_of, things},
};

/// For so long, a window with samples enough counts for more than later ones without. A guess: a diagnosis right after a load has ended
/// is about the load.
const REMEMBERED: Duration = Duration::from_secs(10);

/// What the windows of one store have shown, as far as a diagnosis needs it: the last one of some weight, and for how long none could
/// be judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowNotes {
    /// The window that counts.
    observation: Option<Observation>,
    has_samples_enough: bool,
    /// Time in use since the last judgement.
    starved: Duration,
}

impl WindowNotes {
    /// Takes a window into account, with what was decided on it. `samples_min` are those that a judgement needs.
    pub fn note(&mut self, observation: Observation, decision: &Decision, samples_min: u64) {
        if decision.cause != Cause::FewSamples {
            self.starved = Duration::ZERO;
        } else if observation.samples > 0 {
            self.starved = self.starved.saturating_add(observation.window);
        }
        let has_samples_enough = observation.samples >= samples_min;
        let age = |before: &Observation| observation.at.saturating_sub(before.at);
        let is_outweighed =
            self.has_samples_enough && self.observation.as_ref().is_some_and(|before| age(before) < REMEMBERED);
        if has_samples_enough || !is_outweighed {
            self.observation = Some(observation);
            self.has_samples_enough = has_samples_enough;
        }
    }

    /// The window that counts; `None` before the first.
    #[must_use]
    pub fn observation(&self) -> Option<&Observation> {
        self.observation.as_ref()
    }

    /// For how long the store was in use without a judgement.
    pub(super) fn starved(&self) -> Duration {
        self.starved
    }

    /// What was looked at.
    pub(super) fn basis(&self) -> String {
        let Some(observation) = &self.observation else {
            return "no window has been judged yet, only guards and iterators were looked at".to_owned();
        };
        let accesses = observation.samples.saturating_mul(u64::from(observation.sample_every.max(1)));
        let waits = observation.shards.iter().map(|shard| shard.waits).sum::<u64>();
        let top = observation.hot_keys.first().map_or(0.0, |key| key.share);
        format!(
            "of some {} accesses to {} entries in {} ({} in {}), {} waited, and the most frequent key takes {}",
            count(accesses),
            count(observation.shards.iter().map(|shard| shard.entries as u64).sum()),
            things(observation.shards.len(), "shard"),
            things(observation.samples as usize, "sample"),
            duration(observation.window),
            percent_of(waits, accesses.max(waits)),
            percent(top)
        )
    }
}
