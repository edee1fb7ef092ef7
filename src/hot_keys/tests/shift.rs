//! Load that moves: what is hot shows within two windows, and nothing else is forgotten without need.

use autoshard_tuning::HotKeyEstimate;

use super::source::{SplitMix, Zipf, hash, holds, policy, record};
use crate::hot_keys::Tracker;

const WINDOW_SAMPLES: u64 = 1000;

/// A window in which `hot` takes 38 % of all accesses, and the rest is spread by Zipf's law.
fn window(tracker: &mut Tracker, random: &mut SplitMix, zipf: &Zipf, hot: Option<u64>) {
    for _ in 0..WINDOW_SAMPLES {
        let is_hot = random.unit() < 0.38;
        let key = hot.filter(|_| is_hot).unwrap_or_else(|| zipf.draw(random));
        record(tracker, key, false);
    }
    tracker.end_window();
}

fn find(tracker: &Tracker, key: u64) -> Option<HotKeyEstimate> {
    tracker.top().into_iter().find(|estimate| estimate.hash == hash(key))
}

fn is_hot(tracker: &Tracker, key: u64) -> bool {
    find(tracker, key).is_some_and(|estimate| estimate.share_lower > policy().hot_keys.share_threshold)
}

#[test]
fn a_key_that_takes_38_percent_is_hot_after_two_windows_however_long_the_history() {
    let zipf = Zipf::new(50_000, 0.8);
    let mut random = SplitMix(1);
    let mut tracker = Tracker::new(&policy());
    for _ in 0..200 {
        window(&mut tracker, &mut random, &zipf, None);
    }
    assert!(!is_hot(&tracker, 1_000_000));
    for _ in 0..2 {
        window(&mut tracker, &mut random, &zipf, Some(1_000_000));
    }
    assert!(is_hot(&tracker, 1_000_000));
    assert!(holds(&find(&tracker, 1_000_000).unwrap(), 0.38));
}

#[test]
fn a_hot_key_that_moves_is_followed_within_two_windows_even_in_the_middle_of_one() {
    let zipf = Zipf::new(50_000, 0.8);
    let mut random = SplitMix(2);
    let mut tracker = Tracker::new(&policy());
    for _ in 0..100 {
        window(&mut tracker, &mut random, &zipf, Some(1_000_000));
    }
    for _ in 0..WINDOW_SAMPLES / 2 {
        record(&mut tracker, 1_000_000, false);
    }
    for _ in 0..2 {
        window(&mut tracker, &mut random, &zipf, Some(2_000_000));
    }
    assert!(is_hot(&tracker, 2_000_000) && !is_hot(&tracker, 1_000_000));
}

#[test]
fn a_hot_key_that_cools_down_is_no_longer_hot_after_two_windows() {
    let zipf = Zipf::new(50_000, 0.8);
    let mut random = SplitMix(3);
    let mut tracker = Tracker::new(&policy());
    for _ in 0..100 {
        window(&mut tracker, &mut random, &zipf, Some(1_000_000));
    }
    for _ in 0..2 {
        window(&mut tracker, &mut random, &zipf, None);
    }
    assert!(!is_hot(&tracker, 1_000_000));
}

#[test]
fn a_load_that_does_not_shift_keeps_its_history() {
    let zipf = Zipf::new(50_000, 1.2);
    let mut random = SplitMix(4);
    let mut tracker = Tracker::new(&policy());
    let mut width = f64::INFINITY;
    for window_count in 1..=300 {
        window(&mut tracker, &mut random, &zipf, None);
        if window_count % 100 == 0 {
            let top = find(&tracker, 0).unwrap();
            assert!(top.share_upper - top.share_lower < width, "bounds get narrower as samples come in");
            width = top.share_upper - top.share_lower;
        }
    }
}

#[test]
fn windows_of_too_few_samples_are_judged_together() {
    let mut tracker = Tracker::new(&policy());
    for key in 0..20_000 {
        record(&mut tracker, key, false);
    }
    tracker.end_window();
    for sample in 0..WINDOW_SAMPLES {
        record(&mut tracker, 1_000_000, false);
        if sample % 100 == 99 {
            tracker.end_window();
        }
    }
    assert!(is_hot(&tracker, 1_000_000));
}

#[test]
fn no_shift_matters_below_a_threshold_of_one() {
    let zipf = Zipf::new(50_000, 0.8);
    let mut random = SplitMix(5);
    let mut policy = policy();
    policy.hot_keys.share_threshold = 1.0;
    let mut tracker = Tracker::new(&policy);
    for hot in [None, Some(1_000_000)] {
        for _ in 0..20 {
            window(&mut tracker, &mut random, &zipf, hot);
        }
    }
    assert!(find(&tracker, 1_000_000).unwrap().share < 0.3);
}
