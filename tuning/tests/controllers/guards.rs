//! The guards that every strategy shares.

use std::time::Duration;

use autoshard_tuning::{
    Action, Cause, Controller, MigrationMode, Observation, Outcome, Policy, Strategy, initial_directory,
};

use crate::plant::{Plant, usual_policy};

/// A store that every strategy would like to change.
fn in_need() -> Plant {
    let mut plant = Plant::new(&usual_policy(), 64, 4, 2e6);
    plant.conflict = 1.0;
    plant
}

/// What is said of windows of the store after `change` was made to the policy, and `hide` to each observation.
fn decide(change: impl Fn(&mut Policy), hide: impl Fn(&mut Observation)) -> autoshard_tuning::Decision {
    let mut plant = in_need();
    change(&mut plant.policy);
    plant.controller = Controller::new(&plant.policy, 2);
    let mut observation = plant.observe();
    hide(&mut observation);
    plant.controller.decide(&observation)
}

#[test]
fn each_guard_holds_and_says_why() {
    assert_ne!(decide(|_| {}, |_| {}).action, Action::Hold, "without a guard, there would be a change");
    let disabled = decide(|policy| policy.tuner.enabled = false, |_| {});
    let fixed = decide(|policy| policy.tuner.strategy = Strategy::Fixed, |_| {});
    let busy = decide(|_| {}, |observation| observation.busy = true);
    let immovable = decide(|_| {}, |observation| observation.can_migrate = false);
    let few = decide(|_| {}, |observation| observation.samples = 10);
    let growing = decide(
        |_| {},
        |observation| {
            observation.shards.iter_mut().for_each(|shard| shard.entries = 25_000);
            observation.grown = 20_000;
        },
    );
    let unused = decide(|_| {}, |observation| observation.directory.clear());
    let expected = [
        (disabled, Cause::Forbidden, "the policy says tuner.enabled = false"),
        (fixed, Cause::Forbidden, "the policy says tuner.strategy = \"fixed\""),
        (busy, Cause::Busy, "the last plan is still being carried out"),
        (immovable, Cause::Immovable, "the store was built without the means to migrate its entries"),
        (
            growing,
            Cause::Growing,
            "20,000 of 100,000 entries came in this window; while a store grows so fast, only those who insert split its shards",
        ),
        (few, Cause::FewSamples, "10 samples so far, 1,000 are needed to judge"),
        (unused, Cause::FewSamples, "the store has not been used yet"),
    ];
    for (decision, cause, reason) in expected {
        assert_eq!((&decision.action, decision.cause, &decision.reason[..]), (&Action::Hold, cause, reason));
    }
}

#[test]
fn a_count_outside_of_the_policys_limits_is_brought_inside_whatever_the_strategy() {
    for strategy in [Strategy::Contention, Strategy::Formula, Strategy::Fixed] {
        for (min, max, expected) in [(Some(16), 1024, 16), (None, 2, 2), (Some(3), 3, 3)] {
            let mut plant = Plant::new(&usual_policy(), 64, 4, 0.0);
            plant.policy.tuner.strategy = strategy;
            plant.controller = Controller::new(&plant.policy, 2);
            (plant.policy.shards.min, plant.policy.shards.max) = (min, max);
            let policy = plant.policy.clone();
            plant.controller.set_policy(&policy);
            let decision = plant.window();
            assert_eq!((decision.cause, plant.shard_count()), (Cause::OutOfLimits, expected), "{strategy}: {decision}");
        }
    }
}

#[test]
fn the_sentence_about_limits_says_what_the_policy_wants() {
    let decision = decide(|policy| policy.shards.max = 2, |_| {});
    assert_eq!(decision.reason, "there are 4 shards, and the policy wants at most 2");
    assert_eq!(decision.to_string(), "merge: there are 4 shards, and the policy wants at most 2");
}

