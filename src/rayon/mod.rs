//! Parallel iterators, for [`rayon`](https://docs.rs/rayon): the feature `rayon`.
//!
//! Each shard is a task of its own, on whatever thread of the pool has time for it. So a store with one shard, a small one, is gone over by
//! one thread.
//!
//! ```
//! use autoshard::Store;
//! use rayon::prelude::*;
//!
//! let store: Store<u64, u64> = (0..10_000).into_par_iter().map(|key| (key, key)).collect();
//! store.par_iter_mut().for_each(|mut entry| *entry *= 2);
//! assert_eq!(store.par_iter().map(|entry| *entry.value()).sum::<u64>(), 99_990_000);
//! assert_eq!(store.into_par_iter().filter(|(_, value)| value % 4 == 0).count(), 5_000);
//! ```
//!
//! # Under concurrency
//!
//! As [`Store::iter`](crate::Store::iter) and [`Store::iter_mut`](crate::Store::iter_mut): an entry that is there throughout is met exactly
//! once, whatever shards are split or merged meanwhile; what comes and goes may or may not be met. Each thread holds one shard at a time, for as
//! long as it goes over it, and all those whose entries it has kept. Shards that nobody is in are open to everybody.
//!
//! A function that is called with an entry must not write to the store:
//!
//! * It holds the entry's shard. To write there would be to wait for itself, and panics; so does, in builds with debug assertions, any write
//!   to a key of the store, for which shard that is in changes. Two threads that want each other's shards are a circle, and one of them panics.
//!   rayon hands the panic on to the caller.
//! * A thread that holds a guard and calls `par_iter_mut`, or holds one for writing and calls `par_iter`, would wait for the pool, and the pool for
//!   it: it panics as well.
//! * What is *not* seen: entries that were kept (`collect::<Vec<_>>()` of guards), and are held by another thread than went over them. Who then writes waits
//!   for itself; [`Store::diagnose`](crate::Store::diagnose), called by any other thread, says so. Keep what is in entries (`map(|entry| *entry.key())`), not entries.
#![forbid(unsafe_code)]

pub mod map;
mod part;
mod read_only;
