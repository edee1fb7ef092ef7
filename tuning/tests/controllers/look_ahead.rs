//! What is done before a load rises that rises and falls in a rhythm.

use autoshard_tuning::{Action, Cause, Controller, Decision, PlanKind, Policy};
use proptest::{collection::vec, prelude::*};

use crate::plant::{Plant, usual_policy};

/// A day, in windows of half a second: two for each part of it.
const DAY: usize = 288;
/// Windows of its night: longer than a store waits before it gives back memory.
const NIGHT: usize = 160;
const RATE: f64 = 2e6;

fn policy(rhythm_s: f64) -> Policy {
    let mut policy = usual_policy();
    policy.tuner.rhythm_s = rhythm_s;
    policy
}

fn store(policy: &Policy) -> Plant {
    let mut plant = Plant::new(policy, 64, 4, RATE);
    plant.conflict = 1.0;
    plant
}

/// Lets a window pass in which the load is so many accesses a second.
fn window(plant: &mut Plant, rate: f64) -> Decision {
    plant.slot_rates.fill(rate / 64.0);
    plant.window()
}

fn rate(window: usize) -> f64 {
    if window % DAY < NIGHT { 0.0 } else { RATE }
}

/// The decisions of so many days, with the shards after each.
fn days(plant: &mut Plant, count: usize) -> Vec<(Decision, usize)> {
    let mut one = |index| {
        let decision = window(plant, rate(index));
        (decision, plant.shard_count())
    };
    (0..count * DAY).map(&mut one).collect()
}

#[test]
fn what_a_day_needs_is_there_when_it_begins_and_not_much_before() {
    let mut plant = store(&policy(144.0));
    let decisions = days(&mut plant, 4);
    let noon = decisions[3 * DAY - 1].1;
    let morning = 3 * DAY + NIGHT;
    assert!(noon >= 16, "{noon}");
    assert_eq!(decisions[morning - 1].1, noon, "before anybody comes");
    let ahead = decisions[3 * DAY..morning].iter().position(|(decision, _)| decision.cause == Cause::Forecast);
    let ahead = ahead.expect("it is foreseen");
    // The horizon is ten seconds, and what is forecast is forecast for whole seconds.
    assert!((NIGHT - 24..NIGHT).contains(&ahead), "{ahead}");
    assert!(decisions[3 * DAY + ahead - 1].1 < 4, "meanwhile, memory is given back");
    let expected = "accesses a second within 11.0 s, for which there were 64 shards the last time, and there are 1 now";
    let reason = &decisions[3 * DAY + ahead].0.reason;
    assert!(reason.starts_with("by its rhythm the load rises from 0 to 1,") && reason.ends_with(expected), "{reason}");
}

#[test]
fn without_a_rhythm_in_the_policy_the_day_is_met_when_it_is_there() {
    let mut plant = store(&policy(0.0));
    let decisions = days(&mut plant, 4);
    assert!(decisions[3 * DAY + NIGHT - 1].1 < 4);
    assert!(decisions.iter().all(|(decision, _)| decision.cause != Cause::Forecast));
}

#[test]
fn shards_that_are_about_to_be_needed_are_not_given_back() {
    let mut plant = store(&policy(144.0));
    plant.policy.tuner.idle_s = (NIGHT / 2) as f64 - 5.0;
    plant.controller = Controller::new(&plant.policy, 2);
    let decisions = days(&mut plant, 4);
    let given_back =
        |day: usize| decisions[day * DAY..][..DAY].iter().any(|(decision, _)| decision.cause == Cause::Memory);
    assert!(given_back(1) && !given_back(3), "nobody knew of the morning yet, and then somebody did");
    let kept = decisions[3 * DAY..].iter().find(|(decision, _)| decision.cause == Cause::Forecast);
    let (decision, _) = kept.expect("it is foreseen");
    assert_eq!(decision.action, Action::Hold);
    assert!(decision.reason.contains("; the store has been idle for "), "{}", decision.reason);
}

#[test]
fn a_day_that_does_not_come_is_forgotten() {
    let mut plant = store(&policy(144.0));
    days(&mut plant, 3);
    (0..2 * DAY).for_each(|_| drop(window(&mut plant, 0.0)));
    assert!((0..DAY).all(|_| window(&mut plant, 0.0).cause != Cause::Forecast));
    assert!(plant.shard_count() < 4);
}

#[test]
fn another_period_begins_anew_and_none_ends_it() {
    for rhythm_s in [0.0, 150.0] {
        let mut plant = store(&policy(144.0));
        days(&mut plant, 3);
        plant.controller.set_policy(&policy(rhythm_s));
        assert!(days(&mut plant, 1).iter().all(|(decision, _)| decision.cause != Cause::Forecast), "{rhythm_s}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_load_without_a_rhythm_is_judged_as_if_there_were_no_forecast(
        rates in vec(prop_oneof![Just(0.0), 1e3..4e6], 4 * DAY / 8),
    ) {
        let [mut with, mut without] = [144.0, 0.0].map(|rhythm_s| store(&policy(rhythm_s)));
        for rate in rates.into_iter().flat_map(|rate| [rate; 8]) {
            prop_assert_eq!(window(&mut with, rate), window(&mut without, rate));
        }
    }

    #[test]
    fn limits_hold_and_the_same_days_have_the_same_decisions(
        (min, more, initial) in (1_u32..8, 0_u32..32, 1_usize..8),
        noise in vec(0.5..2.0_f64, 4 * DAY),
        night in 10..DAY - 10,
        horizon_s in 0.5..100.0_f64,
    ) {
        let mut policy = policy(144.0);
        (policy.shards.min, policy.shards.max, policy.tuner.horizon_s) = (Some(min), min + more, horizon_s);
        let mut plants = [(); 2].map(|()| {
            let mut plant = Plant::new(&policy, 64, (min as usize).max(initial.min((min + more) as usize)), RATE);
            plant.conflict = 1.0;
            plant
        });
        for (index, noise) in noise.into_iter().enumerate() {
            let rate = if index % DAY < night { 0.0 } else { RATE * noise };
            let [one, other] = &mut plants;
            let decision = window(one, rate);
            prop_assert_eq!(&decision, &window(other, rate));
            let shards = one.shard_count();
            prop_assert!((min as usize..=(min + more) as usize).contains(&shards), "{} shards: {}", shards, decision);
            let is_merge = matches!(&decision.action, Action::Reshard(plan) if plan.kind == PlanKind::Merge);
            prop_assert!(!(is_merge && decision.cause == Cause::Forecast), "{}", decision);
        }
    }
}
