//! What looking for an entry costs, by how popular its key is, and what reaching its shard's header does.

use super::{
    cache::{Lines, held_share, holding_time},
    machine::{Machine, picoseconds},
    workload::{Popularity, Traffic},
};

const LINE_BYTES: u64 = 64;
/// Lines of the table for each entry: 17 bytes of it, with a table that is two thirds full.
const LINES_OF_AN_ENTRY: f64 = 0.4;
/// Lines of a shard's header.
const LINES_OF_A_HEADER: f64 = 2.0;
/// Lines of the directory: two bytes for each of 4,096 slots.
const LINES_OF_THE_DIRECTORY: f64 = 128.0;
/// Places of which the costs are kept, for each doubling of the place.
const STEPS_OF_A_DOUBLING: u32 = 4;

/// Costs, in picoseconds beyond those of what is in the fastest cache.
pub(super) struct ProbeCosts {
    by_step: Vec<u64>,
    hot: (u32, u64),
    /// Of a header.
    pub(super) header: u64,
    /// The probability that a line of a place is still in a core's own caches when it is wanted next.
    own_by_step: Vec<f64>,
}

impl ProbeCosts {
    /// With so many shards.
    pub(super) fn new(machine: &Machine, traffic: &Traffic, shards: usize) -> Self {
        let steps = step_of(traffic.keys.saturating_sub(1)) + 1;
        let rates: Vec<f64> = (0..steps).map(|step| rate(traffic, step)).collect();
        let (hot_keys, hot_share) = traffic.hot;
        let hot_rate = if hot_keys > 0 { hot_share / f64::from(hot_keys) } else { 0.0 };
        let header = Lines { count: LINES_OF_A_HEADER * shards as f64, rate: 1.0 / shards.max(1) as f64 };
        let directory = Lines { count: LINES_OF_THE_DIRECTORY, rate: 1.0 / LINES_OF_THE_DIRECTORY };
        // A line has several keys, each of which brings it into the cache.
        let entries = rates.iter().enumerate().map(|(step, rate)| Lines {
            count: f64::from(places_of(step as u32, traffic.keys)) * LINES_OF_AN_ENTRY,
            rate: rate / LINES_OF_AN_ENTRY,
        });
        let hot = Lines { count: f64::from(hot_keys), rate: hot_rate };
        let kinds: Vec<Lines> = entries.chain([header, directory, hot]).collect();
        let times: Vec<f64> =
            machine.caches.iter().map(|cache| holding_time(&kinds, (cache.bytes / LINE_BYTES) as f64)).collect();
        let cost = |rate: f64| picoseconds(cost_ns(machine, &times, rate));
        let own = times.get(1).copied().unwrap_or(f64::INFINITY);
        Self {
            by_step: rates.iter().map(|rate| cost(rate / LINES_OF_AN_ENTRY)).collect(),
            own_by_step: rates.iter().map(|rate| held_share(rate / LINES_OF_AN_ENTRY, own)).collect(),
            hot: (hot_keys, cost(hot_rate)),
            header: cost(header.rate),
        }
    }

    /// Of the entry whose key is at this place.
    pub(super) fn of_place(&self, place: u32) -> u64 {
        let cost = self.by_step[step_of(place) as usize];
        if place < self.hot.0 { cost.min(self.hot.1) } else { cost }
    }

    /// Whether a line that another core wrote is likely to be in that core's caches still.
    pub(super) fn is_kept(&self, place: u32) -> bool {
        place < self.hot.0 || self.own_by_step[step_of(place) as usize] > 0.5
    }
}

/// A line wanted at this rate, given for how long each cache holds what it has.
fn cost_ns(machine: &Machine, times: &[f64], rate: f64) -> f64 {
    let (mut cost, mut held_before) = (0.0, 0.0);
    for (cache, time) in machine.caches.iter().zip(times) {
        let held = held_share(rate, *time).max(held_before);
        cost += (held - held_before) * cache.ns;
        held_before = held;
    }
    cost + (1.0 - held_before) * machine.memory_ns
}

