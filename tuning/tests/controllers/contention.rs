//! The rules of the strategy `contention`, one by one, and all together against a model of a store.

use std::time::Duration;

use crate::plant::{Plant, usual_policy};
use autoshard_tuning::{Action, Cause, Plan, PlanKind, Policy};

fn policy() -> Policy {
    usual_policy()
}

fn plan_of(decision: &autoshard_tuning::Decision) -> &Plan {
    match &decision.action {
        Action::Reshard(plan) => plan,
        other => panic!("{other:?} is no change: {decision}"),
    }
}

#[test]
fn a_store_without_waits_is_left_alone_and_told_so() {
    let mut plant = Plant::new(&policy(), 64, 8, 2e6);
    let decision = plant.windows(20);
    assert_eq!(decision.cause, Cause::Balanced, "{decision}");
    let expected = "nothing asks for a change: 0 % of 999,424 acquisitions waited, \
                    and the busiest of 8 shards has 1.0 times the mean load";
    assert_eq!(decision.reason, expected);
    assert!(plant.changes.is_empty());
}

#[test]
fn a_contended_shard_is_split() {
    let mut plant = Plant::new(&policy(), 64, 4, 2e6);
    // Each of the four shards has a quarter of the load: 1.5 % of its acquisitions wait.
    plant.conflict = 0.06;
    let decision = plant.until_change(5);
    assert_eq!(decision.cause, Cause::Contention, "{decision}");
    assert!(
        decision.reason.starts_with("1.5 % of the 249,856 acquisitions of shard 0 (and 3 more) waited"),
        "{decision}"
    );
    let plan = plan_of(&decision);
    assert_eq!(plan.kind, PlanKind::Split);
    assert!(plan.groups.iter().all(|group| group.sources.len() == 1 && group.targets.len() == 4));
    assert!(
        plan.groups.iter().flat_map(|group| &group.targets).all(|slots| slots.len() == 4),
        "load is even: {decision}"
    );
}

#[test]
fn only_the_shard_that_waits_is_split_and_its_load_is_halved() {
    let mut plant = Plant::new(&policy(), 64, 4, 1e6);
    // Shard 1 owns slots 16 to 31; two of its slots have most of its load.
    plant.slot_rates[20] = 4e5;
    plant.slot_rates[21] = 4e5;
    plant.conflict = 0.02;
    let decision = plant.until_change(5);
    let plan = plan_of(&decision);
    assert_eq!((plan.groups.len(), &plan.groups[0].sources[..]), (1, &[1][..]), "{decision}");
    let with = |slot| plan.groups[0].targets.iter().position(|slots| slots.contains(&slot));
    assert_ne!(with(20), with(21), "the two that are busy are parted");
}

#[test]
fn far_more_waits_split_into_more_shards_at_once() {
    let mut few = Plant::new(&policy(), 64, 2, 2e6);
    few.conflict = 0.0205;
    let mut many = Plant::new(&policy(), 64, 2, 2e6);
    many.conflict = 0.5;
    assert_eq!(plan_of(&few.until_change(50)).shards_after(2), 8);
    let mut policy = policy();
    policy.contention.ways_max = 16;
    let mut most = Plant::new(&policy, 64, 2, 2e6);
    most.conflict = 0.5;
    assert_eq!(plan_of(&many.until_change(5)).shards_after(2), 8, "no more than ways_max");
    assert_eq!(plan_of(&most.until_change(5)).shards_after(2), 32);
}

#[test]
fn a_split_stops_at_the_policys_most() {
    let mut policy = policy();
    policy.shards.max = 5;
    let mut plant = Plant::new(&policy, 64, 4, 2e6);
    plant.conflict = 0.5;
    plant.until_change(5);
    assert_eq!(plant.shard_count(), 5);
    let decision = plant.windows(10);
    assert_eq!(decision.cause, Cause::Limit, "{decision}");
    assert!(decision.reason.ends_with("there are 5 shards already, the policy's most"), "{decision}");
}

