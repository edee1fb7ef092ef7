//! A stretch of samples, summed up: what was accessed how often in it.

use autoshard_tuning::{HotKeyEstimate, HotKeysPolicy, ShareBounds};

use super::{
    candidates::{Candidate, Candidates, Sample},
    sketch::Sketch,
};

/// Candidates kept for each key that is reported: what is reported last would otherwise often be replaced.
const CANDIDATES_PER_REPORTED: usize = 4;

/// Fewest candidates, however few keys are reported.
const CANDIDATES_MIN: usize = 64;

/// Half-life in samples above which counters of 32 bits might overflow.
const HALF_LIFE_MAX: u64 = 1 << 30;

/// Samples, the older ones counting less, in a fixed amount of memory.
///
/// Everything is halved when as many samples as the half-life came in since the last time, so that shares stay as they
/// are. Bytes: 16 per counter of the sketch's width, and some 60 to 100 per candidate.
pub(super) struct Horizon {
    /// The aged number of samples.
    weight: f64,
    weight_max: f64,
    sketch: Sketch,
    candidates: Candidates,
}

impl Horizon {
    pub(super) fn new(policy: &HotKeysPolicy) -> Self {
        Self::with_sketch(policy, Sketch::new(policy.sketch_width))
    }

    pub(super) fn with_sketch(policy: &HotKeysPolicy, sketch: Sketch) -> Self {
        let capacity = (policy.top_k as usize).saturating_mul(CANDIDATES_PER_REPORTED).max(CANDIDATES_MIN);
        Self {
            weight: 0.0,
            weight_max: 2.0 * policy.half_life_samples.min(HALF_LIFE_MAX) as f64,
            sketch,
            candidates: Candidates::new(capacity),
        }
    }

    pub(super) fn weight(&self) -> f64 {
        self.weight
    }

    pub(super) fn record(&mut self, sample: Sample) {
        if self.weight >= self.weight_max {
            self.halve();
        }
        self.weight += 1.0;
        self.sketch.increment(sample.hash);
        if !self.candidates.count(sample) {
            self.candidates.offer(sample, self.sketch.estimate(sample.hash));
        }
    }

    /// The bounds of any key's share.
    pub(super) fn bounds(&self, hash: u64) -> ShareBounds {
        let (count_min, count_max) = match self.candidates.get(hash) {
            Some(candidate) => (candidate.count_min, candidate.count_max()),
            None => (0.0, self.candidates.outsider_count_max(self.sketch.estimate(hash))),
        };
        ShareBounds::new(count_min, count_max, self.weight)
    }

    /// The hashes whose share may be above `share`.
    pub(super) fn heavier_than(&self, share: f64) -> impl Iterator<Item = u64> {
        let count = share * self.weight;
        self.candidates.iter().filter(move |candidate| candidate.count_max() > count).map(|candidate| candidate.hash)
    }

    /// The most frequent keys, greatest share first.
    pub(super) fn top(&self, keys_max: usize) -> Vec<HotKeyEstimate> {
        let mut candidates: Vec<&Candidate> = self.candidates.iter().collect();
        // By hash where counts are equal, so that the order does not depend on the table's.
        candidates.sort_unstable_by(|left, right| {
            right.count_likely().total_cmp(&left.count_likely()).then(left.hash.cmp(&right.hash))
        });
        candidates.truncate(keys_max);
        candidates.into_iter().map(|candidate| self.estimate(candidate)).collect()
    }

    fn estimate(&self, candidate: &Candidate) -> HotKeyEstimate {
        let bounds = ShareBounds::new(candidate.count_min, candidate.count_max(), self.weight);
        HotKeyEstimate {
            hash: candidate.hash,
            slot: candidate.slot,
            share: (candidate.count_likely() / self.weight).clamp(bounds.lower, bounds.upper),
            share_lower: bounds.lower,
            share_upper: bounds.upper,
            read_share: candidate.reads / candidate.count_min,
        }
    }

    fn halve(&mut self) {
        self.weight /= 2.0;
        self.sketch.halve();
        self.candidates.halve();
    }
}
