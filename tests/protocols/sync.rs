//! What the library's files find as `crate::sync` when they are compiled here, for loom.

mod mutex;
mod raw;

pub(crate) use loom::lazy_static;
pub(crate) use mutex::Mutex;
pub(crate) use parking_lot::lock_api::{
    RawRwLock as RawShared, RawRwLockDowngrade, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed,
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

/// loom takes accesses that are sequentially consistent for weaker ones, but knows fences.
pub(crate) fn store_and_fence(word: &atomic::AtomicU64, value: u64) {
    word.store(value, atomic::Ordering::Release);
    atomic::fence(atomic::Ordering::SeqCst);
}

/// After an atomic read-modify-write, which is a fence on some machines, but never to loom.
pub(crate) fn fence_after_swap() {
    atomic::fence(atomic::Ordering::SeqCst);
}

/// Both sides of the asymmetric barrier are full fences here. That the one which costs nothing will do, only hardware can show.
pub(crate) fn light_barrier() {
    atomic::fence(atomic::Ordering::SeqCst);
}

pub(crate) fn heavy_barrier() {
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

/// Drops what the last execution has kept.
pub(crate) fn forget_execution() {
    drop(KEPT.take());
}

/// As the standard library's, without its `const`, which loom's does not know.
macro_rules! local {
    ($(static $name:ident: $type:ty = const $value:block;)+) => {
        loom::thread_local! { $(static $name: $type = $value;)+ }
    };
}
pub(crate) use local as thread_local;

/// Declares statics, made anew for each execution.
macro_rules! statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr;)+) => {
        crate::sync::lazy_static! { $($(#[$meta])* static ref $name: $type = $value;)+ }
    };
}
pub(crate) use statics;

/// Declares a constructor. Those of loom's atomics are not constant.
macro_rules! constant {
    ($($function:tt)*) => { $($function)* };
}
pub(crate) use constant;
