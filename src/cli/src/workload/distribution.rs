//! Which keys are accessed how often.

use rand::{Rng, RngExt};
use rand_distr::{Distribution as _, Zipf};

/// An odd prime near 2^32 divided by the golden ratio: multiplying by it scatters neighbouring ranks over the keys, and
/// reaches every key unless their number is a multiple of it.
const SCATTER: u64 = 2_654_435_761;

/// Frequencies of keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Distribution {
    /// Exponent of Zipf's law over scattered ranks; `None` is uniform.
    pub(crate) zipf_exponent: Option<f64>,
    /// Moves the ranks to other keys: the same law, another hot set.
    pub(crate) rank_offset: u32,
    /// One key that takes a share of its own, before the law applies.
    pub(crate) hot: Option<HotKey>,
}

/// One key with a share of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HotKey {
    /// The key.
    pub(crate) key: u32,
    /// Its share of all accesses, 0 to 1.
    pub(crate) share: f64,
}

/// Draws keys.
pub(crate) struct KeySampler {
    keys: u32,
    rank_offset: u32,
    hot: Option<HotKey>,
    zipf: Option<Zipf<f64>>,
}

impl Distribution {
    /// Every key alike.
    pub(crate) const UNIFORM: Self = Self { zipf_exponent: None, rank_offset: 0, hot: None };

    /// A sampler over `keys` keys.
    ///
    /// # Panics
    ///
    /// Panics if there is no key, or if the exponent is negative or not a number: scenarios are constants.
    pub(crate) fn sampler(self, keys: u32) -> KeySampler {
        assert!(keys > 0, "a workload needs a key");
        let zipf = self
            .zipf_exponent
            .map(|exponent| Zipf::new(f64::from(keys), exponent).expect("a scenario's exponent is valid"));
        KeySampler { keys, rank_offset: self.rank_offset, hot: self.hot, zipf }
    }
}

impl KeySampler {
    /// The next key.
    pub(crate) fn draw(&self, random: &mut impl Rng) -> u32 {
        if let Some(hot) = self.hot
            && random.random_bool(hot.share)
        {
            return hot.key % self.keys;
        }
        let Some(zipf) = &self.zipf else { return random.random_range(0..self.keys) };
        let rank = zipf.sample(random) as u64 - 1;
        ((rank * SCATTER + u64::from(self.rank_offset)) % u64::from(self.keys)) as u32
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::SmallRng};

    use super::*;

    fn counts(distribution: Distribution, keys: u32, draws: u32) -> Vec<u32> {
        let sampler = distribution.sampler(keys);
        let mut random = SmallRng::seed_from_u64(1);
        let mut counts = vec![0; keys as usize];
        (0..draws).for_each(|_| counts[sampler.draw(&mut random) as usize] += 1);
        counts
    }

    #[test]
    fn a_hot_key_gets_its_share() {
        let distribution = Distribution { hot: Some(HotKey { key: 3, share: 0.38 }), ..Distribution::UNIFORM };
        let counts = counts(distribution, 1_000, 100_000);
        assert!((37_000..39_500).contains(&counts[3]), "{}", counts[3]);
    }

    #[test]
    fn ranks_are_scattered_and_moved_by_the_offset() {
        let zipf = |rank_offset| Distribution { zipf_exponent: Some(0.99), rank_offset, hot: None };
        let hottest = |counts: Vec<u32>| (0..counts.len()).max_by_key(|key| counts[*key]).unwrap();
        assert_eq!(hottest(counts(zipf(0), 1_000, 100_000)), 0);
        assert_eq!(hottest(counts(zipf(500), 1_000, 100_000)), 500);
        let mut by_count: Vec<(u32, usize)> = counts(zipf(0), 1_000, 100_000).into_iter().zip(0..).collect();
        by_count.sort_unstable_by(|left, right| right.cmp(left));
        assert_eq!(by_count[1].1, (SCATTER % 1_000) as usize);
    }
}
