//! A remedy that is known and forbidden.
//!
//! What the tuner would do if it were free is not guessed: a controller without memory is shown the window under the policy in force, and
//! under one that allows everything.

use super::{Condition, Finding, Symptoms};
use crate::{
    Action, BiasChoice, Cause, Controller, Decision, Observation, Policy, Strategy,
    controller::sentence::{percent_of, things},
};

/// Windows that a free controller is shown: in the first, shards that get another bias are given time to help.
const WINDOWS: usize = 2;
/// Part of a mode's cost that another one must save to be worth a finding. What costs half as much is no matter of chance.
const SAVED_MIN: f64 = 0.5;

pub(super) fn forbidden(symptoms: &Symptoms<'_>) -> Option<Finding> {
    let observation = symptoms.notes.observation()?;
    bias(observation, symptoms.policy).or_else(|| layout(observation, symptoms.policy))
}

/// The policy in force without what forbids anything.
fn freed(policy: &Policy) -> Policy {
    let mut free = policy.clone();
    free.tuner.enabled = true;
    if free.tuner.strategy == Strategy::Fixed {
        free.tuner.strategy = Strategy::Contention;
    }
    free.shards.min = None;
    free.shards.max = free.shards.slots;
    free.lock.bias = BiasChoice::Auto;
    free.lock.hysteresis = free.lock.hysteresis.max(SAVED_MIN);
    free
}

/// What a controller without memory makes of the window.
fn decide(observation: &Observation, policy: &Policy, can_migrate: bool) -> Vec<Decision> {
    let mut controller = Controller::new(policy, observation.cores);
    let window = Observation { busy: false, outcome: None, grown: 0, can_migrate, ..observation.clone() };
    (0..WINDOWS).map(|_| controller.decide(&window)).collect()
}

/// Other modes for the locks of shards with half of the load.
fn bias(observation: &Observation, policy: &Policy) -> Option<Finding> {
    if policy.tuner.enabled && policy.lock.bias == BiasChoice::Auto {
        return None;
    }
    let wanted = decide(observation, &freed(policy), true).swap_remove(0).biases;
    let load = |concerned: &dyn Fn(u16) -> bool| -> u64 {
        observation.shards.iter().filter(|shard| concerned(shard.id)).map(|shard| shard.load.total()).sum()
    };
    let concerned = load(&|id| wanted.changes.iter().any(|(shard, _)| *shard == id));
    let all = load(&|_| true);
    if all == 0 || concerned * 2 < all {
        return None;
    }
    let why = if policy.tuner.enabled {
        format!("the policy says lock.bias = \"{}\"", policy.lock.bias)
    } else {
        "the policy says tuner.enabled = false".to_owned()
    };
    let evidence = format!(
        "{} would get another bias, at half the cost for {} of the load, but {why} ({})",
        things(wanted.changes.len(), "shard"),
        percent_of(concerned, all),
        wanted.reason
    );
    let figures = [("load_share", concerned as f64 / all as f64), ("shards", wanted.changes.len() as f64)];
    Some(Finding::new(Condition::RemedyForbidden, evidence, &remedy(policy, true), figures))
}

/// Another layout, for the sake of the load.
fn layout(observation: &Observation, policy: &Policy) -> Option<Finding> {
    let wanted = decide(observation, &freed(policy), true).pop()?;
    let Action::Reshard(plan) = &wanted.action else { return None };
    if !matches!(wanted.cause, Cause::Contention | Cause::Skew | Cause::Size | Cause::HotKey) {
        return None;
    }
    let allowed = decide(observation, policy, observation.can_migrate).pop()?;
    if !matches!(allowed.cause, Cause::Forbidden | Cause::Immovable | Cause::Limit) {
        return None;
    }
    let shards = observation.shards.len();
    let evidence = format!("a {} would help ({}), but {}", plan.kind.name(), wanted.reason, allowed.reason);
    let figures = [("shards_wanted", plan.shards_after(shards) as f64), ("shards", shards as f64)];
    Some(Finding::new(
        Condition::RemedyForbidden,
        evidence,
        &remedy(policy, allowed.cause != Cause::Immovable),
        figures,
    ))
}

fn remedy(policy: &Policy, is_movable: bool) -> String {
    let knob = if !is_movable {
        return "Build the store by one of the builder's methods whose stores can migrate entries".to_owned();
    } else if !policy.tuner.enabled {
        "tuner.enabled = true"
    } else if policy.tuner.strategy == Strategy::Fixed {
        "tuner.strategy = \"contention\""
    } else if policy.lock.bias != BiasChoice::Auto {
        "lock.bias = \"auto\""
    } else {
        "a higher shards.max"
    };
    format!("Allow it, with {knob} in the policy, unless it is forbidden for a reason")
}
