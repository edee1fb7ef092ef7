//! What holds of every controller, whatever it is shown.

use std::time::Duration;

use crate::plant::usual_policy;
use autoshard_tuning::{
    Action, Application, Bias, BiasChoice, Cause, Controller, Decision, HotKeyEstimate, Load, Observation, Outcome,
    PlanKind, Policy, ShardId, ShardObservation, Strategy as Judge, Timing, Users, knobs,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Slots of the stores that are made up: a few, so that rare cases are common.
const SLOTS: usize = 16;
/// Shard ids that occur; more than slots, so that observations speak of shards that do not exist.
const IDS: ShardId = 24;

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..=1.0, select(vec![0.0, 1.0, f64::NAN, f64::INFINITY, -1.0])]
}

fn big() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100, 0_u64..10_000_000, select(vec![0, u64::MAX, u64::MAX / 2])]
}

prop_compose! {
    fn load()(reads in 0_u32..100_000, writes in prop_oneof![Just(0_u32), Just(u32::MAX), 0_u32..1000]) -> Load {
        Load { reads, writes }
    }
}

prop_compose! {
    fn hot_key()(slot in 0_u16..20, share in share(), share_lower in share()) -> HotKeyEstimate {
        HotKeyEstimate { hash: 7, slot, share, share_lower, share_upper: 1.0, read_share: 0.5 }
    }
}

fn bias() -> impl Strategy<Value = Bias> {
    prop_oneof![select(vec![Bias::Neutral, Bias::Fenced, Bias::Asymmetric]), (0_u32..3).prop_map(Bias::Owned)]
}

fn users() -> impl Strategy<Value = Users> {
    prop_oneof![select(vec![Users::Nobody, Users::Many]), (0_u32..3).prop_map(Users::One)]
}

prop_compose! {
    fn timing()(count in big(), ns in big()) -> Timing {
        Timing { count, ns }
    }
}

prop_compose! {
    fn shard()(
        load in load(),
        entries in big(),
        capacity in big(),
        is_reserved in prop::bool::ANY,
        (waits, wait_ns) in (big(), big()),
        (bias, revocations, revocation_ns) in (bias(), big(), big()),
        users in users(),
        (looks, barriers) in (timing(), timing()),
    ) -> ShardObservation {
        let (entries, capacity) = (entries as usize, capacity as usize);
        ShardObservation {
            entries, capacity, is_reserved, load, waits, wait_ns, bias, revocations, revocation_ns, users, looks, barriers,
            ..ShardObservation::default()
        }
    }
}

prop_compose! {
    fn outcome()(completed in 0_u32..3, aborted in 0_u32..3, cost_ns in big(), entries_copied in big()) -> Outcome {
        Outcome {
            kind: PlanKind::Split,
            groups_completed: completed,
            groups_aborted: aborted,
            elapsed: Duration::from_nanos(cost_ns),
            cost: Duration::from_nanos(cost_ns),
            entries_copied,
        }
    }
}

prop_compose! {
    fn observation(directory: Option<Vec<ShardId>>)(
        directory in directory.map_or_else(|| vec(0..IDS, 0..=SLOTS).boxed(), |directory| Just(directory).boxed()),
        window_ms in prop_oneof![Just(0), 1_u64..2000],
        (cores, cpu_use) in (prop_oneof![0_u32..9, Just(u32::MAX)], option::of(share())),
        slot_loads in vec(load(), 0..=SLOTS + 2),
        (sample_every, samples) in (prop_oneof![1_u32..100, Just(0), Just(u32::MAX)], big()),
        shards in vec(shard(), usize::from(IDS)),
        hot_keys in vec(hot_key(), 0..4),
        outcome in option::weighted(0.2, outcome()),
        (busy, can_migrate) in (prop::bool::weighted(0.1), prop::bool::weighted(0.9)),
        (has_heavy_barrier, heavy_barriers) in (prop::bool::weighted(0.8), prop_oneof![Just(0), big()]),
        (threads, thread_mix) in (prop_oneof![1_u32..9, Just(0), Just(u32::MAX)], share()),
    ) -> Observation {
        let listed = (0..).zip(shards).filter(|(id, _)| id % 5 != 0);
        Observation {
            window: Duration::from_millis(window_ms),
            cores, cpu_use, directory, slot_loads, sample_every, samples,
            shards: listed.map(|(id, shard)| ShardObservation { id, ..shard }).collect(),
            hot_keys, outcome, busy, can_migrate, has_heavy_barrier, heavy_barriers, threads, thread_mix,
            ..Observation::default()
        }
    }
}

