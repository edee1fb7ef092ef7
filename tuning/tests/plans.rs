//! Plans: the count that was asked for, balance, and what `validate` finds.

use autoshard_tuning::{Group, Load, Plan, PlanError, PlanKind, ShardId, Sharding, initial_directory, plan_to_count};
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

const SHARDINGS: [Sharding; 4] = [Sharding::Ranges, Sharding::Modulo, Sharding::Bitmask, Sharding::Consistent];

/// The directory after a plan, whose targets have fresh numbers.
fn carried_out(plan: &Plan, directory: &[ShardId]) -> Vec<ShardId> {
    let mut after = directory.to_vec();
    let fresh = directory.iter().max().map_or(0, |id| id + 1);
    for (id, slots) in (fresh..).zip(plan.groups.iter().flat_map(|group| &group.targets)) {
        slots.iter().for_each(|&slot| after[usize::from(slot)] = id);
    }
    after
}

/// Shards numbered in the order of their first slots, so that equal layouts are equal.
fn numbered(directory: &[ShardId]) -> Vec<usize> {
    let mut order: Vec<ShardId> = Vec::new();
    let mut number = |shard: &ShardId| {
        let known = order.iter().position(|known| known == shard);
        known.unwrap_or_else(|| {
            order.push(*shard);
            order.len() - 1
        })
    };
    directory.iter().map(&mut number).collect()
}

#[test]
fn every_sharding_gives_each_shard_a_slot() {
    for sharding in SHARDINGS {
        for (slots, shards) in [(1, 1), (4, 9), (4, 0), (64, 1), (64, 7), (64, 64), (4096, 1024), (65_536, 300)] {
            let expected = sharding.shard_count(slots, shards);
            let directory = sharding.directory(slots, expected);
            assert_eq!((directory.len(), count(&directory)), (slots, expected), "{sharding}: {slots}, {shards}");
            assert!(directory.iter().all(|&id| usize::from(id) < expected), "{sharding}: {slots}, {shards}");
        }
    }
}

#[test]
fn consistent_hashing_moves_slots_to_the_shard_that_is_added_and_no_other() {
    let (before, after) = (Sharding::Consistent.directory(4096, 64), Sharding::Consistent.directory(4096, 65));
    let moved = before.iter().zip(&after).filter(|(before, after)| before != after);
    let moved_elsewhere = moved.clone().filter(|(_, after)| **after != 64).count();
    assert_eq!(moved_elsewhere, 0);
    assert!((30..130).contains(&moved.count()), "a 65th of the slots is 63");
}

#[test]
fn a_modulo_that_doubles_splits_each_shard_alone() {
    let plan = Sharding::Modulo.plan(&Sharding::Modulo.directory(64, 8), &[], 16);
    assert!(plan.groups.iter().all(|group| group.sources.len() == 1 && group.targets.len() == 2), "{plan:?}");
    assert_eq!(plan.groups.len(), 8);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_of_a_sharding_lead_to_its_layout_from_any(
        directory in vec(0..20_u16, 1..200),
        wanted in 0..250_usize,
    ) {
        for sharding in SHARDINGS {
            let plan = sharding.plan(&directory, &[], wanted);
            prop_assert_eq!(plan.validate(&directory), Ok(()), "{}", sharding);
            let after = carried_out(&plan, &directory);
            let shards = sharding.shard_count(directory.len(), wanted);
            prop_assert_eq!((count(&after), plan.shards_after(count(&directory))), (shards, shards), "{}", sharding);
            if sharding != Sharding::Ranges {
                prop_assert_eq!(numbered(&after), numbered(&sharding.directory(directory.len(), shards)), "{}", sharding);
                prop_assert_eq!(sharding.plan(&after, &[], wanted).groups, []);
            }
        }
    }
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
