//! Keys that are accessed in a fixed rhythm, beside samples that come in the same rhythm in the mean: each access has the same chance to be
//! sampled, so shares come out as they are. In a process of its own: the rhythm of samples is one for all stores of a process.
#![forbid(unsafe_code)]

use autoshard::{HotKey, Store};

/// Accesses that a sample stands for.
const SAMPLE_EVERY: u64 = 64;
/// Samples of each case, some: enough for every key of the longest rhythm to be sampled 50 times.
const SAMPLES: u64 = 6_400;
/// Accesses between two collections: so few that rings never fill.
const COLLECT_EVERY: u64 = 32_768;
/// Standard deviations by which what is seen may differ from what is expected. By chance alone it is once in a thousand million.
const DEVIATIONS: f64 = 6.0;

/// A store whose tuner leaves the rhythm of samples alone, and that knows all keys apart.
fn store() -> Store<u64, u64> {
    Store::builder()
        .set("hot_keys.sample_every", SAMPLE_EVERY)
        .set("hot_keys.samples_per_s_max", 1_000_000_000)
        .set("hot_keys.settled_share", 1.0)
        .set("hot_keys.top_k", 1024)
        .set("tuner.enabled", false)
        .build()
        .expect("the policy is valid")
}

/// What is reported after the keys were accessed in order of their numbers, again and again; and of how many samples.
fn accessed(key: impl Fn(u64) -> u64) -> (Vec<HotKey<u64>>, f64) {
    let store = store();
    // Makes it known to the tuner, from when on its samples are kept, and its own mean holds.
    (0..100_000).for_each(|_| assert_ne!(store.insert(u64::MAX, 0), Some(1)));
    store.hot_keys();
    for access in 0..SAMPLES * SAMPLE_EVERY {
        store.upsert(key(access), || 1, |count| *count += 1);
        if access % COLLECT_EVERY == 0 {
            store.hot_keys();
        }
    }
    let keys: Vec<_> = store.hot_keys().into_iter().filter(|key| key.key != Some(u64::MAX)).collect();
    let samples = store.telemetry().sampling.samples as f64;
    (keys, samples)
}

#[test]
fn no_rhythm_of_keys_is_taken_for_another_load() {
    // The sampling mean, what divides it and what it divides, and what has nothing in common with it.
    for period in [2, 16, 63, 64, 65, 128] {
        let (keys, samples) = accessed(|access| access % period);
        assert_eq!(keys.len() as u64, period, "every key was sampled");
        let counts: Vec<f64> = keys.iter().map(|key| key.share * samples).collect();
        let mean = counts.iter().sum::<f64>() / period as f64;
        let chi_square: f64 = counts.iter().map(|count| (count - mean).powi(2) / mean).sum();
        // Mean and variance of the distribution are its degrees of freedom, and twice that; it is skewed to the right.
        let freedom = (period - 1) as f64;
        let max = freedom + DEVIATIONS * (2.0 * freedom).sqrt() + DEVIATIONS * DEVIATIONS;
        assert!(chi_square < max, "period {period}: {chi_square:.1} is above {max:.1}; {counts:?}");
    }
    // One key is every 64th access, and the others come once each.
    let (keys, samples) = accessed(|access| if access % SAMPLE_EVERY == 0 { 0 } else { access });
    let hot = &keys[0];
    assert_eq!(hot.key, Some(0), "{hot:?}");
    let expected = samples / SAMPLE_EVERY as f64;
    let count = hot.share * samples;
    assert!((count - expected).abs() < DEVIATIONS * expected.sqrt(), "{count} of {samples} samples: {hot:?}");
    assert!(keys[1].share < hot.share / 4.0, "{:?}", keys[1]);
}
