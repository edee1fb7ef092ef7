//! A clock that nothing moves but sleep, so that a schedule is the same each time it is replayed.
#![forbid(unsafe_code)]

use std::{
    ops::{Add, Sub},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

super::statics! {
    /// Nanoseconds slept so far, by all threads of the execution. Not one of shuttle's atomics: looking at the clock is no
    /// occasion for anybody else to go on.
    static SLEPT_NS: AtomicU64 = AtomicU64::new(0);
}

/// A moment of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Self(Duration::from_nanos(SLEPT_NS.load(Ordering::Relaxed)))
    }

    pub(crate) fn elapsed(&self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add(time))
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Moves the clock, and lets others go on.
pub(crate) fn sleep(time: Duration) {
    SLEPT_NS.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    shuttle::thread::yield_now();
}
