//! Under load, from several producers, while the store is resharded: each confirmed write is made once, in its producer's order.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use autoshard::{Store, StoreBuilder};

use super::builder;

const PRODUCERS: u64 = 3;
const KEYS: u64 = 40;
const WRITES: u64 = if cfg!(debug_assertions) { 6_000 } else { 60_000 };

/// How often, and by producer the last number: numbers of one producer must come in order.
#[derive(Clone, Default)]
struct Record {
    updates: u64,
    last: HashMap<u64, u64>,
    is_in_order: bool,
}

impl Record {
    fn new() -> Self {
        Self { is_in_order: true, ..Self::default() }
    }

    fn note(&mut self, producer: u64, number: u64) {
        self.updates += 1;
        self.is_in_order &= self.last.insert(producer, number).is_none_or(|last| last < number);
    }
}

fn conserve(builder: StoreBuilder, by_hand_over: bool) {
    let builder = builder.workers(2).set("shards.slots", 64).set("shards.max", 32);
    let store: Store<u64, Record> =
        if by_hand_over { builder.build_by_hand_over() } else { builder.build() }.expect("the policy is in order");
    (0..KEYS).for_each(|key| assert!(store.insert(key, Record::new()).is_none()));
    let is_over = AtomicBool::new(false);
    let confirmed = thread::scope(|scope| {
        let produce = |producer: u64| {
            let store = &store;
            move || {
                let mut confirmed = HashMap::<u64, u64>::new();
                let mut random = producer * 7919 + 1;
                for number in 0..WRITES {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let key = (random >> 33) % KEYS;
                    if store.stage_update(key, move |record: &mut Record| record.note(producer, number)).is_ok() {
                        *confirmed.entry(key).or_default() += 1;
                    }
                    if number % 1000 == 0 {
                        store.flush().expect("nothing is held");
                        let seen = store.update(&key, |record| record.last.get(&producer).copied());
                        let is_kept =
                            confirmed.contains_key(&key) && store.workers().iter().all(|worker| worker.dropped == 0);
                        assert!(!is_kept || seen.flatten().is_some(), "a flush makes visible");
                    }
                }
                confirmed
            }
        };
        let producers: Vec<_> = (0..PRODUCERS).map(|producer| scope.spawn(produce(producer))).collect();
        scope.spawn(|| {
            for shards in [1, 16, 3, 32, 2, 8].into_iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                // Somebody may be in the way; what counts is that it goes on.
                let _ = store.reshard(shards);
            }
        });
        let confirmed: Vec<_> = producers.into_iter().map(|producer| producer.join().expect("no panic")).collect();
        is_over.store(true, Ordering::Relaxed);
        confirmed
    });
    let workers = store.workers();
    let dropped: u64 = workers.iter().map(|worker| worker.dropped).sum();
    let rejected: u64 = workers.iter().map(|worker| worker.rejected).sum();
    let total: u64 = confirmed.iter().flat_map(HashMap::values).sum();
    assert_eq!(total + rejected, PRODUCERS * WRITES);
    let mut found = 0;
    for (key, record) in store {
        assert!(record.is_in_order, "the order of each producer is kept");
        let expected: u64 = confirmed.iter().filter_map(|confirmed| confirmed.get(&key)).sum();
        assert!(record.updates == expected || dropped > 0, "{key}: {} of {expected}", record.updates);
        found += record.updates;
    }
    assert_eq!(found + dropped, total);
}

#[test]
fn each_confirmed_write_is_made_once_and_in_order() {
    for by_hand_over in [false, true] {
        conserve(builder(), by_hand_over);
    }
}

#[test]
fn so_it_is_where_full_queues_hand_back() {
    conserve(builder().set("workers.full", "reject"), false);
}

#[test]
fn so_it_is_where_full_queues_drop_the_oldest() {
    conserve(builder().set("workers.full", "drop_oldest"), false);
}