#[test]
fn another_policy_keeps_what_was_learned_unless_the_strategy_is_another() {
    let mut plant = in_need();
    plant.until_change(5);
    let mut policy = usual_policy();
    policy.migration.mode = MigrationMode::HandOver;
    plant.controller.set_policy(&policy);
    assert_eq!(plant.window().cause, Cause::Settling, "the change is not forgotten");
    policy.tuner.strategy = Strategy::Fixed;
    plant.controller.set_policy(&policy);
    assert_eq!(plant.window().cause, Cause::Forbidden);
}

#[test]
fn windows_of_another_layout_are_not_added_up() {
    // 625 samples a window: two are enough, but not across a change.
    let mut plant = Plant::new(&usual_policy(), 16, 4, 80_000.0);
    let mut policy = usual_policy();
    policy.tuner.settle_windows = 0;
    plant.controller.set_policy(&policy);
    assert_eq!(plant.window().cause, Cause::FewSamples);
    plant.directory = initial_directory(16, 2);
    assert_eq!(plant.window().cause, Cause::FewSamples);
    assert_eq!(plant.window().cause, Cause::Balanced);
}

#[test]
fn too_few_samples_are_gathered_until_they_suffice() {
    // 625 samples a window.
    let mut plant = Plant::new(&usual_policy(), 16, 4, 80_000.0);
    let first = plant.window();
    assert_eq!(first.cause, Cause::FewSamples);
    assert_eq!(first.reason, "624 samples so far, 1,000 are needed to judge");
    assert_eq!(plant.window().cause, Cause::Balanced, "the second window makes them 1,248");
    assert_eq!(plant.window().cause, Cause::FewSamples, "and then they are used up");
}

#[test]
fn nothing_changes_in_the_window_after_a_change() {
    let mut plant = Plant::new(&usual_policy(), 64, 4, 2e6);
    plant.conflict = 1.0;
    plant.slot_entries = vec![0; 64];
    plant.until_change(5);
    let decision = plant.window();
    assert_eq!(decision.cause, Cause::Settling, "{decision}");
    assert_ne!(plant.window().action, Action::Hold, "but in the one after that");
}

#[test]
fn a_layout_changed_by_somebody_else_settles_too() {
    let mut plant = Plant::new(&usual_policy(), 64, 4, 2e6);
    plant.windows(3);
    plant.directory = autoshard_tuning::initial_directory(64, 16);
    assert_eq!(plant.window().cause, Cause::Settling);
    assert_eq!(plant.window().cause, Cause::Balanced);
}

#[test]
fn the_next_change_waits_nine_times_what_the_last_one_cost() {
    let mut plant = Plant::new(&usual_policy(), 64, 4, 2e6);
    plant.conflict = 1.0;
    plant.until_change(5);
    plant.outcome.as_mut().expect("it was carried out").cost = Duration::from_secs(1);
    plant.outcome.as_mut().expect("it was carried out").entries_copied = 0;
    let changed_at = plant.now + plant.policy.tuner.window();
    assert_eq!(plant.windows(2).cause, Cause::CoolDown);
    let decision = plant.window();
    let expected = "the last change cost 1.0 s, so the next comes no sooner than in 8.0 s";
    assert_eq!(decision.reason, expected);
    plant.until_change(100);
    assert_eq!(plant.now - changed_at, Duration::from_secs(9));
}

#[test]
fn a_plan_that_is_given_up_again_and_again_is_tried_ever_more_rarely() {
    let mut plant = Plant::new(&usual_policy(), 64, 4, 2e6);
    plant.conflict = 1.0;
    let mut tried_at = Vec::new();
    for _ in 0..200 {
        let observation = plant.observe();
        let decision = plant.controller.decide(&observation);
        if let Action::Reshard(plan) = decision.action {
            tried_at.push(plant.now.as_millis());
            plant.outcome = Some(Outcome {
                kind: plan.kind,
                groups_completed: 0,
                groups_aborted: 1,
                elapsed: Duration::ZERO,
                cost: Duration::ZERO,
                entries_copied: 0,
            });
        }
    }
    let pauses: Vec<_> = tried_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.is_sorted() && pauses.len() < 10, "{pauses:?}");
}
