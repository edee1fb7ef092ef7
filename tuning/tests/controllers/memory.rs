//! Memory that is given back: by stores that are idle, and by tables that are mostly empty.

use autoshard_tuning::Cause;

use crate::plant::{Plant, usual_policy};

#[test]
fn an_idle_store_is_merged_and_then_left_alone() {
    let mut plant = Plant::new(&usual_policy(), 64, 16, 0.0);
    let decision = plant.until_change(200);
    assert_eq!((decision.cause, plant.shard_count()), (Cause::Memory, 1), "{decision}");
    assert_eq!(plant.now, plant.policy.tuner.idle());
    assert_eq!(
        decision.reason,
        "the store has been idle for 60.0 s, and 1 shard will do for its 6,400 entries, where there are 16"
    );
    plant.windows(400);
    assert_eq!(plant.changes.len(), 1);
}

#[test]
fn an_idle_store_keeps_the_shards_that_its_size_needs() {
    let mut plant = Plant::new(&usual_policy(), 64, 16, 0.0);
    plant.slot_entries = vec![2000; 64];
    plant.windows(200);
    assert_eq!(plant.shard_count(), 4, "128,000 entries in shards of at most 32,768");
    plant.slot_rates = vec![1e5; 64];
    assert_eq!(plant.windows(20).cause, Cause::Balanced, "and they need not be split when it is used again");
}

#[test]
fn a_store_that_was_never_used_keeps_its_shards() {
    let mut plant = Plant::new(&usual_policy(), 64, 16, 0.0);
    plant.capacity_factor = 0;
    plant.windows(500);
    assert!(plant.changes.is_empty());
}

#[test]
fn a_rare_access_does_not_keep_an_idle_store_awake_but_a_wait_does() {
    let mut rare = Plant::new(&usual_policy(), 16, 4, 1000.0);
    rare.windows(130);
    assert_eq!(rare.shard_count(), 1);
    let mut waits = Plant::new(&usual_policy(), 16, 4, 1000.0);
    waits.conflict = 1.0;
    waits.windows(130);
    assert_eq!(waits.shard_count(), 4);
}

#[test]
fn a_table_that_was_emptied_is_shrunk_and_one_that_is_yet_to_be_filled_is_not() {
    let mut policy = usual_policy();
    policy.contention.shrink_score = -(1 << 50);
    let mut plant = Plant::new(&policy, 64, 4, 1e6);
    (plant.capacity_factor, plant.is_reserved) = (8, true);
    plant.windows(300);
    assert!(plant.changes.is_empty(), "12,800 entries of room were asked for");
    (plant.slot_entries, plant.capacity_factor) = (vec![800; 64], 1);
    plant.windows(10);
    (plant.slot_entries, plant.capacity_factor) = (vec![100; 64], 8);
    let emptied_at = plant.now + policy.tuner.window();
    let decision = plant.until_change(300);
    assert_eq!((decision.cause, decision.action.name()), (Cause::Memory, "shrink"), "{decision}");
    assert_eq!(plant.now - emptied_at, policy.tuner.idle());
    assert!(
        decision.reason.starts_with("shard 0 (and 3 more) holds 1,600 entries where there is room for 12,800"),
        "{decision}"
    );
}

#[test]
fn a_table_that_was_not_reserved_is_shrunk_though_nobody_saw_it_full() {
    let mut policy = usual_policy();
    policy.contention.shrink_score = -(1 << 50);
    let mut plant = Plant::new(&policy, 64, 4, 1e6);
    plant.capacity_factor = 8;
    let decision = plant.until_change(300);
    assert_eq!((decision.cause, decision.action.name()), (Cause::Memory, "shrink"), "{decision}");
    assert_eq!(plant.now, policy.tuner.idle() + policy.tuner.window());
}
