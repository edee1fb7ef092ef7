//! The strategy `formula`: when it grows and shrinks. What it asks for is tested beside it.

use autoshard_tuning::{Cause, Decision, HotKeyEstimate, Strategy};

use crate::plant::{Plant, usual_policy};

fn plant(shards: usize) -> Plant {
    let mut policy = usual_policy();
    policy.tuner.strategy = Strategy::Formula;
    Plant::new(&policy, 64, shards, 2e6)
}

/// Keys of these shares.
fn keys(shares: &[f64]) -> Vec<HotKeyEstimate> {
    let key = |(slot, &share)| HotKeyEstimate {
        slot,
        share,
        share_lower: share,
        share_upper: share,
        ..HotKeyEstimate::default()
    };
    (0..).zip(shares).map(key).collect()
}

fn judged(plant: &mut Plant) -> (Cause, usize, Decision) {
    let decision = plant.windows(10);
    let cause = plant.changes.first().map_or(decision.cause, |(decision, _)| decision.cause);
    (cause, plant.shard_count(), decision)
}

#[test]
fn skewed_keys_grow_to_the_formulas_count() {
    let mut plant = plant(4);
    // Mean 0.1, standard deviation 0.1: a relative dispersion of 1, so base 4 times the most, 2.5.
    plant.hot_keys = keys(&[0.2, 0.0]);
    let (cause, shards, decision) = judged(&mut plant);
    assert_eq!((cause, shards), (Cause::Skew, 10), "{decision}");
}

#[test]
fn keys_of_equal_frequency_do_not_grow() {
    let mut plant = plant(2);
    plant.hot_keys = keys(&[0.1, 0.1, 0.12]);
    let (cause, shards, decision) = judged(&mut plant);
    assert_eq!((cause, shards), (Cause::Balanced, 2), "{decision}");
    let expected = "the formula wants 5 shards where there are 2: key skew 0.09 (grows above 0.35), \
                    load spread 0.00 (shrinks below 0.12), \
                    use of the processor unknown (shrinks below 40 %)";
    assert_eq!(decision.reason, expected);
}

#[test]
fn it_shrinks_only_when_the_processor_is_idle_and_load_even() {
    let shards_with = |cpu_use, heavy_slot: f64| {
        let mut plant = plant(32);
        plant.cpu_use = cpu_use;
        plant.slot_rates[5] *= heavy_slot;
        judged(&mut plant).1
    };
    assert_eq!(shards_with(Some(0.39), 1.0), 4);
    assert_eq!(shards_with(Some(0.41), 1.0), 32, "the processor is used");
    assert_eq!(shards_with(None, 1.0), 32, "what is not known is not below anything");
    assert_eq!(shards_with(Some(0.1), 3.0), 32, "load is uneven");
}

#[test]
fn a_change_of_the_layout_empties_the_sliding_window() {
    let mut plant = plant(4);
    plant.hot_keys = keys(&[0.2, 0.0]);
    plant.until_change(3);
    plant.hot_keys = keys(&[0.1, 0.1]);
    let decision = plant.windows(3);
    assert!(decision.reason.contains("key skew 0.00"), "{decision}");
}
