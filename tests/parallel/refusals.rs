//! Who would wait for itself, or for the pool that waits for it, is told.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use autoshard::Store;
use rayon::prelude::*;

use crate::pool;

fn store() -> Store<u64, u64> {
    let store =
        Store::builder().set("shards.initial", 16).set("tuner.enabled", false).build().expect("the policy is valid");
    (0..1_000).for_each(|key| assert_eq!(store.insert(key, key), None));
    store
}

fn told(refused: impl FnOnce()) -> String {
    let panic: Box<dyn Any + Send> =
        catch_unwind(AssertUnwindSafe(refused)).expect_err("this should have been refused");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_task_that_writes_where_it_is_is_told() {
    let (store, pool) = (store(), pool());
    let told = told(|| pool.install(|| store.par_iter().for_each(|entry| _ = store.insert(*entry.key(), 0))));
    assert!(told.starts_with("this thread would wait for itself") && told.contains("refusals.rs"), "{told}");
    assert_eq!(store.len(), 1_000);
    assert!(store.iter().all(|entry| entry.key() == entry.value()), "nothing was written");
    pool.install(|| store.par_iter_mut().for_each(|mut entry| *entry += 1));
    assert!(store.iter().all(|entry| entry.key() + 1 == *entry.value()), "nothing has stayed locked");
}

/// Tasks write to each other's shards.
#[test]
fn tasks_that_write_to_each_others_shards_are_told() {
    let (store, pool) = (store(), pool());
    let told = told(|| {
        pool.install(|| store.par_iter_mut().for_each(|entry| _ = store.insert((*entry.key() + 1) % 1_000, 0)));
    });
    let is_said = ["this thread would wait for itself", "threads would wait for one another", "works by luck"];
    assert!(is_said.iter().any(|said| told.contains(said)), "{told}");
    pool.install(|| store.par_iter_mut().for_each(|mut entry| *entry = 7));
    assert!(store.iter().all(|entry| *entry == 7), "nothing has stayed locked");
}

#[test]
fn who_holds_a_guard_and_waits_for_the_pool_is_told() {
    let (store, pool) = (store(), pool());
    pool.install(|| {
        let held = store.get_mut(&1);
        let told = told(|| store.par_iter().for_each(drop));
        assert!(
            told.starts_with("this thread would wait for itself") && told.matches("refusals.rs").count() == 2,
            "{told}"
        );
        drop(held);
        let held = store.get(&1);
        assert!(self::told(|| store.par_iter_mut().for_each(drop)).starts_with("this thread would wait for itself"));
        drop(held);
        let held = store.iter().next();
        assert!(self::told(|| store.par_iter_mut().for_each(drop)).starts_with("this thread would wait for itself"));
        drop(held);
    });
    assert_eq!(store.par_iter().count(), 1_000);
}

/// A writer that waits for the guard does not keep out the pool, for which the guard's thread waits.
#[test]
fn who_holds_a_guard_for_reading_may_read_in_parallel_whoever_waits_to_write() {
    let (store, pool) = (store(), pool());
    let is_written = AtomicBool::new(false);
    thread::scope(|scope| {
        let held = store.get(&1);
        scope.spawn(|| {
            store.insert(1, 1);
            is_written.store(true, Ordering::Relaxed);
        });
        for _ in 0..50 {
            assert_eq!(pool.install(|| store.par_iter().count()), 1_000);
            thread::yield_now();
        }
        assert!(!is_written.load(Ordering::Relaxed), "the guard keeps the writer out");
        drop(held);
    });
    assert!(is_written.into_inner());
}

#[test]
fn a_panic_comes_to_the_caller_and_leaves_nothing_locked() {
    let (store, pool) = (store(), pool());
    let panic = catch_unwind(AssertUnwindSafe(|| {
        pool.install(|| store.par_iter_mut().for_each(|entry| assert_ne!(*entry.key(), 500, "on purpose")));
    }));
    assert!(panic.is_err());
    assert!((0..1_000).all(|key| store.try_get_mut(&key).is_present()));
}