#[test]
fn a_split_that_costs_more_than_it_saves_is_not_made() {
    let mut plant = Plant::new(&policy(), 64, 4, 2e6);
    plant.conflict = 0.06;
    // 16 million entries: 400 ms to copy a shard; 1.5 % of 500,000 accesses a second lose 7.5 ms a second, of which
    // some three quarters are saved.
    plant.slot_entries = vec![250_000; 64];
    plant.policy.shards.entries_max = u64::MAX;
    let policy = plant.policy.clone();
    plant.controller.set_policy(&policy);
    let decision = plant.windows(10);
    assert_eq!(decision.cause, Cause::Unprofitable, "{decision}");
    assert!(decision.reason.contains("would cost 400.0 ms and save 54.5 ms over the horizon of 10 s"), "{decision}");
}

#[test]
fn a_shard_whose_holders_lose_the_processor_is_not_split() {
    let waiting = |wait_ns: u64| {
        let mut plant = Plant::new(&policy(), 64, 8, 2e6);
        (plant.conflict, plant.wait_ns) = (0.2, wait_ns);
        (plant.windows(10), plant.changes.len())
    };
    // A quarter of a million accesses a second by two threads: each would come some 375 times in 3 ms, and to half of a shard as surely.
    let (decision, changes) = waiting(3_000_000);
    assert_eq!((decision.cause, changes), (Cause::Unprofitable, 0), "{decision}");
    assert!(decision.reason.contains("come 374.8 times meanwhile: somebody was held up inside"), "{decision}");
    assert_eq!(waiting(3000).1, 1, "where hardly anybody comes twice meanwhile, it helps");
}

#[test]
fn a_wait_that_is_long_by_chance_makes_no_split_worth_it() {
    let mut plant = Plant::new(&policy(), 256, 64, 2e6);
    // 1.1 % of 15,625 acquisitions of each shard wait, for 10 us in all: too little to be seen.
    (plant.conflict, plant.wait_ns) = (0.7, 60);
    plant.cpu_use = Some(1.0);
    assert_eq!(plant.windows(10).cause, Cause::Unprofitable);
    plant.held_up_ns = 12_000_000;
    let decision = plant.windows(10);
    assert_eq!((decision.cause, plant.changes.len()), (Cause::Unprofitable, 0), "{decision}");
}

#[test]
fn a_hot_key_gets_its_slot_isolated_before_anything_is_split() {
    let mut plant = Plant::new(&policy(), 64, 8, 2e6);
    plant.add_hot_key(19, 0.38);
    plant.conflict = 0.1;
    let decision = plant.until_change(5);
    assert_eq!((decision.cause, plan_of(&decision).kind), (Cause::HotKey, PlanKind::Isolate), "{decision}");
    assert_eq!(plant.slots_beside(19), [19]);
    assert_eq!(plant.shard_count(), 9);
    assert!(
        decision.reason.starts_with("the key of hash 0x00000000feed0013 takes 38 % of all accesses, 36 % at least"),
        "{decision}"
    );
}

#[test]
fn two_hot_keys_of_a_shard_are_isolated_at_once() {
    let mut plant = Plant::new(&policy(), 64, 8, 2e6);
    plant.add_hot_key(19, 0.2);
    plant.add_hot_key(17, 0.1);
    plant.until_change(5);
    assert_eq!([19, 17].map(|slot| plant.slots_beside(slot)), [[19], [17]]);
    assert_eq!(plant.shard_count(), 10);
}

#[test]
fn a_key_that_may_be_hot_but_need_not_be_is_left_alone() {
    let mut plant = Plant::new(&policy(), 64, 8, 2e6);
    plant.add_hot_key(19, 0.06);
    plant.hot_keys[0].share_lower = 0.04;
    assert_eq!(plant.windows(10).cause, Cause::Balanced);
}

#[test]
fn a_hot_key_that_is_alone_cannot_be_improved_and_that_is_said() {
    let mut plant = Plant::new(&policy(), 64, 8, 2e6);
    plant.add_hot_key(19, 0.38);
    plant.conflict = 0.02;
    plant.until_change(5);
    let decision = plant.windows(10);
    assert_eq!((decision.cause, plant.changes.len()), (Cause::HotKey, 1), "{decision}");
    assert!(decision.reason.contains("its slot is already alone in shard"), "{decision}");
}

