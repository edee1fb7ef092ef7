//! The tracker on real traces, where there are any: in `../shared/traces`, or where `AUTOSHARD_TRACES` says.

use std::{collections::HashMap, env, fs, path::PathBuf, process::Command};

use super::source::{SplitMix, hash, holds, policy, record};
use crate::hot_keys::Tracker;

/// Samples that tell the OLTP trace's keys apart, whose eighth and fourteenth differ by 3 %; 10 seconds bring so many.
const OLTP_SAMPLES: u64 = 2_000_000;

/// Samples that tell the block trace's keys apart.
const CLOUDPHYSICS_SAMPLES: u64 = 250_000;

/// Accesses of which one is sampled, in the mean.
const SAMPLE_EVERY: u64 = 32;

fn path(name: &str) -> Option<PathBuf> {
    let folder = env::var_os("AUTOSHARD_TRACES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/traces"), PathBuf::from);
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: there is no trace {}", path.display());
    None
}

/// The keys of libCacheSim's CSV, in its fifth column.
fn cloudphysics() -> Option<Vec<u64>> {
    let text = fs::read_to_string(path("cloudphysics-io.csv")?).unwrap();
    Some(text.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect())
}

/// The keys of ARC's format: each line has the first of a run of keys, and their number.
fn oltp() -> Option<Vec<u64>> {
    let Ok(output) = Command::new("zstd").arg("-dc").arg(path("arc-oltp.lis.zst")?).output() else {
        println!("skipped: there is no program zstd to unpack the trace");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let runs = text.lines().map(|line| {
        let mut fields = line.split(' ').map(|field| field.parse::<u64>().unwrap());
        (fields.next().unwrap(), fields.next().unwrap())
    });
    Some(runs.flat_map(|(start, count)| start..start + count).collect())
}

/// Replays the trace again and again, samples it, and compares what is reported with exact counts.
fn replay(keys: &[u64], samples: u64) {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    keys.iter().for_each(|&key| *counts.entry(hash(key)).or_default() += 1);
    let mut exact: Vec<u64> = counts.values().copied().collect();
    exact.sort_unstable_by(|left, right| right.cmp(left));

    let mut random = SplitMix(1);
    let mut tracker = Tracker::new(&policy());
    let mut position = 0;
    for sample in 1..=samples {
        position += 1 + random.below(2 * SAMPLE_EVERY - 1);
        record(&mut tracker, keys[position as usize % keys.len()], false);
        if sample % 50_000 == 0 {
            tracker.end_window();
        }
    }
    let top = tracker.top();
    let found = top[..10].iter().filter(|estimate| counts[&estimate.hash] >= exact[9]).count();
    assert!(found >= 8, "{found} of the ten most frequent keys are among the ten reported");
    let share = |count: u64| count as f64 / keys.len() as f64;
    for estimate in &top {
        assert!(
            holds(estimate, share(counts[&estimate.hash])),
            "{} is the true count of {estimate:?}",
            counts[&estimate.hash]
        );
    }
    // By a threshold that the tenth key just reaches.
    let threshold = share(exact[9]);
    let hot = |hash: u64| top.iter().any(|estimate| estimate.hash == hash && estimate.is_hot(threshold));
    for (&hash, &count) in &counts {
        assert!(hot(hash) || share(count) < threshold, "a key with {count} accesses is not called hot");
        assert!(!hot(hash) || share(count) >= threshold / 2.0, "a key with {count} accesses is called hot");
    }
}

#[test]
fn eight_of_ten_keys_and_all_bounds_are_right_on_a_block_io_trace() {
    if let Some(keys) = cloudphysics() {
        replay(&keys, CLOUDPHYSICS_SAMPLES);
    }
}

#[test]
fn eight_of_ten_keys_and_all_bounds_are_right_on_an_oltp_trace() {
    if let Some(keys) = oltp() {
        replay(&keys, OLTP_SAMPLES);
    }
}
