//! rayon's iterators over stores: that nothing is met twice or missed while shards are split and merged, that there are many threads, and that
//! who would wait for itself is told.
#![cfg(feature = "rayon")]
#![forbid(unsafe_code)]

#[path = "../common/churn.rs"]
mod churn;
#[path = "../common/stores.rs"]
mod stores;

mod collections;
mod once;
mod refusals;
mod threads;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads of each pool here, whatever the machine has.
const THREADS: usize = 4;

fn pool() -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(THREADS).build().expect("threads can be had")
}