#[test]
fn splitting_stops_at_one_over_the_top_keys_share() {
    let mut policy = policy();
    // Isolation is forbidden in effect, so that splitting alone has to do with the key.
    policy.hot_keys.share_threshold = 1.0;
    let mut plant = Plant::new(&policy, 256, 4, 2e6);
    plant.add_hot_key(100, 0.25);
    // Any shard above an eighth of the load waits too much.
    plant.conflict = 0.08;
    plant.windows(200);
    let count = plant.shard_count();
    assert!(count <= 16, "{count} shards");
    assert!(plant.slots_beside(100).len() < 64, "the key's shard was split as long as that helped");
    let decision = plant.windows(10);
    assert_eq!(decision.cause, Cause::HotKey, "{decision}");
    assert!(decision.reason.contains("more shards cannot help"), "{decision}");
}

#[test]
fn splitting_ends_in_proportion_to_one_over_the_top_keys_share() {
    for share in [0.4, 0.2, 0.1, 0.05, 0.025] {
        let mut policy = policy();
        policy.hot_keys.share_threshold = 1.0;
        let mut plant = Plant::new(&policy, 1024, 1, 2e6);
        plant.add_hot_key(100, share);
        // Any shard with more than half of the key's share waits too much: the key's own does, however small.
        plant.conflict = 0.02 / share;
        plant.windows(200);
        let count = plant.shard_count() as f64;
        // A shard with just more than half of the key's share becomes four, of an eighth each.
        assert!((1.0 / share..=8.0 / share).contains(&count), "share {share}: {count} shards");
        let before = plant.changes.len();
        let decision = plant.windows(100);
        assert_eq!(plant.changes.len(), before, "share {share}: {decision}");
        assert_eq!(decision.cause, Cause::HotKey, "share {share}: {decision}");
    }
}

#[test]
fn a_large_shard_is_split_for_its_size() {
    let mut plant = Plant::new(&policy(), 4096, 8, 2e6);
    plant.slot_entries = vec![500; 4096];
    let decision = plant.until_change(5);
    assert_eq!(decision.cause, Cause::Size, "{decision}");
    assert_eq!(plant.shard_count(), 64, "eight times 256,000 entries in shards of at most 32,768");
    plant.windows(300);
    assert_eq!(plant.changes.len(), 1, "and that is that");
}

#[test]
fn cold_shards_are_merged_after_long_calm_down_to_one_for_each_core() {
    let mut plant = Plant::new(&policy(), 64, 16, 10e6);
    let first = plant.until_change(100);
    assert_eq!((first.cause, plan_of(&first).kind), (Cause::Cold, PlanKind::Merge), "{first}");
    // Ten million acquisitions of each of 16 shards at ten million a second: 16 s.
    assert_eq!(plant.now, Duration::from_secs(16));
    plant.windows(1000);
    assert_eq!(plant.shard_count(), 2, "two cores");
}

#[test]
fn a_shard_that_nobody_uses_gets_cold_as_fast_as_the_mean() {
    let mut plant = Plant::new(&policy(), 64, 16, 10e6);
    for slot in 0..8 {
        plant.slot_rates[slot] = 0.0;
    }
    let decision = plant.until_change(100);
    let plan = plan_of(&decision);
    assert!(plan.groups.iter().any(|group| group.sources == [0, 1]), "{plan:?}");
}

#[test]
fn a_merge_needs_load_well_below_the_split_threshold() {
    let changes = |conflict: f64| {
        let mut plant = Plant::new(&policy(), 64, 16, 10e6);
        plant.conflict = conflict;
        plant.windows(50);
        plant.changes.len()
    };
    // A split begins at 0.99 % of waits. Shards of which 0.06 % wait come to 0.13 % if merged, those with 0.13 % to
    // 0.25 %: a quarter.
    assert_eq!(changes(0.010), 1);
    assert_eq!(changes(0.021), 0);
}

