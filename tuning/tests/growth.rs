//! Full shards are divided within the policy's limits, and only where that helps.

use autoshard_tuning::{FullShard, Policy, ShardsPolicy, even_parts};
use proptest::prelude::*;

fn policy(entries_max: u64, max: u32) -> ShardsPolicy {
    let mut policy = Policy::default().shards;
    (policy.entries_max, policy.max) = (entries_max, max);
    policy
}

#[test]
fn a_small_store_gets_shards_for_its_cores_and_then_larger_ones() {
    let policy = policy(32_768, 1024);
    let parts = |entries, shards| policy.parts_of_full(FullShard { entries, slots: 64 }, shards, 2);
    assert_eq!(parts(224, 8), 1, "tables of a few entries double at no cost");
    assert_eq!(parts(448, 8), 4);
    assert_eq!(parts(448, 32), 2, "each of these 32 is to be split");
    assert_eq!(parts(448, 63), 2);
    assert_eq!(parts(448, 64), 1, "64 shards are enough for two cores");
    assert_eq!(parts(14_336, 64), 1);
    assert_eq!(parts(28_672, 64), 2, "a doubled table would have more than the policy's 32,768");
    assert_eq!(parts(1_000_000, 64), 62, "each about half full");
}

proptest! {
    #[test]
    fn no_limit_is_exceeded(
        entries in 0..u64::MAX,
        slots in 1_u32..=65_536,
        shards in 1_u32..=40_000,
        cores in 0_u32..=4096,
        entries_max in prop_oneof![Just(0), 16_u64..1_000_000],
        max in 1_u32..=32_768,
    ) {
        let parts = policy(entries_max, max).parts_of_full(FullShard { entries, slots }, shards, cores);
        prop_assert!(parts >= 1 && parts <= slots);
        prop_assert!(parts == 1 || shards + parts - 1 <= max);
    }

    #[test]
    fn even_parts_are_all_slots_in_order(slots in prop::collection::vec(0_u16.., 1..200), parts in 0_usize..300) {
        let divided: Vec<&[u16]> = even_parts(&slots, parts).collect();
        prop_assert_eq!(divided.concat(), slots.clone());
        prop_assert_eq!(divided.len(), parts.clamp(1, slots.len()));
        let (least, most) = (divided.iter().map(|part| part.len()).min(), divided.iter().map(|part| part.len()).max());
        prop_assert!(most.unwrap_or(0) - least.unwrap_or(0) <= 1);
    }
}
