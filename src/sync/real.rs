//! Atomics, locks, threads and clock as they are.
#![forbid(unsafe_code)]

pub(crate) use parking_lot::{Condvar, Mutex};

pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

pub(crate) mod hint {
    pub(crate) use std::hint::spin_loop;
}

pub(crate) mod thread {
    pub(crate) use std::thread::{Builder, JoinHandle, sleep};
}

pub(crate) mod time {
    pub(crate) use std::time::Instant;
}

pub(crate) use std::{sync::OnceLock, thread_local};

/// The raw reader-writer lock below every shard.
///
/// Version 0.12 of `parking_lot`, on purpose: a thread that already holds a guard must be able to enter another shard
/// for reading past a queued writer, for this one acquisition (rule 6 of the design), and 0.13 made recursion a
/// property of the lock instead.
pub(crate) use parking_lot::RawRwLock;

/// Keeps a value for ever. Every line of a thread is one; in a model, these would add up.
pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Declares statics. In a model they would go from one execution to the next, so they are made anew for each there.
macro_rules! statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr;)+) => {
        $($(#[$meta])* static $name: $type = $value;)+
    };
}
pub(crate) use statics;
