//! What a load that rises and falls in a rhythm is about to need.
//!
//! Shards that have been given back in the night are missed in the morning. Of a load with a rhythm, this is known before: its
//! accesses are forecast, and what the store had for as much the last time is kept, or made, within the policy's horizon before it is needed.

mod forecast;

use std::time::Duration;

use self::forecast::{Forecast, PARTS};
use super::sentence::{count, duration, things};
use crate::{Observation, Policy};

/// A load is higher if it is twice as high; of anything less, the next windows tell early enough. A guess.
const RISE: f64 = 1.0;

/// A store's rhythm.
#[derive(Clone, Debug, Default)]
pub(super) struct LookAhead {
    forecast: Forecast,
    /// The period that the policy says.
    period: Duration,
    /// The part of a period that is under way, counted from the store's start, and the accesses in it so far.
    now: Option<(u128, f64)>,
    /// Shards at the end of each part of the period, the last time.
    shards: Vec<usize>,
}

/// A load that is about to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expected {
    /// Accesses a second of late, and at the height of what comes.
    now_per_s: f64,
    per_s: f64,
    /// Shards that the store had then, the last time.
    pub(super) shards: usize,
    within: Duration,
}

impl LookAhead {
    /// Takes a window into account, whether or not it is judged.
    pub(super) fn note(&mut self, observation: &Observation, policy: &Policy) {
        let period = policy.tuner.rhythm();
        if period != self.period {
            *self = Self { period, ..Self::default() };
        }
        let part_ns = self.part().as_nanos();
        if part_ns == 0 {
            return;
        }
        let accesses = observation.samples as f64 * f64::from(observation.sample_every.max(1));
        let index = observation.at.as_nanos() / part_ns;
        let (first, counted) = self.now.unwrap_or((index, 0.0));
        // Whoever was away for a period, or in the past, knows nothing of this one.
        if index < first || index - first > PARTS as u128 {
            *self = Self { period, now: Some((index, accesses)), ..Self::default() };
            return;
        }
        // A window that ends some parts later has its accesses spread over them.
        let each = accesses / (index - first + 1) as f64;
        let mut counted = counted + each;
        for _ in first..index {
            self.end_part(counted, observation.shards.len(), policy);
            counted = each;
        }
        self.now = Some((index, counted));
    }

    fn end_part(&mut self, accesses: f64, shards: usize, policy: &Policy) {
        let part = self.forecast.part(0);
        self.shards.resize(PARTS, 0);
        self.shards[part] = shards;
        // By its logarithm: what matters is how many times as high a load is.
        let per_s = accesses / self.part().as_secs_f64();
        self.forecast.push((1.0 + per_s).log2(), self.parts_ahead(policy));
    }

    fn part(&self) -> Duration {
        self.period / PARTS as u32
    }

    /// Parts of the period that the policy's horizon reaches, beyond the one that is under way.
    fn parts_ahead(&self, policy: &Policy) -> usize {
        let parts = policy.tuner.horizon().as_secs_f64() / self.part().as_secs_f64();
        (parts.ceil() as usize).clamp(1, PARTS / 4)
    }

    /// The higher load that is to be expected within the policy's horizon, if there is one, and if forecasts were right of late.
    pub(super) fn expected(&self, policy: &Policy) -> Option<Expected> {
        if self.period.is_zero() || !self.forecast.is_trusted() {
            return None;
        }
        let now = self.forecast.last();
        let ahead = self.parts_ahead(policy);
        let higher = || (0..=ahead).filter(|&ahead| self.forecast.value(ahead) >= now + RISE);
        let highest = higher().map(|ahead| self.forecast.value(ahead)).reduce(f64::max)?;
        let shards = higher().map(|ahead| self.shards[self.forecast.part(ahead)]).max()?;
        let per_s = |value: f64| value.exp2() - 1.0;
        let within = self.part() * (ahead as u32 + 1);
        Some(Expected { now_per_s: per_s(now), per_s: per_s(highest), shards, within })
    }
}

impl Expected {
    /// What is to come, in a sentence.
    pub(super) fn sentence(&self) -> String {
        format!(
            "by its rhythm the load rises from {} to {} accesses a second within {}, for which there were {} the last time",
            count(self.now_per_s as u64),
            count(self.per_s as u64),
            duration(self.within),
            things(self.shards, "shard")
        )
    }
}
