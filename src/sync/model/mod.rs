//! Atomics, locks, threads and clock, under a model checker.
//!
//! Shuttle runs all threads of an execution on one, and chooses at each of their operations on these types who goes on. It
//! knows no weak orderings: every atomic is sequentially consistent here, and every fence does nothing.

mod clock;
mod leak;
mod locks;
mod once;
mod queue;
mod raw;

pub(crate) mod atomic {
    pub(crate) use shuttle::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

pub(crate) mod hint {
    pub(crate) use shuttle::hint::spin_loop;
}

pub(crate) mod thread {
    pub(crate) use std::thread::JoinHandle;

    pub(crate) use super::clock::sleep;
    pub(crate) use shuttle::thread::yield_now;

    /// Starts no thread: a model has the threads that it makes itself, and the tuner is none of them.
    pub(crate) struct Builder;

    impl Builder {
        pub(crate) fn new() -> Self {
            Self
        }

        pub(crate) fn name(self, _: String) -> Self {
            self
        }

        pub(crate) fn spawn<T>(self, _: impl FnOnce() -> T) -> std::io::Result<JoinHandle<T>> {
            Err(std::io::Error::other("a model has no background thread"))
        }
    }
}

pub(crate) mod time {
    pub(crate) use super::clock::Instant;
}

pub(crate) use leak::leak;
pub(crate) use locks::{Condvar, Mutex, MutexGuard};
pub(crate) use once::OnceLock;
pub(crate) use queue::BoundedQueue;
pub(crate) use raw::RawRwLock;
pub(crate) use shuttle::thread_local;

/// Declares statics, made anew for each execution.
macro_rules! statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr;)+) => {
        shuttle::lazy_static! { $($(#[$meta])* static ref $name: $type = $value;)+ }
    };
}
pub(crate) use statics;

/// Declares a constructor that is constant wherever those of atomics are; loom's are not.
macro_rules! constant {
    ($visibility:vis fn $($function:tt)*) => { $visibility const fn $($function)* };
}
pub(crate) use constant;

/// Shuttle's atomics are sequentially consistent: a store is seen by all at once.
pub(crate) fn store_and_fence(word: &atomic::AtomicU64, value: u64) {
    word.store(value, atomic::Ordering::SeqCst);
}

pub(crate) fn light_barrier() {}

pub(crate) fn heavy_barrier() {}

pub(crate) fn has_heavy_barrier() -> bool {
    true
}

pub(crate) fn heavy_barriers() -> u64 {
    0
}

pub(crate) fn fence_after_swap() {}
