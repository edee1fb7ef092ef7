//! `autoshard routing`: what each assignment of slots to shards costs and gives, measured on the store.

use std::{
    collections::HashMap,
    fmt::Write,
    hash::{BuildHasherDefault, DefaultHasher},
    hint::black_box,
    time::{Duration, Instant},
};

use autoshard::Store;
use autoshard_tuning::Sharding;
use rand::{SeedableRng, rngs::SmallRng};

use crate::{
    args::RoutingArguments,
    failure::Failure,
    figures::{duration, share},
    output,
    workload::Distribution,
};

/// Numbers of shards that are changed.
const SHARDS: [usize; 3] = [8, 64, 256];
/// Most shards: a power of two, as a bitmask needs.
const SHARDS_MAX: usize = 1024;
/// Exponent of the skewed load: YCSB's.
const ZIPF_EXPONENT: f64 = 0.99;
/// Accesses of the skewed load.
const ACCESSES: usize = 1_000_000;
/// Repetitions of what is timed; the shortest counts.
const ROUNDS: usize = 7;

/// Hashes alike in every run, so that every run gives the same counts.
type Numbers = Store<u64, u64, BuildHasherDefault<DefaultHasher>>;

/// Measures all assignments, and prints the table.
pub(crate) fn routing(arguments: &RoutingArguments) -> Result<(), Failure> {
    let accesses = skewed_accesses(arguments.keys);
    let mut text = String::from(
        "| assignment | shards | keys moved | entries copied | keys, max/mean | Zipf load, max/mean | plan | change | route |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for shards in SHARDS {
        for wanted in [shards + 1, shards * 3 / 2, shards * 2] {
            for assignment in Sharding::NAMES {
                let row = Trial { assignment, shards, wanted, keys: arguments.keys }.conduct(&accesses)?;
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{row}");
            }
        }
    }
    output::print(&text)
}

/// How often each key is accessed, by Zipf's law.
fn skewed_accesses(keys: u32) -> Vec<u64> {
    let law = Distribution { zipf_exponent: Some(ZIPF_EXPONENT), ..Distribution::UNIFORM };
    let (sampler, mut random) = (law.sampler(keys), SmallRng::seed_from_u64(0x5eed));
    let mut accesses = vec![0; keys as usize];
    (0..ACCESSES).for_each(|_| accesses[sampler.draw(&mut random) as usize] += 1);
    accesses
}

/// One change of the number of shards.
struct Trial {
    assignment: &'static str,
    shards: usize,
    wanted: usize,
    keys: u32,
}

impl Trial {
    /// Changes the shards of a fresh store, and describes that in a row of the table.
    fn conduct(&self, accesses: &[u64]) -> Result<String, Failure> {
        let store = self.store()?;
        let policy = store.policy().shards;
        let plan_time = shortest(|| {
            let directory = policy.assignment.directory(policy.slots as usize, store.shard_count());
            let started = Instant::now();
            black_box(policy.assignment.plan(&directory, &[], self.wanted));
            started.elapsed()
        });
        let before = self.shards_of_keys(&store);
        let copied_before = store.telemetry().migrations.entries_copied;
        let started = Instant::now();
        store.reshard(self.wanted)?;
        let change_time = started.elapsed();
        let copied = store.telemetry().migrations.entries_copied - copied_before;
        let after = self.shards_of_keys(&store);
        let route_time = shortest(|| {
            let started = Instant::now();
            (0..u64::from(self.keys)).for_each(|key| {
                black_box(store.shard_of(&key));
            });
            started.elapsed()
        });
        let of_keys = |count: u64| share(count as f64 / f64::from(self.keys));
        Ok(format!(
            "| {} | {} → {} | {} | {} | {:.2} | {:.2} | {} | {} | {:.1} ns |",
            policy.assignment,
            count(&before),
            count(&after),
            of_keys(moved(&before, &after)),
            of_keys(copied),
            max_over_mean(&after, |_| 1),
            max_over_mean(&after, |key| accesses[key]),
            duration(plan_time.as_nanos() as u64),
            duration(change_time.as_nanos() as u64),
            route_time.as_nanos() as f64 / f64::from(self.keys),
        ))
    }

