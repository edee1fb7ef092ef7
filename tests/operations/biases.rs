//! Modes of the shards' locks, as the policy forces them.

use autoshard::{Store, telemetry::BiasCounts};

/// Shards of each store, and then of each after it was resharded.
const SHARDS: [usize; 2] = [8, 32];

/// `None` if the environment, which is above all, forces another mode: so may whoever runs all tests in one.
fn forced(bias: &str) -> Option<Store<u64, u64>> {
    let builder = Store::builder().set("lock.bias", bias).set("shards.initial", SHARDS[0]);
    let store: Store<u64, u64> = builder.set("tuner.strategy", "fixed").build().expect("the policy is valid");
    (store.policy().lock.bias.name() == bias).then_some(store)
}

fn counts(store: &Store<u64, u64>) -> BiasCounts {
    let counts = store.telemetry().biases;
    let BiasCounts { neutral, fenced, asymmetric, owned, .. } = counts;
    assert_eq!((neutral + fenced + asymmetric + owned) as usize, store.shard_count());
    counts
}

#[test]
fn a_mode_of_the_policy_is_in_place_with_the_first_entry_and_in_fresh_shards() {
    for bias in ["neutral", "fenced"] {
        let Some(store) = forced(bias) else { continue };
        (0..1000).for_each(|number| assert_eq!(store.insert(number, number), None));
        for shards in SHARDS {
            store.reshard(shards).expect("nobody is in the way");
            let BiasCounts { neutral, fenced, .. } = counts(&store);
            let found = if bias == "neutral" { neutral } else { fenced };
            assert_eq!(found as usize, shards, "{bias}");
        }
        assert!((0..1000).all(|number| store.get_cloned(&number) == Some(number)), "{bias}");
    }
}

#[test]
fn what_a_write_breaks_is_put_in_place_again_at_the_next_judgement() {
    let Some(store) = forced("asymmetric") else { return };
    for round in 0..3 {
        for number in 0..1000 {
            store.insert(number, round);
        }
        store.tune_now();
        let BiasCounts { neutral, fenced, asymmetric, .. } = counts(&store);
        // Fenced where the system has no heavy barrier.
        assert_eq!((neutral, fenced.max(asymmetric) as usize), (0, SHARDS[0]), "round {round}");
    }
}

#[test]
fn an_owned_store_serves_other_threads_too() {
    let Some(store) = forced("owned") else { return };
    (0..1000).for_each(|number| assert_eq!(store.insert(number, number), None));
    let BiasCounts { neutral, owned, .. } = counts(&store);
    assert_eq!(neutral.max(owned) as usize, SHARDS[0], "neutral where the system has no heavy barrier");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                (0..1000).for_each(|number| assert_eq!(store.update(&number, |value| *value += 1), Some(())))
            });
        }
    });
    assert!((0..1000).all(|number| store.get_cloned(&number) == Some(number + 2)));
}
