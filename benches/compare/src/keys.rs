//! Which keys are accessed how often.

use std::fmt;

use clap::ValueEnum;
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use rand_distr::{Distribution as _, Zipf};
use serde::{Deserialize, Serialize};

/// Exponent of the Zipf distribution: YCSB's.
const ZIPF_EXPONENT: f64 = 0.99;

/// How keys are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Distribution {
    /// Each as often as any other.
    Uniform,
    /// By Zipf's law with the exponent 0.99, the ranks scattered over the keys.
    Zipf,
    /// By Zipf's law with the exponent 0.99, the key inserted last being the most frequent.
    Latest,
    /// One key takes all.
    SingleKey,
    /// As the workload's phases say.
    Phases,
    /// As in a recorded trace.
    Recorded,
    /// Each once.
    Once,
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no distribution is hidden").get_name())
    }
}

/// Draws ranks: 0 is the most frequent one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ranks {
    Uniform(usize),
    /// Set up in no time, for any number of keys: it rejects instead of summing up.
    Zipf(Zipf<f64>),
}

impl Ranks {
    pub(crate) fn uniform(count: usize) -> Self {
        Self::Uniform(count)
    }

    pub(crate) fn zipf(count: usize) -> Self {
        Self::Zipf(Zipf::new(count as f64, ZIPF_EXPONENT).expect("there is a key, and the exponent is positive"))
    }

    /// Over so many keys; what is not spread by Zipf's law is spread evenly.
    pub(crate) fn of(distribution: Distribution, count: usize) -> Self {
        match distribution {
            Distribution::Zipf | Distribution::Latest => Self::zipf(count),
            _ => Self::uniform(count),
        }
    }

    pub(crate) fn draw(&self, random: &mut SmallRng) -> usize {
        match self {
            Self::Uniform(count) => random.random_range(0..*count),
            Self::Zipf(zipf) => zipf.sample(random) as usize - 1,
        }
    }
}

/// The numbers from 0 on in random order: the most frequent keys are no neighbours, and the first half is a random half.
pub(crate) fn scattered(count: usize, seed: u64) -> Vec<u64> {
    let mut keys: Vec<u64> = (0..count as u64).collect();
    keys.shuffle(&mut SmallRng::seed_from_u64(seed));
    keys
}

/// A key of 24 bytes, as YCSB writes them.
pub(crate) fn text(number: u64) -> String {
    format!("user{number:020}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: usize = 100_000;

    fn counts(ranks: Ranks, count: usize) -> Vec<usize> {
        let mut random = SmallRng::seed_from_u64(7);
        let mut counts = vec![0; count];
        (0..DRAWN).for_each(|_| counts[ranks.draw(&mut random)] += 1);
        counts
    }

    #[test]
    fn zipf_gives_each_rank_its_share() {
        let harmonic: f64 = (1..=1000).map(|rank| f64::from(rank).powf(-ZIPF_EXPONENT)).sum();
        let counts = counts(Ranks::zipf(1000), 1000);
        for rank in [1, 2, 10, 100] {
            let expected = DRAWN as f64 * f64::from(rank).powf(-ZIPF_EXPONENT) / harmonic;
            let found = counts[rank as usize - 1] as f64;
            assert!((found - expected).abs() < 5.0 * expected.sqrt(), "rank {rank}: {found} of {expected}");
        }
    }

    #[test]
    fn uniform_gives_all_ranks_the_same() {
        let counts = counts(Ranks::uniform(100), 100);
        assert!(counts.iter().all(|&count| (800..1200).contains(&count)), "{counts:?}");
    }

    #[test]
    fn scattered_keys_are_all_there_and_follow_the_seed() {
        let mut keys = scattered(1000, 1);
        assert_eq!(keys, scattered(1000, 1));
        assert_ne!(keys, scattered(1000, 2));
        keys.sort_unstable();
        assert_eq!(keys, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn texts_have_24_bytes() {
        assert_eq!((text(0).len(), text(u64::MAX).len()), (24, 24));
    }
}
