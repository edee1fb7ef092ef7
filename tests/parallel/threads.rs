//! That there are many threads: two tasks meet, each inside a function that was called with an entry, which one thread alone could not do.

use std::{
    collections::HashSet,
    sync::{Condvar, Mutex},
    thread,
};

use autoshard::{Store, compat::dashmap::DashSet};
use rayon::prelude::*;

use crate::pool;

/// Waits until so many threads were here.
struct Meeting {
    threads: Mutex<HashSet<thread::ThreadId>>,
    all_here: Condvar,
    wanted: usize,
}

impl Meeting {
    fn of(wanted: usize) -> Self {
        Self { threads: Mutex::default(), all_here: Condvar::new(), wanted }
    }

    /// Returns when all have come.
    fn attend(&self) {
        let mut threads = self.threads.lock().expect("no panic");
        threads.insert(thread::current().id());
        self.all_here.notify_all();
        drop(self.all_here.wait_while(threads, |threads| threads.len() < self.wanted).expect("no panic"));
    }
}

fn store() -> Store<u64, u64> {
    let store =
        Store::builder().set("shards.initial", 16).set("tuner.enabled", false).build().expect("the policy is valid");
    (0..1_000).for_each(|key| assert_eq!(store.insert(key, key), None));
    store
}

#[test]
fn several_threads_are_inside_shards_at_once() {
    let (store, pool) = (store(), pool());
    let shared = Meeting::of(3);
    pool.install(|| store.par_iter().for_each(|_| shared.attend()));
    let exclusive = Meeting::of(3);
    pool.install(|| store.par_iter_mut().for_each(|_| exclusive.attend()));
    let owning = Meeting::of(2);
    pool.install(|| store.into_par_iter().for_each(|_| owning.attend()));
}

#[test]
fn sets_and_views_are_gone_over_by_several_threads() {
    let pool = pool();
    let set: DashSet<u64> = (0..10_000).collect();
    assert!(set.len() == 10_000);
    let of_set = Meeting::of(2);
    pool.install(|| set.par_iter().for_each(|_| of_set.attend()));
    let view = store().into_read_only();
    let of_view = Meeting::of(2);
    pool.install(|| view.par_iter().for_each(|_| of_view.attend()));
}
