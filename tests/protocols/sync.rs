//! What the library's files find as `crate::sync` when they are compiled here, for loom.

mod mutex;
mod raw;

pub(crate) use loom::lazy_static;
pub(crate) use mutex::Mutex;
pub(crate) use parking_lot::lock_api::{
    RawRwLock as RawShared, RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed,
    RawRwLockTimed,
};
pub(crate) use raw::RawRwLock;

pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

pub(crate) mod hint {
    pub(crate) use loom::hint::spin_loop;
}

pub(crate) mod thread {
    pub(crate) use loom::thread::yield_now;

    /// Lets others go on.
    pub(crate) fn sleep(_: std::time::Duration) {
        yield_now();
    }
}

pub(crate) mod time {
    use std::{ops::Add, time::Duration};

    /// The one moment there is: no wait is a long one.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct Instant;

    impl Instant {
        pub(crate) fn now() -> Self {
            Self
        }

        pub(crate) fn elapsed(self) -> Duration {
            Duration::ZERO
        }
    }

    impl Add<Duration> for Instant {
        type Output = Self;

        fn add(self, _: Duration) -> Self {
            self
        }
    }

    impl std::ops::Sub for Instant {
        type Output = Duration;

        fn sub(self, _: Self) -> Duration {
            Duration::ZERO
        }
    }
}

/// Declares statics, made anew for each execution.
macro_rules! statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr;)+) => {
        crate::sync::lazy_static! { $($(#[$meta])* static ref $name: $type = $value;)+ }
    };
}
pub(crate) use statics;

/// loom takes accesses that are sequentially consistent for weaker ones, but knows fences.
pub(crate) fn store_and_fence(word: &atomic::AtomicU64, value: u64) {
    word.store(value, atomic::Ordering::Release);
    atomic::fence(atomic::Ordering::SeqCst);
}

/// After an atomic read-modify-write, which is a fence on some machines, but never to loom.
pub(crate) fn fence_after_swap() {
    atomic::fence(atomic::Ordering::SeqCst);
}

statics! {
    /// What both sides of the asymmetric barrier change: of two who do, the one who comes second sees what the first did before. A
    /// fence has no part in that, so that whoever issues one where a heavy barrier is due is found out. That the light side will do
    /// with nothing at all, only hardware can show.
    static BARRIER: atomic::AtomicU64 = atomic::AtomicU64::new(0);
}

pub(crate) fn light_barrier() {
    BARRIER.fetch_add(1, atomic::Ordering::AcqRel);
}

/// A full fence, too, for whoever executes it.
pub(crate) fn heavy_barrier() {
    BARRIER.fetch_add(1, atomic::Ordering::AcqRel);
    atomic::fence(atomic::Ordering::SeqCst);
}

pub(crate) fn has_heavy_barrier() -> bool {
    true
}

std::thread_local! {
    /// All threads of a model run on one.
    static KEPT: std::cell::RefCell<Vec<std::rc::Rc<dyn std::any::Any>>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Keeps a value as long as the execution.
pub(crate) fn leak<T: 'static>(value: T) -> &'static T {
    let value = std::rc::Rc::new(value);
    let pointer = std::rc::Rc::as_ptr(&value);
    KEPT.with_borrow_mut(|kept| kept.push(value));
    // SAFETY: what is kept is dropped by `forget_execution`, when none of the execution's threads is left.
    unsafe { &*pointer }
}

/// Drops what the last execution has kept, and makes what is there from the beginning: what a thread makes later, it would share with
/// others who have nothing else in common.
pub(crate) fn begin_execution() {
    drop(KEPT.take());
    light_barrier();
}

/// As the standard library's, without its `const`, which loom's does not know.
macro_rules! local {
    ($(static $name:ident: $type:ty = const $value:block;)+) => {
        loom::thread_local! { $(static $name: $type = $value;)+ }
    };
}
pub(crate) use local as thread_local;

/// Declares a constructor. Those of loom's atomics are not constant.
macro_rules! constant {
    ($($function:tt)*) => { $($function)* };
}
pub(crate) use constant;
