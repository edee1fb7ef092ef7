//! The only place that names atomics, locks and threads, so that a model checker can put its own in their place.
#![forbid(unsafe_code)]

pub(crate) use parking_lot::{Condvar, Mutex};

pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

pub(crate) mod thread {
    pub(crate) use std::thread::{Builder, JoinHandle, sleep};
}

pub(crate) use std::sync::{Arc, OnceLock, Weak};

/// The raw reader-writer lock below every shard.
///
/// Version 0.12 of `parking_lot`, on purpose: a thread that already holds a guard must be able to enter another shard
/// for reading past a queued writer, for this one acquisition (rule 6 of the design), and 0.13 made recursion a
/// property of the lock instead.
pub(crate) use parking_lot::RawRwLock;
pub(crate) use parking_lot::lock_api::{
    RawRwLock as RawShared, RawRwLockDowngrade, RawRwLockRecursive, RawRwLockTimed,
};