#[test]
fn what_was_split_for_contention_is_not_merged_again_while_the_load_lasts() {
    let mut plant = Plant::new(&policy(), 64, 8, 10e6);
    // Waits grow far faster than load does, so that a merge seems harmless, and is not: 1.1 % with eight shards, 0.03 % with 16.
    (plant.conflict, plant.conflict_power) = (360.0, 5.0);
    assert_eq!(plan_of(&plant.until_change(5)).kind, PlanKind::Split);
    let shards = plant.shard_count();
    plant.windows(2000);
    assert_eq!((plant.changes.len(), plant.shard_count()), (1, shards), "{:?}", plant.changes);
    // A sixteenth of the load is another one.
    plant.slot_rates.iter_mut().for_each(|rate| *rate /= 16.0);
    assert_eq!(plan_of(&plant.until_change(2000)).kind, PlanKind::Merge);
}

#[test]
fn a_merge_leaves_room_to_grow() {
    let mut plant = Plant::new(&policy(), 64, 16, 10e6);
    plant.slot_entries = vec![5000; 64];
    plant.windows(200);
    assert!(
        plant.changes.is_empty(),
        "two shards of 20,000 entries would be more than half of what is split for its size"
    );
}

#[test]
fn a_hot_keys_shard_is_not_merged() {
    let mut plant = Plant::new(&policy(), 64, 8, 10e6);
    plant.add_hot_key(19, 0.38);
    plant.windows(400);
    assert_eq!(plant.slots_beside(19), [19]);
}

#[test]
fn grow_and_shrink_do_not_chase_each_other() {
    for conflict in [0.01, 0.1, 0.3, 1.0, 3.0] {
        for initial in [1, 2, 8, 64] {
            let mut plant = Plant::new(&policy(), 256, initial, 32e6);
            plant.conflict = conflict;
            plant.windows(200);
            let settled = plant.changes.len();
            plant.windows(200);
            let late: Vec<_> =
                plant.changes[settled..].iter().map(|(decision, shards)| format!("{shards}: {decision}")).collect();
            assert!(late.is_empty(), "conflict {conflict}, from {initial} shards: {late:?}");
            let directions = plant.changes.windows(2).filter(|pair| pair[0].0.action.name() != pair[1].0.action.name());
            assert!(directions.count() <= 1, "conflict {conflict}, from {initial} shards: {:?}", plant.changes);
        }
    }
}

#[test]
fn a_burst_after_long_calm_is_answered_within_two_windows() {
    let mut plant = Plant::new(&policy(), 1024, 8, 1e6);
    plant.windows(100);
    plant.conflict = 1.0;
    plant.windows(2);
    assert!(plant.shard_count() > 8, "calm does not count against contention");
}

#[test]
fn what_an_entry_costs_is_measured() {
    let mut plant = Plant::new(&policy(), 64, 4, 2e6);
    plant.conflict = 0.06;
    plant.until_change(5);
    let outcome = plant.outcome.as_mut().expect("it was carried out");
    // A hundred times what is assumed: 1 ms for the 100 entries of a slot.
    outcome.cost = Duration::from_nanos(outcome.entries_copied * 10_000);
    plant.conflict = 0.3;
    plant.slot_entries = vec![20_000; 64];
    plant.policy.shards.entries_max = u64::MAX;
    let policy = plant.policy.clone();
    plant.controller.set_policy(&policy);
    let decision = plant.windows(20);
    assert_eq!(decision.cause, Cause::Unprofitable, "{decision}");
    assert!(decision.reason.contains("would cost 800.0 ms"), "{decision}");
}

#[test]
fn shards_that_cannot_all_have_what_they_want_share_what_there_is() {
    let mut policy = policy();
    policy.shards.max = 16;
    let mut plant = Plant::new(&policy, 256, 8, 1e6);
    // Each would have four.
    plant.conflict = 0.5;
    let decision = plant.until_change(5);
    let plan = plan_of(&decision);
    assert!(plan.groups.len() == 8 && plan.groups.iter().all(|group| group.targets.len() == 2), "{decision}");
}
