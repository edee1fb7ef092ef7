//! A tuner that is short of samples: it holds, whatever it should do.

use std::time::Duration;

use super::{Condition, Finding, Symptoms};
use crate::controller::sentence::{count, duration, things};

/// Time in use without a judgement after which samples are too few. A guess: at one access in 16, such a store has some 500 accesses a
/// second, and the rest of what tuning could do for it is small.
const STARVED: Duration = Duration::from_secs(30);

pub(super) fn too_few(symptoms: &Symptoms<'_>) -> Option<Finding> {
    missed(symptoms).or_else(|| starved(symptoms))
}

/// Most of the samples of the window that counts were never taken, for want of room.
fn missed(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let observation = symptoms.notes.observation()?;
    let (taken, missed) = (observation.samples, observation.samples_missed);
    if missed <= taken {
        return None;
    }
    let evidence = format!(
        "{} were taken in the last window, and some {} were not, for want of room: nobody collected them in time",
        things(taken as usize, "sample"),
        count(missed)
    );
    let remedy = "See to it that the tuner's thread gets its part of a core, or, in a store without one, call `tune_now` more often";
    let share = missed as f64 / taken.saturating_add(missed) as f64;
    Some(Finding::new(Condition::FewSamples, evidence, remedy, [("missed_share", share)]))
}

/// The store is in use, but so little that no window was judged for long.
fn starved(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let starved = symptoms.notes.starved();
    let needed = symptoms.policy.tuner.samples_min;
    if starved < STARVED {
        return None;
    }
    let evidence = format!(
        "the store has been in use for {} without the {} that a judgement needs (tuner.samples_min)",
        duration(starved),
        things(needed as usize, "sample")
    );
    let remedy = "Nothing, if the store is hardly used: there is little to gain. Else lower hot_keys.sample_every or tuner.samples_min";
    let figures = [("starved_s", starved.as_secs_f64()), ("samples_min", needed as f64)];
    Some(Finding::new(Condition::FewSamples, evidence, remedy, figures))
}
