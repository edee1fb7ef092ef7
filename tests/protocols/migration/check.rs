//! Running a model.

use std::sync::atomic::Ordering;

use shuttle::{
    Config, MaxSteps, Runner,
    scheduler::{PctScheduler, RandomScheduler},
};

use super::case::Case;

/// Schedules for each case and kind of scheduler.
const SCHEDULES: usize = 150;
/// Preemptions of a PCT schedule. A guess: most faults of this kind need two or three.
const PREEMPTIONS: usize = 3;
/// Steps of an execution; one that takes more hangs without being blocked.
const STEPS_MAX: usize = 100_000;
/// Where the schedules begin: the same ones each time, so that a failure stays until it is mended.
const SEED: u64 = 0x5EED;

/// Runs a model for all cases. It must happen, in each, that a migration completes.
pub(crate) fn check(model: fn(&Case)) {
    for case in Case::all() {
        run(&case, model);
        assert!(case.outcomes.completed.load(Ordering::Relaxed) > 0, "no migration completed in {case:?}");
    }
}

/// As [`check`]; it must also happen that a migration is given up.
pub(crate) fn check_with_aborts(model: fn(&Case)) {
    for case in Case::all() {
        run(&case, model);
        assert!(case.outcomes.completed.load(Ordering::Relaxed) > 0, "no migration completed in {case:?}");
        assert!(case.outcomes.aborted.load(Ordering::Relaxed) > 0, "no migration was given up in {case:?}");
    }
}

/// As [`check`]; it must also happen that a full shard is split.
pub(crate) fn check_with_splits(model: fn(&Case)) {
    for case in Case::all() {
        run(&case, model);
        assert!(case.outcomes.completed.load(Ordering::Relaxed) > 0, "no migration completed in {case:?}");
        assert!(case.outcomes.splits.load(Ordering::Relaxed) > 0, "no full shard was split in {case:?}");
    }
}

/// Runs a model for one case.
pub(crate) fn run(case: &Case, model: fn(&Case)) {
    // Shown if it fails.
    println!("{case:?}");
    let schedules = schedules();
    let for_random = case.clone();
    Runner::new(RandomScheduler::new_from_seed(SEED, schedules), config()).run(move || model(&for_random));
    let for_pct = case.clone();
    Runner::new(PctScheduler::new_from_seed(SEED, PREEMPTIONS, schedules), config()).run(move || model(&for_pct));
}

/// `MODEL_SCHEDULES` asks for more, or fewer.
fn schedules() -> usize {
    let asked = std::env::var("MODEL_SCHEDULES").ok();
    asked.map_or(SCHEDULES, |asked| asked.parse().expect("MODEL_SCHEDULES is a number"))
}

fn config() -> Config {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS_MAX);
    config.silence_warnings = true;
    config
}
