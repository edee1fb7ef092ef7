//! Plans: the count that was asked for, balance, and what `validate` finds.

use autoshard_tuning::{Group, Load, Plan, PlanError, PlanKind, ShardId, initial_directory, plan_to_count};
use proptest::{collection::vec, prelude::*};

fn count(directory: &[ShardId]) -> usize {
    let mut shards = directory.to_vec();
    shards.sort_unstable();
    shards.dedup();
    shards.len()
}

fn load(reads: u32) -> Load {
    Load { reads, writes: 0 }
}

#[test]
fn an_initial_directory_is_balanced_and_contiguous() {
    for shards in [1, 3, 7, 64] {
        let directory = initial_directory(64, shards);
        assert!(directory.is_sorted());
        assert_eq!(count(&directory), shards);
        let sizes: Vec<_> =
            (0..shards).map(|id| directory.iter().filter(|&&shard| usize::from(shard) == id).count()).collect();
        assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
    }
    assert_eq!(count(&initial_directory(4, 9)), 4);
    assert_eq!(count(&initial_directory(4, 0)), 1);
    assert_eq!(initial_directory(0, 3), []);
    assert_eq!(count(&initial_directory(65_536, 65_536)), 65_536);
}

#[test]
fn a_split_parts_the_slots_that_are_loaded() {
    let directory = initial_directory(8, 1);
    let mut loads = vec![load(1); 8];
    (loads[2], loads[3]) = (load(1000), load(1000));
    let plan = plan_to_count(&directory, &loads, 2);
    let with = |slot| plan.groups[0].targets.iter().position(|slots| slots.contains(&slot));
    assert_ne!(with(2), with(3));
}

#[test]
fn a_loaded_shard_gets_more_of_the_new_ones() {
    let directory = initial_directory(64, 2);
    let mut loads = vec![load(1); 64];
    loads[..32].fill(load(100));
    let plan = plan_to_count(&directory, &loads, 8);
    let targets: Vec<_> = plan.groups.iter().map(|group| (group.sources[0], group.targets.len())).collect();
    assert_eq!(targets, [(0, 6), (1, 2)]);
}

#[test]
fn one_less_merges_one_pair_only() {
    let plan = plan_to_count(&initial_directory(64, 16), &[], 15);
    assert_eq!((plan.kind, plan.groups.len()), (PlanKind::Merge, 1));
    assert_eq!(plan.groups[0].sources.len(), 2);
}

#[test]
fn the_same_count_needs_nothing() {
    assert!(plan_to_count(&initial_directory(64, 16), &[], 16).groups.is_empty());
    assert!(plan_to_count(&[], &[], 16).groups.is_empty());
}

#[test]
fn validate_names_each_fault() {
    let directory = [0, 0, 1, 1, 4];
    let group = |sources: &[ShardId], targets: &[&[u16]]| Group {
        sources: sources.to_vec(),
        targets: targets.iter().map(|slots| slots.to_vec()).collect(),
    };
    let check = |groups: Vec<Group>| Plan { kind: PlanKind::Split, groups }.validate(&directory);
    assert_eq!(check(vec![]), Ok(()));
    assert_eq!(check(vec![group(&[0, 1], &[&[0, 2], &[1, 3]]), group(&[4], &[&[4]])]), Ok(()));
    let faults = [
        (vec![group(&[], &[&[0]])], PlanError::EmptyGroup { group: 0 }),
        (vec![group(&[0], &[])], PlanError::EmptyGroup { group: 0 }),
        (vec![group(&[0], &[&[0, 1], &[]])], PlanError::EmptyTarget { group: 0, target: 1 }),
        (vec![group(&[2], &[&[0]])], PlanError::UnknownShard { shard: 2 }),
        (vec![group(&[9], &[&[0]])], PlanError::UnknownShard { shard: 9 }),
        (vec![group(&[0, 0], &[&[0, 1]])], PlanError::RepeatedShard { shard: 0 }),
        (vec![group(&[0], &[&[0], &[1]]), group(&[0], &[&[0, 1]])], PlanError::RepeatedShard { shard: 0 }),
        (vec![group(&[0], &[&[0], &[2]])], PlanError::ForeignSlot { group: 0, slot: 2 }),
        (vec![group(&[0], &[&[0, 1, 9]])], PlanError::ForeignSlot { group: 0, slot: 9 }),
        (vec![group(&[0], &[&[1, 3]]), group(&[1], &[&[0, 2]])], PlanError::ForeignSlot { group: 0, slot: 3 }),
        (vec![group(&[0], &[&[0, 1], &[1]])], PlanError::RepeatedSlot { slot: 1 }),
        (vec![group(&[0, 1], &[&[0, 1, 2]])], PlanError::MissingSlot { slot: 3 }),
    ];
    for (groups, fault) in faults {
        assert_eq!(check(groups), Err(fault), "{fault}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_leads_to_exactly_the_count_that_was_asked_for(
        directory in vec(0_u16..40, 1..64),
        loads in vec(prop_oneof![Just(0_u32), 0_u32..100, Just(u32::MAX)], 0..70),
        target in 0_usize..80,
    ) {
        let loads: Vec<Load> = loads.into_iter().map(|reads| Load { reads, writes: reads }).collect();
        let plan = plan_to_count(&directory, &loads, target);
        prop_assert_eq!(plan.validate(&directory), Ok(()));
        prop_assert_eq!(plan.shards_after(count(&directory)), target.clamp(1, directory.len()));
        prop_assert!(plan.groups.iter().all(|group| group.sources.len() == 1 || group.targets.len() == 1));
        let in_vain = |group: &Group| group.sources.len() == group.targets.len();
        prop_assert!(!plan.groups.iter().any(in_vain));
    }
}
