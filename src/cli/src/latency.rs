//! Latencies: how they are taken, merged and summed up.
//!
//! One operation in [`TIMED_ONE_IN`] is timed, from its call to its return, with the monotonic clock; reading that clock
//! costs about as much as an operation, so timing each would halve what is measured. The load is a closed loop: a
//! thread that is made to wait issues nothing meanwhile, so a long pause counts once per thread, not once per operation
//! that an open system would have queued behind it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// One operation in this many is timed: a guess that keeps the clock below a tenth of the cost.
pub(crate) const TIMED_ONE_IN: u32 = 8;
/// Significant decimal digits of a recorded latency.
const DIGITS: u8 = 3;
/// Greatest latency told from greater ones.
const NANOSECONDS_MAX: u64 = 60_000_000_000;

/// Latencies of timed operations, in nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// What a latency histogram comes to, in nanoseconds; all 0 where nothing was timed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Percentiles {
    /// The median.
    pub(crate) p50: u64,
    /// 99 of 100 were no slower.
    pub(crate) p99: u64,
    /// 999 of 1,000 were no slower.
    pub(crate) p99_9: u64,
    /// 9,999 of 10,000 were no slower.
    pub(crate) p99_99: u64,
    /// The slowest.
    pub(crate) max: u64,
}

impl Latencies {
    /// None yet.
    pub(crate) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, NANOSECONDS_MAX, DIGITS);
        Self(histogram.expect("the bounds are constants and valid"))
    }

    /// One more.
    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Takes over what `other` has, and leaves it empty.
    pub(crate) fn absorb(&mut self, other: &mut Self) {
        // The bounds are the same, and that is all that an addition can fail for.
        let added = self.0.add(&other.0);
        debug_assert!(added.is_ok(), "histograms of the same bounds add up");
        other.0.reset();
    }

    /// What they come to.
    pub(crate) fn percentiles(&self) -> Percentiles {
        Percentiles {
            p50: self.0.value_at_quantile(0.5),
            p99: self.0.value_at_quantile(0.99),
            p99_9: self.0.value_at_quantile(0.999),
            p99_99: self.0.value_at_quantile(0.9999),
            max: self.0.max(),
        }
    }
}

impl Percentiles {
    /// For each percentile, the worse of the two: two intervals seen as one.
    pub(crate) fn worse(self, other: Self) -> Self {
        Self {
            p50: self.p50.max(other.p50),
            p99: self.p99.max(other.p99),
            p99_9: self.p99_9.max(other.p99_9),
            p99_99: self.p99_99.max(other.p99_99),
            max: self.max.max(other.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_merged_threads() {
        let (mut all, mut fast, mut slow) = (Latencies::new(), Latencies::new(), Latencies::new());
        (0..9_900).for_each(|_| fast.record(Duration::from_nanos(100)));
        (0..100).for_each(|_| slow.record(Duration::from_nanos(5_000)));
        all.absorb(&mut fast);
        all.absorb(&mut slow);
        let percentiles = all.percentiles();
        assert_eq!((percentiles.p50, percentiles.p99), (100, 100));
        assert!(percentiles.p99_9.abs_diff(5_000) < 50 && percentiles.max.abs_diff(5_000) < 50);
        assert_eq!(fast.percentiles(), Percentiles::default());
    }

    #[test]
    fn what_is_off_the_scale_counts_as_the_greatest() {
        let mut latencies = Latencies::new();
        latencies.record(Duration::from_secs(3_600));
        assert!(latencies.percentiles().max >= NANOSECONDS_MAX);
    }
}
