//! Conditions produced by hand on real stores, judged when asked to; and beside each a store that has none.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use autoshard::{Condition, Diagnosis, Store, StoreBuilder};

const ENTRIES: u64 = 2_000;
/// Accesses of a test.
const ACCESSES: u64 = 40_000;
/// Accesses between two collections of samples: so few that none is lost.
const COLLECT_EVERY: u64 = 4_000;

/// A store that judges when it is asked to, by however few samples.
fn builder() -> StoreBuilder {
    Store::builder().set("tuner.window_ms", 60_000).set("tuner.samples_min", 100).set("shards.initial", 16)
}

/// What is found after the entries came and all accesses were made.
fn after<S>(builder: StoreBuilder<S>, access: impl Fn(&Store<u64, u64, S>, u64)) -> Diagnosis
where
    S: BuildHasher + Send + Sync + 'static,
{
    let store: Store<u64, u64, S> = builder.build().expect("the policy is valid");
    (0..ENTRIES).for_each(|key| assert_eq!(store.insert(key, key), None));
    for number in 0..ACCESSES {
        access(&store, number);
        if number % COLLECT_EVERY == 0 {
            store.hot_keys();
        }
    }
    store.tune_now();
    store.diagnose()
}

fn even(store: &Store<u64, u64, impl BuildHasher>, number: u64) {
    let key = number % ENTRIES;
    assert_eq!(store.get_cloned(&key), Some(key));
}

#[track_caller]
fn assert_only(diagnosis: &Diagnosis, condition: Condition) {
    let found: Vec<_> = diagnosis.findings().iter().map(|finding| finding.condition).collect();
    assert_eq!(found, [condition], "{diagnosis}");
}

#[test]
fn nothing_is_wrong_where_all_keys_are_alike() {
    let diagnosis = after(builder(), even);
    assert!(diagnosis.is_healthy(), "{diagnosis}");
    let text = diagnosis.to_string();
    assert!(text.starts_with("nothing is wrong that could be seen: of some "), "{text}");
    assert!(text.contains(" accesses to 2,000 entries in "), "{text}");
}

#[test]
fn a_key_that_is_read_in_every_third_access_is_hot() {
    let diagnosis = after(builder(), |store, number| match number % 3 {
        0 => assert_eq!(store.get_cloned(&7), Some(7)),
        _ => even(store, number),
    });
    assert_only(&diagnosis, Condition::HotKey);
    let share = diagnosis.findings()[0].figure("share").expect("it is among the figures");
    assert!((0.25..0.4).contains(&share), "{diagnosis}");
}

#[test]
fn a_key_that_is_written_in_every_third_access_is_write_hot() {
    let diagnosis = after(builder(), |store, number| match number % 3 {
        0 => assert!(store.update(&7, |value| *value).is_some()),
        _ => even(store, number),
    });
    assert_only(&diagnosis, Condition::WriteHotKey);
}

/// Gives keys one of four hashes, that differ in their lowest bits alone.
#[derive(Default)]
struct Poor(u64);

impl Hasher for Poor {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum + u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0 % 4
    }
}

#[test]
fn a_hash_of_few_values_does_not_spread() {
    let builder = builder().hasher(BuildHasherDefault::<Poor>::default());
    assert_only(&after(builder, even), Condition::UnevenHash);
}

#[test]
fn a_policy_without_room_for_the_shards_that_are_needed_is_told_of() {
    let few = || builder().set("shards.initial", 4).set("shards.max", 4);
    let diagnosis = after(few().set("shards.entries_max", 64), even);
    assert_only(&diagnosis, Condition::RemedyForbidden);
    assert!(diagnosis.to_string().contains("there are 4 shards already, the policy's most"), "{diagnosis}");
    let enough = after(few().set("shards.entries_max", 2_000), even);
    assert!(enough.is_healthy(), "{enough}");
}

#[test]
fn a_disabled_tuner_is_told_of_only_where_it_would_act() {
    let disabled = || builder().set("tuner.enabled", false).set("shards.initial", 4).set("shards.max", 4);
    let written = |store: &Store<u64, u64>, number| {
        assert!(store.update(&(number % ENTRIES), |value| *value).is_some());
    };
    let diagnosis = after(disabled().set("shards.entries_max", 64), written);
    assert_only(&diagnosis, Condition::RemedyForbidden);
    assert!(diagnosis.to_string().contains("the policy says tuner.enabled = false"), "{diagnosis}");
    let enough = after(disabled().set("shards.entries_max", 2_000), written);
    assert!(enough.is_healthy(), "{enough}");
}
