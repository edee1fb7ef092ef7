//! Atomics, locks, threads and clock as they are.
#![forbid(unsafe_code)]

pub(crate) use crossbeam_queue::ArrayQueue as BoundedQueue;
pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};

pub(crate) mod atomic {
    #[cfg(not(autoshard_tsan))]
    pub(crate) use std::sync::atomic::fence;
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
    };

    /// ThreadSanitizer knows no fences: it is shown a read-modify-write instead, of a word that all fences share. With the fence's own
    /// ordering, so that no more accesses than that are taken for ordered.
    #[cfg(autoshard_tsan)]
    pub(crate) fn fence(ordering: Ordering) {
        static FENCES: AtomicU64 = AtomicU64::new(0);
        FENCES.fetch_add(1, ordering);
    }
}

pub(crate) mod hint {
    pub(crate) use std::hint::spin_loop;
}

pub(crate) mod thread {
    pub(crate) use std::thread::{Builder, JoinHandle, sleep, yield_now};
}

pub(crate) mod time {
    pub(crate) use std::time::Instant;
}

pub(crate) use super::barrier::{has_heavy_barrier, heavy_barrier, heavy_barriers, light_barrier};
pub(crate) use std::{sync::OnceLock, thread_local};

/// Stores, and does not go on before everybody can see it. Pairs with itself, or with a full fence or heavy barrier, in whoever
/// stores elsewhere and then loads this.
#[inline]
pub(crate) fn store_and_fence(word: &atomic::AtomicU64, value: u64) {
    if cfg!(target_arch = "x86_64") {
        // On this architecture a locked instruction orders all accesses before it and after it, and costs less than a store and a
        // fence. The memory model does not promise so much of a read-modify-write, so the compiler is told separately.
        word.swap(value, atomic::Ordering::SeqCst);
        std::sync::atomic::compiler_fence(atomic::Ordering::SeqCst);
    } else {
        word.store(value, atomic::Ordering::Release);
        atomic::fence(atomic::Ordering::SeqCst);
    }
}

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

/// Declares a constructor that is constant wherever those of atomics are; loom's are not.
macro_rules! constant {
    ($visibility:vis fn $($function:tt)*) => { $visibility const fn $($function)* };
}
pub(crate) use constant;

/// After an atomic read-modify-write: a full fence. On x86-64 the former is one already.
#[inline(always)]
pub(crate) fn fence_after_swap() {
    if cfg!(target_arch = "x86_64") {
        std::sync::atomic::compiler_fence(atomic::Ordering::SeqCst);
    } else {
        atomic::fence(atomic::Ordering::SeqCst);
    }
}