prop_compose! {
    fn policy()(
        strategy in select(vec![Judge::Contention, Judge::Formula, Judge::Fixed]),
        (min, max) in (option::of(1_u32..20), 1_u32..40),
        enabled in prop::bool::weighted(0.9),
        settle_windows in 0_u32..2,
        samples_min in prop_oneof![Just(1_u64), 1_u64..100_000],
        (share_threshold, cool_down_factor) in (0.0001..=1.0, 0.0..=10.0),
        idle_s in prop_oneof![Just(0.001), 0.1..=1000.0],
        (grow_score, shrink_score) in (1_i64..2000, -100_000_i64..0),
        entries_max in prop_oneof![Just(0), 16_u64..1_000_000],
        // Fields are public, so they may be what no policy file may say.
        (ways_max, free_points) in (0_u32..9, 0_i64..3),
        bias in prop_oneof![
            Just(BiasChoice::Auto),
            select(vec![BiasChoice::Fenced, BiasChoice::Asymmetric, BiasChoice::Owned]),
        ],
        (hysteresis, change_windows, owned_windows) in (share(), 0_u32..4, 0_u32..4),
    ) -> Policy {
        let mut policy = usual_policy();
        policy.shards.min = min;
        policy.shards.max = max;
        policy.shards.entries_max = entries_max;
        policy.tuner.strategy = strategy;
        policy.tuner.enabled = enabled;
        policy.tuner.settle_windows = settle_windows;
        policy.tuner.samples_min = samples_min;
        policy.tuner.cool_down_factor = cool_down_factor;
        policy.tuner.idle_s = idle_s;
        policy.hot_keys.share_threshold = share_threshold;
        policy.contention.grow_score = grow_score;
        policy.contention.shrink_score = shrink_score;
        policy.contention.ways_max = ways_max;
        policy.contention.free_points = free_points;
        policy.lock.bias = bias;
        policy.lock.hysteresis = hysteresis;
        policy.lock.change_windows = change_windows;
        policy.lock.owned_windows = owned_windows;
        policy
    }
}

fn observations() -> impl Strategy<Value = Vec<Observation>> {
    // Half of the stores keep their layout, so that scores grow and clocks run.
    let unsteady = vec(observation(None), 1..8);
    let steady = vec(0..IDS, 1..=SLOTS).prop_flat_map(|directory| vec(observation(Some(directory)), 1..8));
    prop_oneof![unsteady, steady]
}

fn shard_count(directory: &[ShardId]) -> usize {
    let mut shards = directory.to_vec();
    shards.sort_unstable();
    shards.dedup();
    shards.len()
}

/// The number of shards stays within the limits, or comes nearer to them.
fn keeps_limits(policy: &Policy, slots: usize, before: usize, after: usize) -> bool {
    let max = (policy.shards.max as usize).min(slots);
    let min = (policy.shards.min.unwrap_or(1) as usize).min(max);
    let outside = |count: usize| count.saturating_sub(max) + min.saturating_sub(count);
    outside(after) == 0 || outside(after) < outside(before)
}

/// Biases are changes, of shards that there are, to modes that there are; and each is told.
fn check_biases(decision: &Decision, observation: &Observation, policy: &Policy) {
    let changes = &decision.biases.changes;
    assert!(changes.is_sorted_by_key(|(id, _)| *id));
    assert_eq!(changes.is_empty(), decision.biases.reason.is_empty());
    assert!(!decision.biases.reason.contains("NaN") && !decision.biases.reason.contains("inf "), "{decision:?}");
    let is_allowed = policy.tuner.enabled || policy.lock.bias != BiasChoice::Auto;
    for (id, bias) in changes {
        let shard = observation.shards.iter().find(|shard| shard.id == *id).expect("it is listed");
        assert!(
            is_allowed && *bias != shard.bias && (observation.has_heavy_barrier || !bias.is_heavy()),
            "{decision:?}"
        );
        if policy.lock.bias != BiasChoice::Auto {
            let forced = policy.lock.bias.forced(observation.has_heavy_barrier, shard.users);
            assert_eq!(Some(*bias), forced, "{}: {decision:?}", policy.lock.bias);
        }
    }
}

