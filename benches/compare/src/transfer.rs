//! How long a cache line takes from one core to another. On virtual machines it changes within minutes, and with it the
//! figures of every map: rounds are comparable within one regime only.

use std::{
    fmt, hint,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Instant,
};

use serde::{Deserialize, Serialize};

use crate::cores;

/// Round trips of one measurement: under a millisecond when cores are near.
const ROUND_TRIPS: u32 = 5_000;

/// Measurements, of which the least counts: whatever disturbs one makes it longer.
const MEASUREMENTS: usize = 5;

/// Transfers up to this are near. Half of the 220 ns measured where cores are far; the near ones measured take 25 ns, and up
/// to 80 ns beside other work.
const NEAR_NS_MAX: f64 = 110.0;

/// Spins before a waiting thread lets others run, should both threads be on one core.
const SPINS_MAX: u32 = 10_000;

/// What a transfer says of the cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Regime {
    /// As between cores that share a cache.
    Near,
    /// As between sockets.
    Far,
    /// There is one core only.
    Single,
}

impl Regime {
    /// The regime of a transfer, in nanoseconds one way.
    pub(crate) fn of(transfer_ns: Option<f64>) -> Self {
        match transfer_ns {
            None => Self::Single,
            Some(nanoseconds) if nanoseconds <= NEAR_NS_MAX => Self::Near,
            Some(_) => Self::Far,
        }
    }
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Near => "near",
            Self::Far => "far",
            Self::Single => "single core",
        })
    }
}

/// One way between the first two cores, in nanoseconds; `None` on a single core.
pub(crate) fn measure_ns() -> Option<f64> {
    if cores::count() < 2 {
        return None;
    }
    (0..MEASUREMENTS).map(|_| measure_once_ns()).min_by(f64::total_cmp)
}

/// Two threads pass a counter to and fro: one makes it odd, the other even.
fn measure_once_ns() -> f64 {
    let counter = AtomicU32::new(0);
    let elapsed = thread::scope(|scope| {
        scope.spawn(|| {
            cores::pin(1);
            pass_from(&counter, 1);
        });
        let timed = scope.spawn(|| {
            cores::pin(0);
            // The first pass waits for the other thread to start, and is not timed.
            pass_once(&counter, 0);
            let start = Instant::now();
            pass_from(&counter, 2);
            start.elapsed()
        });
        timed.join().expect("passing a counter does not panic")
    });
    elapsed.as_nanos() as f64 / f64::from(2 * (ROUND_TRIPS - 1))
}

/// Passes every second count from `first` to the end.
fn pass_from(counter: &AtomicU32, first: u32) {
    for count in (first..2 * ROUND_TRIPS).step_by(2) {
        pass_once(counter, count);
    }
}

/// Waits for `count`, and makes it one more.
fn pass_once(counter: &AtomicU32, count: u32) {
    let mut spins = 0;
    // Relaxed: nothing else passes with the counter.
    while counter.load(Ordering::Relaxed) != count {
        spins += 1;
        if spins > SPINS_MAX {
            thread::yield_now();
        } else {
            hint::spin_loop();
        }
    }
    counter.store(count + 1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_takes_time() {
        if let Some(nanoseconds) = measure_ns() {
            assert!(nanoseconds > 0.0);
        }
    }

    #[test]
    fn regimes_are_told_apart() {
        assert_eq!(Regime::of(Some(25.0)), Regime::Near);
        assert_eq!(Regime::of(Some(220.0)), Regime::Far);
        assert_eq!(Regime::of(None), Regime::Single);
    }
}
