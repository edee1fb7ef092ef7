//! More threads than cores: waiting for the scheduler, which no number of shards makes shorter.

use std::time::Duration;

use super::{Condition, Finding, Symptoms};
use crate::{
    Observation,
    controller::sentence::{count, duration, percent, things},
};

/// Threads at work for each core above which there are too many. The figure never exceeds the number of threads that there are, so one for
/// each core is not taken for more by chance.
const THREADS_PER_CORE: f64 = 1.25;
/// Part of all cores that the process uses when it has no more to use. A guess: a window is some ten ticks of the clock that processor
/// time is counted by.
const CPU_USE_FULL: f64 = 0.9;
/// A wait as long as this in the mean, where nobody holds a guard, is for somebody who lost the processor. A guess: a hundred operations.
const WAIT_LONG: Duration = Duration::from_micros(100);
/// Waits of which a mean is worth telling.
const WAITS_MIN: u64 = 10;

pub(super) fn too_many(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let observation = symptoms.notes.observation()?;
    let cores = observation.cores;
    if cores == 0 || observation.samples < symptoms.policy.tuner.samples_min {
        return None;
    }
    let per_core = threads_at_work(observation) / f64::from(cores);
    let (waits, wait_mean) = waits(observation);
    let are_waits_long = waits >= WAITS_MIN && wait_mean >= WAIT_LONG;
    // Where the system does not say how busy the cores are, long waits have to.
    let is_full = observation.cpu_use.map_or(are_waits_long, |share| share >= CPU_USE_FULL);
    if per_core <= THREADS_PER_CORE || !is_full {
        return None;
    }
    let used =
        observation.cpu_use.map_or_else(String::new, |share| format!(", {} of which are in use", percent(share)));
    let waited = if are_waits_long {
        format!(
            "; {} acquisitions waited, {} in the mean, as one does for somebody who lost the processor",
            count(waits),
            duration(wait_mean)
        )
    } else {
        String::new()
    };
    let evidence = format!(
        "{:.1} threads at work share {}{used}{waited}: they wait for the processor, and more shards cannot help",
        threads_at_work(observation),
        things(cores as usize, "core")
    );
    let remedy = "Use as many threads as there are cores, or give the process more cores";
    Some(Finding::new(
        Condition::TooFewCores,
        evidence,
        remedy,
        [("threads_per_core", per_core), ("cores", f64::from(cores)), ("wait_mean_s", wait_mean.as_secs_f64())],
    ))
}

/// The number of equally busy threads that mix as the sampled ones do (the inverse of Simpson's index): never more than there are.
fn threads_at_work(observation: &Observation) -> f64 {
    1.0 / (1.0 - observation.thread_mix).clamp(f64::EPSILON, 1.0)
}

/// How many waited, and for how long in the mean.
fn waits(observation: &Observation) -> (u64, Duration) {
    let waits = observation.shards.iter().map(|shard| shard.waits).sum::<u64>();
    let wait_ns = observation.shards.iter().map(|shard| shard.wait_ns).sum::<u64>();
    (waits, Duration::from_nanos(wait_ns.checked_div(waits).unwrap_or(0)))
}
