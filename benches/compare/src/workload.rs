//! What the maps are put to: mixes of operations over keys drawn from a distribution, all made before a clock starts.

use std::fmt;

use clap::ValueEnum;
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use rand_distr::{Distribution as _, Zipf};
use serde::Serialize;

/// Exponent of the Zipf distribution: YCSB's.
const ZIPF_EXPONENT: f64 = 0.99;

/// Operations prepared for each thread; a thread that has done them all starts again.
///
/// So many that they are far above what a core remembers of branches, and few enough (16 MiB) to be made in no time.
const OPERATIONS: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

/// Seeds the keys' order and, with the thread's number added, each thread's operations.
const SEED: u64 = 0x5eed;

/// One operation on one key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Get(u64),
    Insert(u64),
    Remove(u64),
    Update(u64),
}

/// Shares of the operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mix {
    /// Reads only, of keys that are there.
    Get,
    /// 99 % get, 1 % update.
    Get99,
    /// 95 % get, 5 % update.
    Get95,
    /// Half get, half update.
    Get50,
    /// Updates only, of keys that are there.
    Update,
    /// 10 % get, 40 % insert, 40 % remove, 10 % update, over twice as many keys as are there at first.
    Exchange,
}

/// How keys are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Distribution {
    /// Each as often as any other.
    Uniform,
    /// By Zipf's law with the exponent 0.99, the ranks scattered over the keys.
    Zipf,
}

/// A mix over keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Workload {
    pub(crate) mix: Mix,
    pub(crate) distribution: Distribution,
    /// Keys in the map at first.
    pub(crate) keys: usize,
}

/// A workload's keys and operations, the same for every map.
pub(crate) struct Prepared {
    /// The keys that are in the map at first.
    pub(crate) present: Vec<u64>,
    /// The operations of each thread.
    pub(crate) operations: Vec<Vec<Operation>>,
}

impl Mix {
    /// Percent of get, insert and remove; the rest is update.
    fn percent(self) -> [u32; 3] {
        match self {
            Self::Get => [100, 0, 0],
            Self::Get99 => [99, 0, 0],
            Self::Get95 => [95, 0, 0],
            Self::Get50 => [50, 0, 0],
            Self::Update => [0, 0, 0],
            Self::Exchange => [10, 40, 40],
        }
    }

    /// Whether keys come and go; where they do not, every operation finds its key.
    pub(crate) fn moves_keys(self) -> bool {
        self == Self::Exchange
    }

    fn operation(self, key: u64, random: &mut SmallRng) -> Operation {
        let [get, insert, remove] = self.percent();
        match random.random_range(0..100) {
            drawn if drawn < get => Operation::Get(key),
            drawn if drawn < get + insert => Operation::Insert(key),
            drawn if drawn < get + insert + remove => Operation::Remove(key),
            _ => Operation::Update(key),
        }
    }
}

impl Workload {
    /// Keys that operations are drawn from.
    fn universe(self) -> usize {
        if self.mix.moves_keys() { 2 * self.keys } else { self.keys }
    }

    /// The keys, and the operations of so many threads.
    pub(crate) fn prepare(self, threads: usize) -> Prepared {
        let mut keys: Vec<u64> = (0..self.universe() as u64).collect();
        // Scatters ranks: the most frequent keys are no neighbours, and the keys that are there are a random half.
        keys.shuffle(&mut SmallRng::seed_from_u64(SEED));
        let operations = (1..=threads as u64).map(|thread| self.operations(&keys, SEED + thread)).collect();
        keys.truncate(self.keys);
        Prepared { present: keys, operations }
    }

    /// One thread's operations.
    fn operations(self, keys: &[u64], seed: u64) -> Vec<Operation> {
        let mut random = SmallRng::seed_from_u64(seed);
        let zipf = Zipf::new(keys.len() as f64, ZIPF_EXPONENT).expect("there is a key, and the exponent is positive");
        let mut draw = || {
            let index = match self.distribution {
                Distribution::Uniform => random.random_range(0..keys.len()),
                Distribution::Zipf => zipf.sample(&mut random) as usize - 1,
            };
            self.mix.operation(keys[index], &mut random)
        };
        (0..OPERATIONS).map(|_| draw()).collect()
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mix = match self.mix {
            Mix::Get => "get",
            Mix::Get99 => "99 get / 1 update",
            Mix::Get95 => "95 get / 5 update",
            Mix::Get50 => "50 get / 50 update",
            Mix::Update => "update",
            Mix::Exchange => "10 get / 40 insert / 40 remove / 10 update",
        };
        let distribution = match self.distribution {
            Distribution::Uniform => "uniform",
            Distribution::Zipf => "Zipf 0.99",
        };
        write!(f, "{mix}, {distribution}, {} keys", self.keys)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_workload_is_prepared_alike_and_differs_by_thread() {
        let workload = Workload { mix: Mix::Get50, distribution: Distribution::Zipf, keys: 100 };
        let (one, two) = (workload.prepare(2), workload.prepare(2));
        assert_eq!(one.present, two.present);
        assert_eq!(format!("{:?}", &one.operations[0][..100]), format!("{:?}", &two.operations[0][..100]));
        assert_ne!(format!("{:?}", &one.operations[0][..100]), format!("{:?}", &one.operations[1][..100]));
    }

    #[test]
    fn shares_are_those_of_the_mix() {
        for &mix in Mix::value_variants() {
            let prepared = Workload { mix, distribution: Distribution::Uniform, keys: 1_000 }.prepare(1);
            let gets = prepared.operations[0].iter().filter(|operation| matches!(operation, Operation::Get(_))).count();
            let share = gets as f64 / prepared.operations[0].len() as f64;
            assert!((share * 100.0 - f64::from(mix.percent()[0])).abs() < 4.0, "{mix:?}: {share}");
        }
    }

    #[test]
    fn keys_are_there_unless_they_come_and_go() {
        for &mix in Mix::value_variants() {
            for &distribution in Distribution::value_variants() {
                let prepared = Workload { mix, distribution, keys: 50 }.prepare(1);
                let present: HashSet<u64> = prepared.present.into_iter().collect();
                assert_eq!(present.len(), 50);
                let all_present = prepared.operations[0].iter().all(|operation| present.contains(&operation.key()));
                assert_eq!(all_present, !mix.moves_keys());
            }
        }
    }

    impl Operation {
        fn key(self) -> u64 {
            match self {
                Self::Get(key) | Self::Insert(key) | Self::Remove(key) | Self::Update(key) => key,
            }
        }
    }
}
