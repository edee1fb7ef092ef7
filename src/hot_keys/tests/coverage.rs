//! Whether true shares lie within the bounds reported, and the most frequent keys on top.

use autoshard_tuning::Policy;

use super::source::{SplitMix, Zipf, hash, holds, policy, record};
use crate::hot_keys::{Tracker, horizon::Horizon, sketch::Sketch};

/// Feeds samples of keys that are distributed so, and counts reported keys, and those whose bounds hold.
fn coverage(policy: &Policy, zipf: &Zipf, samples: u64, seed: u64) -> (u64, u64) {
    let shares = zipf.shares();
    let mut random = SplitMix(seed);
    let mut tracker = Tracker::new(policy);
    let (mut reported, mut held) = (0, 0);
    for sample in 1..=samples {
        record(&mut tracker, zipf.draw(&mut random), false);
        if sample % (samples / 5) == 0 {
            tracker.end_window();
            let top = tracker.top();
            reported += top.len() as u64;
            held += top.iter().filter(|estimate| holds(estimate, shares[&estimate.hash])).count() as u64;
        }
    }
    (reported, held)
}

#[test]
fn bounds_hold_for_flat_and_for_steep_distributions_at_every_age() {
    let mut policy = policy();
    policy.hot_keys.half_life_samples = 2000;
    let (mut reported, mut held) = (0, 0);
    for (index, exponent) in [0.0, 0.8, 1.0, 1.2, 1.4].into_iter().enumerate() {
        let zipf = Zipf::new(20_000, exponent);
        for seed in 0..4 {
            for samples in [100, 3000, 30_000] {
                let counts = coverage(&policy, &zipf, samples, seed + 100 * index as u64);
                reported += counts.0;
                held += counts.1;
            }
        }
    }
    assert!(held as f64 >= 0.995 * reported as f64, "{held} of {reported} reported keys lie within their bounds");
}

#[test]
fn the_most_frequent_keys_of_zipf_distributions_are_on_top() {
    for (index, exponent) in [0.8, 0.99, 1.2, 1.4].into_iter().enumerate() {
        let zipf = Zipf::new(20_000, exponent);
        let mut random = SplitMix(index as u64);
        let mut tracker = Tracker::new(&policy());
        for _ in 0..200_000 {
            record(&mut tracker, zipf.draw(&mut random), false);
        }
        let top = tracker.top();
        let found = (0..10).filter(|&key| top[..10].iter().any(|estimate| estimate.hash == hash(key))).count();
        assert!(found >= 9, "exponent {exponent}: {found} of ten");
        assert_eq!(top[0].hash, hash(0));
    }
}

#[test]
fn without_a_sketch_bounds_hold_and_hot_keys_are_found() {
    let policy = policy().hot_keys;
    let zipf = Zipf::new(20_000, 1.2);
    let shares = zipf.shares();
    let mut random = SplitMix(3);
    let mut horizon = Horizon::with_sketch(&policy, Sketch::none());
    for _ in 0..50_000 {
        let hash = hash(zipf.draw(&mut random));
        horizon.record(crate::hot_keys::candidates::Sample { hash, slot: 0, is_write: false });
    }
    let top = horizon.top(5);
    assert!(top.iter().all(|estimate| holds(estimate, shares[&estimate.hash])), "{top:?}");
    assert_eq!(top[0].hash, hash(0));
}

#[test]
fn few_samples_say_little_and_none_say_nothing() {
    let mut tracker = Tracker::new(&policy());
    assert!(tracker.top().is_empty());
    tracker.end_window();
    record(&mut tracker, 1, true);
    tracker.end_window();
    let top = tracker.top();
    assert_eq!(top.len(), 1);
    assert_eq!((top[0].share, top[0].read_share), (1.0, 0.0));
    assert!(top[0].share_lower < 0.01, "one sample is no evidence: {top:?}");
}

#[test]
fn reads_and_writes_are_told_apart() {
    let mut tracker = Tracker::new(&policy());
    for sample in 0..1000 {
        record(&mut tracker, sample % 2, sample % 8 == 0);
    }
    let top = tracker.top();
    let read_share = |key| top.iter().find(|estimate| estimate.hash == hash(key)).unwrap().read_share;
    assert_eq!((read_share(0), read_share(1)), (0.75, 1.0));
}

#[test]
fn no_more_keys_are_reported_than_wanted() {
    let mut policy = policy();
    policy.hot_keys.top_k = 3;
    let mut tracker = Tracker::new(&policy);
    for key in 0..1000 {
        record(&mut tracker, key, false);
    }
    assert_eq!(tracker.top().len(), 3);
}