/// A plan fits the layout, and what is fixed by the policy in force stays: whether the tuner acts, by which strategy, and within which
/// limits.
fn check_action(decision: &Decision, observation: &Observation, policy: &Policy) {
    let Action::Reshard(plan) = &decision.action else { return };
    assert!(policy.tuner.enabled && observation.can_migrate && !observation.busy, "{decision}");
    assert!(policy.tuner.strategy != Judge::Fixed || decision.cause == Cause::OutOfLimits, "{decision}");
    assert!(!plan.groups.is_empty(), "{decision}");
    assert_eq!(plan.validate(&observation.directory), Ok(()), "{decision}");
    let before = shard_count(&observation.directory);
    let after = plan.shards_after(before);
    assert!(keeps_limits(policy, observation.directory.len(), before, after), "{before} -> {after}: {decision}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_decision_is_valid_and_the_same_the_second_time(
        policy in policy(),
        observations in observations(),
        back in 0_usize..16,
    ) {
        let mut controller = Controller::new(&policy, 2);
        let mut again = Controller::new(&policy, 2);
        let mut now = Duration::ZERO;
        for (index, mut observation) in observations.into_iter().enumerate() {
            // Time runs, but for one step back: no clock is to be trusted.
            now = if index == back { Duration::ZERO } else { now + observation.window };
            observation.at = now;
            let decision = controller.decide(&observation);
            prop_assert_eq!(&decision, &again.decide(&observation));
            check_biases(&decision, &observation, &policy);
            prop_assert!(!decision.reason.is_empty() && !decision.reason.contains('\n'), "{}", decision);
            prop_assert!(!decision.reason.contains("NaN") && !decision.reason.contains("inf "), "{}", decision);
            check_action(&decision, &observation, &policy);
        }
    }

    #[test]
    fn what_a_policy_fixes_holds_from_the_first_window_after_it_came(
        first in policy(),
        windows in observations().prop_flat_map(|observations| {
            let count = observations.len();
            (Just(observations), vec(option::weighted(0.4, policy()), count))
        }),
    ) {
        let (observations, policies) = windows;
        let mut controller = Controller::new(&first, 2);
        let mut in_force = first;
        let mut now = Duration::ZERO;
        for (mut observation, newer) in observations.into_iter().zip(policies) {
            if let Some(newer) = newer {
                controller.set_policy(&newer);
                in_force = newer;
            }
            now += observation.window;
            observation.at = now;
            let decision = controller.decide(&observation);
            check_biases(&decision, &observation, &in_force);
            check_action(&decision, &observation, &in_force);
        }
    }

    #[test]
    fn a_reloaded_policy_keeps_what_is_fixed_at_build_and_takes_the_rest(built in policy(), newer in policy()) {
        // Values that a policy file may have, as those of a store are.
        let valid = |mut policy: Policy| {
            policy.shards.entries_max = policy.shards.entries_max.max(16);
            policy.shards.min = policy.shards.min.map(|min| min.min(policy.shards.max));
            policy.shards.initial = Some(policy.shards.max);
            policy
        };
        let (built, newer) = (valid(built), valid(newer));
        let (policy, waiting) = built.reloaded(&newer);
        for knob in knobs() {
            let (was, is, wanted) = (knob.value(&built), knob.value(&policy), knob.value(&newer));
            let is_limited = knob.key == "shards.min" && policy.shards.min == Some(built.shards.max);
            let expected = if knob.application == Application::AtBuild { was } else { wanted.clone() };
            prop_assert!(is == expected || is_limited, "{} = {}, not {}", knob.key, is, expected);
            prop_assert!(is == wanted || waiting.contains(&knob.key), "{} is not told of", knob.key);
        }
        prop_assert!(policy.shards.min_resolved() <= policy.shards.max);
    }
}
