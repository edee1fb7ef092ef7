//! How much of the difference between shards is chance.

use crate::Load;

/// Writes, and reads, that are taken as seen in a store before any sample. Small, because shards that are never written
/// are common, and because a mistake costs a shard one heavy barrier: after that, its lock helps itself.
const ASSUMED_SAMPLES: f64 = 0.1;
/// Bounds on what the store counts for in a shard, in samples: where all shards are alike, they are not told apart.
const WEIGHT_MIN: f64 = 1.0;
const WEIGHT_MAX: f64 = 1e6;

/// The store's share of writes, and how much it says of a single shard.
///
/// With 1,024 shards, each has few samples in a window. A shard's estimate is drawn towards the store's by a beta prior,
/// whose weight is estimated from how far the shards lie apart beyond chance (the intraclass correlation, by analysis of
/// variance: Kleinman, 1973).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pool {
    pub(super) samples: u64,
    /// Share of the store's samples that write.
    pub(super) write_share: f64,
    /// Samples for which the store's share counts in a shard.
    weight: f64,
}

impl Pool {
    pub(super) fn new(loads: impl Iterator<Item = Load> + Clone) -> Self {
        let samples: u64 = loads.clone().map(Load::total).sum();
        let writes: u64 = loads.clone().map(|load| u64::from(load.writes)).sum();
        let write_share = (writes as f64 + ASSUMED_SAMPLES) / (samples as f64 + 2.0 * ASSUMED_SAMPLES);
        let correlation = correlation(loads, samples as f64, write_share);
        let weight = (1.0 / correlation - 1.0).clamp(WEIGHT_MIN, WEIGHT_MAX);
        Self { samples, write_share, weight }
    }

    /// The share of writes in a shard with these samples.
    pub(super) fn write_share_of(&self, load: Load) -> f64 {
        (f64::from(load.writes) + self.weight * self.write_share) / (load.total() as f64 + self.weight)
    }
}

/// Correlation of two accesses of the same shard in being a write: 0 if shards differ by chance alone, 1 if each is only
/// read or only written.
fn correlation(loads: impl Iterator<Item = Load> + Clone, samples: f64, write_share: f64) -> f64 {
    let sampled = loads.filter(|load| load.total() > 0);
    let shards = sampled.clone().count() as f64;
    let total = |load: Load| load.total() as f64;
    let variance = write_share * (1.0 - write_share);
    let scattered: f64 =
        sampled.clone().map(|load| total(load) * (f64::from(load.writes) / total(load) - write_share).powi(2)).sum();
    let squares: f64 = sampled.map(|load| total(load).powi(2)).sum();
    let by_chance = (shards - 1.0) * variance;
    let at_most = variance * (samples - squares / samples - (shards - 1.0));
    let correlation = (scattered - by_chance) / at_most;
    // Nothing to compare, or nothing that could differ: the store speaks for all.
    if at_most > 0.0 && correlation.is_finite() { correlation.clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(reads: u32, writes: u32) -> Load {
        Load { reads, writes }
    }

    #[test]
    fn shards_that_differ_by_chance_are_taken_as_alike() {
        // Between 2 and 8 writes in 100: what chance makes of 5 %.
        let loads: Vec<Load> = (0..1024_u32).map(|shard| load(95, 2 + shard * 7919 % 7)).collect();
        let pool = Pool::new(loads.iter().copied());
        for writes in [2, 8] {
            assert!((pool.write_share_of(load(95, writes)) - 0.05).abs() < 0.005, "{pool:?}");
        }
        assert_eq!(pool.write_share_of(Load::default()), pool.write_share);
    }

    #[test]
    fn a_shard_that_differs_for_certain_is_believed() {
        let mut loads = vec![load(100, 0); 1023];
        loads.push(load(0, 100));
        let pool = Pool::new(loads.iter().copied());
        assert!(pool.write_share_of(load(0, 100)) > 0.98, "{pool:?}");
        assert!(pool.write_share_of(load(100, 0)) < 1e-4, "{pool:?}");
    }

    #[test]
    fn few_samples_and_none_give_numbers() {
        for loads in [vec![], vec![load(0, 0)], vec![load(1, 0)], vec![load(0, 1), load(1, 0)], vec![load(5, 5)]] {
            let pool = Pool::new(loads.iter().copied());
            let shares = [pool.write_share, pool.write_share_of(load(3, 1)), pool.write_share_of(load(0, 0))];
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{loads:?}: {pool:?}");
        }
    }
}