/// Places are told apart by the logarithm.
fn step_of(place: u32) -> u32 {
    let place = u64::from(place) + 1;
    let doublings = place.ilog2();
    let within = ((place << 8 >> doublings) - 256) * u64::from(STEPS_OF_A_DOUBLING) / 256;
    doublings * STEPS_OF_A_DOUBLING + within as u32
}

/// The first place of a step, from 1.
fn first_of(step: u32) -> f64 {
    let (doublings, within) = (step / STEPS_OF_A_DOUBLING, step % STEPS_OF_A_DOUBLING);
    let first = f64::from(doublings).exp2() * (1.0 + f64::from(within) / f64::from(STEPS_OF_A_DOUBLING));
    first.ceil()
}

fn places_of(step: u32, keys: u32) -> u32 {
    let end = first_of(step + 1).min(f64::from(keys) + 1.0);
    (end - first_of(step)).max(0.0) as u32
}

/// How often each key of a step comes, in an operation.
fn rate(traffic: &Traffic, step: u32) -> f64 {
    let share = 1.0 - if traffic.hot.0 > 0 { traffic.hot.1 } else { 0.0 };
    let keys = f64::from(traffic.keys.max(1));
    match &traffic.popularity {
        Popularity::Uniform => share / keys,
        Popularity::Zipf(exponent) => {
            let place = first_of(step).midpoint(first_of(step + 1).min(keys + 1.0) - 1.0);
            share * place.powf(-exponent) / harmonic(keys, *exponent)
        }
        // What is recorded has its keys in the order of popularity, mostly by Zipf's law.
        Popularity::Recorded(_) => share * first_of(step).powf(-1.0) / harmonic(keys, 1.0),
    }
}

/// The sum of Zipf's weights: the first hundred as they are, the others by their integral.
fn harmonic(keys: f64, exponent: f64) -> f64 {
    const EXACT: u32 = 100;
    let first: f64 = (1..=EXACT.min(keys as u32)).map(|place| f64::from(place).powf(-exponent)).sum();
    let (from, to) = (f64::from(EXACT) + 0.5, keys + 0.5);
    if to <= from {
        return first;
    }
    let rest = if (exponent - 1.0).abs() < 1e-9 {
        (to / from).ln()
    } else {
        (to.powf(1.0 - exponent) - from.powf(1.0 - exponent)) / (1.0 - exponent)
    };
    first + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_cover_all_places_once() {
        for keys in [1, 2, 3, 7, 100, 12_345] {
            let steps = step_of(keys - 1) + 1;
            let places: u32 = (0..steps).map(|step| places_of(step, keys)).sum();
            assert_eq!(places, keys);
            let within = |place: u32| first_of(step_of(place)) <= f64::from(place + 1);
            assert!((0..keys).all(within));
        }
    }

    #[test]
    fn rates_sum_up_to_one() {
        for exponent in [0.0, 0.8, 0.99, 1.0, 1.4] {
            let traffic = Traffic::reads(1, 100_000).zipf(exponent);
            let steps = step_of(99_999) + 1;
            let sum: f64 = (0..steps).map(|step| rate(&traffic, step) * f64::from(places_of(step, 100_000))).sum();
            assert!((sum - 1.0).abs() < 0.02, "{exponent}: {sum}");
        }
    }

    #[test]
    fn few_keys_cost_nothing_and_many_cost_misses() {
        let machine = Machine::near(2);
        let few = ProbeCosts::new(&machine, &Traffic::reads(2, 1000), 8);
        let many = ProbeCosts::new(&machine, &Traffic::reads(2, 10_000_000), 8);
        assert!(few.of_place(500) < 1000, "{}", few.of_place(500));
        assert!(many.of_place(500) > 15_000, "{}", many.of_place(500));
        assert!(few.is_kept(999) && !many.is_kept(999));
    }

    #[test]
    fn popular_keys_are_cheaper() {
        let costs = ProbeCosts::new(&Machine::near(2), &Traffic::reads(2, 10_000_000).zipf(0.99), 8);
        assert!(costs.of_place(0) * 4 < costs.of_place(5_000_000));
    }
}
