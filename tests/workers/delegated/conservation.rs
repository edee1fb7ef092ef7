//! Under load, from many callers, while the store is resharded.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use autoshard::{Entry, Store, StoreBuilder};

use super::{super::builder, block_on};

const CALLERS: u64 = 4;
const KEYS: u64 = 20;
const ROUNDS: u64 = if cfg!(debug_assertions) { 400 } else { 4_000 };

/// Numbers that callers left, in order: a hundred thousand for each caller.
type Numbers = Store<u64, Vec<u64>>;

const BASE: u64 = 100_000;

fn push(number: u64) -> impl FnOnce(Entry<'_, u64, Vec<u64>>) -> usize + Send + 'static {
    move |entry| {
        let mut numbers = entry.or_default();
        numbers.push(number);
        numbers.len()
    }
}

/// Four numbers a round, to one key: delegated, staged, delegated, delegated; the last two without waiting for the ones before. Returns how many were refused.
fn call(store: &Numbers, caller: u64) -> u64 {
    let mut refused = 0;
    for round in 0..ROUNDS {
        let (key, number) = ((caller + round) % KEYS, caller * BASE + 4 * round);
        let first = store.on_owner(&key, push(number));
        let staged = store.stage_upsert(key, vec![number + 1], move |numbers| numbers.push(number + 1));
        let second = store.on_owner(&key, push(number + 2));
        let third = store.on_owner(&key, push(number + 3));
        let results = if round % 2 == 0 {
            [first.wait(), second.wait(), third.wait()]
        } else {
            block_on(async { [first.await, second.await, third.await] })
        };
        refused += results.iter().filter(|result| result.is_err()).count() as u64 + u64::from(staged.is_err());
        let lengths: Vec<_> = results.into_iter().flatten().collect();
        assert!(lengths.is_sorted_by(|before, after| before < after), "one after another: {lengths:?}");
    }
    refused
}

fn conserve(builder: StoreBuilder, may_refuse: bool) {
    let builder = builder.workers(2).set("shards.slots", 64).set("shards.max", 32);
    let store: Numbers = builder.build().expect("the policy is in order");
    let is_over = AtomicBool::new(false);
    let refused: u64 = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn({
                    let store = &store;
                    move || call(store, caller)
                })
            })
            .collect();
        scope.spawn(|| {
            for shards in [1, 16, 3, 32, 2, 8].into_iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                // Somebody may be in the way; what counts is that it goes on.
                let _ = store.reshard(shards);
            }
        });
        let refused = callers.into_iter().map(|caller| caller.join().expect("no panic")).sum();
        is_over.store(true, Ordering::Relaxed);
        refused
    });
    assert!(may_refuse || refused == 0, "{refused} were refused");
    let mut found = 0;
    for (_, numbers) in store {
        found += numbers.len() as u64;
        for caller in 0..CALLERS {
            let own = numbers.iter().filter(|&number| number / BASE == caller);
            assert!(
                own.is_sorted_by(|before, after| before < after),
                "the order of each caller is kept, and nothing is done twice"
            );
        }
    }
    assert_eq!(found + refused, CALLERS * ROUNDS * 4);
}

#[test]
fn each_operation_is_done_once_and_in_order() {
    conserve(builder(), false);
}

#[test]
fn so_it_is_where_there_is_hardly_any_room() {
    conserve(builder().set("workers.queue", 1), false);
}

#[test]
fn so_it_is_where_full_queues_refuse() {
    conserve(builder().set("workers.full", "reject").set("workers.queue", 2), true);
}
