//! Accesses for the tests: repeatable, with known shares.

use std::collections::HashMap;

use autoshard_tuning::{HotKeyEstimate, Policy, SlotId};

use crate::hot_keys::Tracker;

/// A policy with a history long enough to rank keys of a few tenths of a percent.
pub(super) fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.hot_keys.half_life_samples = 1 << 20;
    policy
}

/// The hash of a test's key.
pub(super) fn hash(key: u64) -> u64 {
    SplitMix(key).next()
}

/// Records an access to the key.
pub(super) fn record(tracker: &mut Tracker, key: u64, is_write: bool) {
    let hash = hash(key);
    tracker.record(hash, (hash >> 52) as SlotId, is_write);
}

/// Whether the estimate's bounds hold for this share, and enclose the estimate itself.
pub(super) fn holds(estimate: &HotKeyEstimate, share: f64) -> bool {
    let bounds = estimate.share_lower..=estimate.share_upper;
    bounds.contains(&share) && bounds.contains(&estimate.share)
}

/// Random numbers, the same for the same seed (Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct SplitMix(pub(super) u64);

impl SplitMix {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Uniform from 0 to 1, 1 excluded.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Keys from 0 on, each with a share that falls with its rank to the power of an exponent; 0 makes them equal.
pub(super) struct Zipf {
    cumulated: Vec<f64>,
}

impl Zipf {
    pub(super) fn new(keys: u64, exponent: f64) -> Self {
        let mut sum = 0.0;
        let mut cumulated: Vec<f64> = (0..keys)
            .map(|key| {
                sum += ((key + 1) as f64).powf(-exponent);
                sum
            })
            .collect();
        cumulated.iter_mut().for_each(|value| *value /= sum);
        Self { cumulated }
    }

    pub(super) fn share(&self, key: u64) -> f64 {
        let key = key as usize;
        self.cumulated[key] - if key == 0 { 0.0 } else { self.cumulated[key - 1] }
    }

    pub(super) fn draw(&self, random: &mut SplitMix) -> u64 {
        let unit = random.unit();
        self.cumulated.partition_point(|&cumulated| cumulated <= unit).min(self.cumulated.len() - 1) as u64
    }

    /// Shares by hash.
    pub(super) fn shares(&self) -> HashMap<u64, f64> {
        (0..self.cumulated.len() as u64).map(|key| (hash(key), self.share(key))).collect()
    }
}
