//! What is promised of hot keys holds in 999 of 1,000 trials: all of a trial's promises together.
//!
//! A trial is made of seeds, so that its outcome never changes. Trials may fail: as many as a coin does that fails once in 1,000 tosses.

use std::collections::HashMap;

use super::source::{SplitMix, Zipf, hash, holds, policy, record};
use crate::hot_keys::Tracker;

/// Probability of a trial's failure.
const ERROR_PROBABILITY: f64 = 0.001;
/// Trials of each test: so many that two may fail; fewer where the code is slow.
const TRIALS: u64 = if cfg!(debug_assertions) { 200 } else { 2000 };
/// Keys of all distributions.
const KEYS: u64 = 10_000;
/// Samples, over the threshold, by which a key that is just as frequent shows: 100 for each 1/threshold, in each of two windows. By the
/// binomial distribution it takes 183 to 225 in all for thresholds from 5 % down to a thousandth.
const SAMPLES_TIMES_THRESHOLD: f64 = 112.5;

/// Failures that so many trials do not exceed with a probability of 99.9 %.
fn failures_max(trials: u64) -> u64 {
    let (mut probability, mut none_more) = ((1.0 - ERROR_PROBABILITY).powi(trials as i32), 0.0);
    for failures in 0..trials {
        none_more += probability;
        if none_more >= 0.999 {
            return failures;
        }
        let odds = ERROR_PROBABILITY / (1.0 - ERROR_PROBABILITY);
        probability *= (trials - failures) as f64 / (failures + 1) as f64 * odds;
    }
    trials
}

/// What is wrong with what the tracker says, if anything.
fn fault(tracker: &Tracker, shares: &HashMap<u64, f64>, threshold: f64) -> Option<String> {
    let top = tracker.top();
    let share = |hash: u64| shares.get(&hash).copied().unwrap_or(0.0);
    let is_hot = |hash: u64| top.iter().any(|key| key.hash == hash && key.is_hot(threshold));
    let missed = shares.iter().find(|&(&hash, &share)| share >= threshold && !is_hot(hash));
    let invented = top.iter().find(|key| key.is_hot(threshold) && share(key.hash) < threshold / 2.0);
    let outside = top.iter().find(|key| !holds(key, share(key.hash)));
    missed
        .map(|missed| format!("missed: {missed:?}"))
        .or_else(|| invented.map(|key| format!("not hot, but {}: {key:?}", share(key.hash))))
        .or_else(|| outside.map(|key| format!("out of its bounds, {}: {key:?}", share(key.hash))))
}

/// Feeds a window of samples.
fn window(tracker: &mut Tracker, samples: u64, mut draw: impl FnMut() -> u64) {
    (0..samples).for_each(|_| record(tracker, draw(), false));
    tracker.end_window();
}

/// Runs trials, and compares how many fail with how many may.
fn run(name: &str, trials: u64, mut trial: impl FnMut(u64) -> Option<String>) {
    let faults: Vec<String> = (0..trials).filter_map(&mut trial).collect();
    let max = failures_max(trials);
    assert!(faults.len() as u64 <= max, "{name}: {} of {trials} trials, {max} at most: {faults:#?}", faults.len());
}

#[test]
fn the_band_is_that_of_the_binomial_distribution() {
    // By tables: P(X <= 8) is 0.99977 and P(X <= 7) is 0.9989 for the Poisson distribution with mean 2.
    assert_eq!(failures_max(2000), 8);
    assert_eq!(failures_max(1), 0);
}

#[test]
fn two_windows_show_all_hot_keys_and_none_else_on_zipf_distributions() {
    for exponent in [0.8, 0.99, 1.2, 1.4] {
        let zipf = Zipf::new(KEYS, exponent);
        let shares = zipf.shares();
        // The third key is just above the threshold.
        let threshold = zipf.share(2);
        let samples = (SAMPLES_TIMES_THRESHOLD / threshold) as u64;
        run(&format!("exponent {exponent}"), TRIALS / 4, |seed| {
            let mut random = SplitMix(seed << 32);
            let mut tracker = Tracker::new(&policy());
            (0..2).for_each(|_| window(&mut tracker, samples, || zipf.draw(&mut random)));
            fault(&tracker, &shares, threshold)
        });
    }
}

/// Keys that are hot take a share each, and the others the rest, by Zipf's law.
struct HotSet {
    zipf: Zipf,
    keys: u64,
    share: f64,
}

impl HotSet {
    /// The hot keys of the set of this number. They are none of the others.
    fn hot(&self, set: u64) -> std::ops::Range<u64> {
        let first = 1_000_000 * (set + 1);
        first..first + self.keys
    }

    /// A key, with a hot set of this number or none.
    fn draw(&self, set: Option<u64>, random: &mut SplitMix) -> u64 {
        let index = (random.unit() / self.share) as u64;
        let hot = set.filter(|_| index < self.keys).map(|set| self.hot(set).start + index);
        hot.unwrap_or_else(|| self.zipf.draw(random))
    }

    fn shares(&self, set: u64) -> HashMap<u64, f64> {
        let rest = 1.0 - self.keys as f64 * self.share;
        let mut shares = self.zipf.shares();
        shares.values_mut().for_each(|share| *share *= rest);
        shares.extend(self.hot(set).map(|key| (hash(key), self.share)));
        shares
    }
}

#[test]
fn a_hot_set_that_moves_is_found_within_two_windows_and_the_old_one_is_gone_by_then() {
    // Four keys just above the threshold, with 5,000 samples in a window, and a history ten times as long.
    let threshold = policy().hot_keys.share_threshold;
    let (samples, history) = (5000, 10);
    let set = HotSet { zipf: Zipf::new(KEYS, 0.8), keys: 4, share: threshold };
    let shares = set.shares(1);
    // One that moves, and one that comes up where nothing was hot.
    run("a hot set", TRIALS / 10, |seed| {
        let before = Some(0).filter(|_| seed % 2 == 0);
        let mut random = SplitMix(seed << 32);
        let mut tracker = Tracker::new(&policy());
        (0..history).for_each(|_| window(&mut tracker, samples, || set.draw(before, &mut random)));
        // It moves in the middle of a window, which counts for none of the two.
        let moves_at = samples / 2;
        let mut drawn = 0;
        window(&mut tracker, samples, || {
            drawn += 1;
            set.draw(if drawn > moves_at { Some(1) } else { before }, &mut random)
        });
        (0..2).for_each(|_| window(&mut tracker, samples, || set.draw(Some(1), &mut random)));
        fault_after_move(&tracker, &shares, threshold, &set)
    });
}

/// As [`fault`], but for bounds, which are of all accesses since the tracker noticed the move: perhaps in the window of the move itself.
fn fault_after_move(tracker: &Tracker, shares: &HashMap<u64, f64>, threshold: f64, set: &HotSet) -> Option<String> {
    let top = tracker.top();
    let is_hot = |key| top.iter().any(|estimate| estimate.hash == hash(key) && estimate.is_hot(threshold));
    let missed = set.hot(1).find(|&key| !is_hot(key)).map(|key| format!("missed: {key}"));
    let kept = set.hot(0).find(|&key| is_hot(key)).map(|key| format!("still hot: {key}"));
    let invented = top
        .iter()
        .find(|key| key.is_hot(threshold) && shares.get(&key.hash).is_none_or(|share| *share < threshold / 2.0));
    missed.or(kept).or_else(|| invented.map(|key| format!("not hot: {key:?}")))
}