    /// A store with all keys, whose tuner leaves it alone.
    fn store(&self) -> Result<Numbers, Failure> {
        let mut store: Numbers = Store::builder()
            .hasher(BuildHasherDefault::default())
            .set("tuner.enabled", false)
            .set("shards.max", SHARDS_MAX)
            .set("shards.initial", self.shards)
            .set("shards.assignment", self.assignment)
            .build()?;
        store.extend((0..u64::from(self.keys)).map(|key| (key, key)));
        Ok(store)
    }

    /// The shard of each key.
    fn shards_of_keys(&self, store: &Numbers) -> Vec<u16> {
        (0..u64::from(self.keys)).filter_map(|key| store.shard_of(&key)).collect()
    }
}

/// The shortest of a few times.
fn shortest(time: impl FnMut() -> Duration) -> Duration {
    std::iter::repeat_with(time).take(ROUNDS).min().unwrap_or_default()
}

fn count(shards_of_keys: &[u16]) -> usize {
    entries(shards_of_keys.iter().map(|shard| (*shard, 1))).len()
}

/// What each shard has in all.
fn entries<T: std::hash::Hash + Eq>(parts: impl Iterator<Item = (T, u64)>) -> HashMap<T, u64> {
    let mut sums = HashMap::new();
    parts.for_each(|(shard, part)| *sums.entry(shard).or_default() += part);
    sums
}

/// Keys that are not in the shard any more in which they were. A fresh shard continues the old one with which it shares the most keys,
/// each one at most, as a store would have it that moves single keys.
fn moved(before: &[u16], after: &[u16]) -> u64 {
    let shared = entries(before.iter().zip(after).map(|pair| (pair, 1)));
    let mut pairs: Vec<_> = shared.into_iter().collect();
    pairs.sort_unstable_by_key(|(pair, keys)| (std::cmp::Reverse(*keys), *pair));
    let (mut continued, mut continuing) = (Vec::new(), Vec::new());
    let mut stayed = 0;
    for ((old, new), keys) in pairs {
        if !continued.contains(old) && !continuing.contains(new) {
            continued.push(*old);
            continuing.push(*new);
            stayed += keys;
        }
    }
    before.len() as u64 - stayed
}

/// The greatest share of a shard, in mean shares.
fn max_over_mean(shards_of_keys: &[u16], weight: impl Fn(usize) -> u64) -> f64 {
    let sums = entries(shards_of_keys.iter().enumerate().map(|(key, shard)| (*shard, weight(key))));
    let total: u64 = sums.values().sum();
    let greatest = sums.values().max().copied().unwrap_or_default();
    greatest as f64 * sums.len() as f64 / total.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_follow_their_shard_have_not_moved() {
        assert_eq!(moved(&[1, 1, 2, 2], &[7, 7, 9, 9]), 0);
        assert_eq!(moved(&[1, 1, 1, 2], &[1, 1, 3, 2]), 1, "a third of a shard went to a new one");
        assert_eq!(moved(&[1, 1, 2, 2], &[5, 5, 5, 5]), 2, "of two that become one, one half stays");
    }

    #[test]
    fn the_spread_is_the_greatest_shard_in_mean_ones() {
        assert_eq!(max_over_mean(&[1, 1, 1, 2], |_| 1), 1.5);
        assert_eq!(max_over_mean(&[1, 2], |key| key as u64), 2.0);
    }

    #[test]
    fn a_ring_moves_no_more_than_the_share_of_the_shard_that_is_added() {
        let trial = |assignment| Trial { assignment, shards: 8, wanted: 9, keys: 10_000 };
        let moved = |assignment| {
            let trial = trial(assignment);
            let store = trial.store().expect("the settings are in order");
            let before = trial.shards_of_keys(&store);
            store.reshard(trial.wanted).expect("nobody is in the way");
            moved(&before, &trial.shards_of_keys(&store))
        };
        let (ring, modulo, ranges) = (moved("consistent"), moved("modulo"), moved("ranges"));
        assert!(ranges < ring && ring < 2000 && 8000 < modulo, "{ranges}, {ring}, {modulo}");
    }
}
