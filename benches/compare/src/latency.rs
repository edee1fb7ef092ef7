//! How long single operations take.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::trial::Figures;

/// Longest time that is told apart from longer ones.
const NS_MAX: u64 = 60_000_000_000;

/// Decimal digits of a time that are kept.
const DIGITS: u8 = 3;

/// What is reported of the times.
const QUANTILES: [(&str, f64); 5] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999), ("max", 1.0)];

/// Times of operations.
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_max(NS_MAX, DIGITS).expect("the bounds are constants that a histogram takes"))
    }

    /// Times the operation.
    #[inline]
    pub(crate) fn time<R>(&mut self, operation: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = operation();
        self.record(start.elapsed());
        result
    }

    pub(crate) fn record(&mut self, elapsed: Duration) {
        self.0.saturating_record(elapsed.as_nanos() as u64);
    }

    /// Times nothing, in a loop, for so long: what the machine itself does to whoever measures.
    pub(crate) fn of_nothing(length: Duration) -> Self {
        let mut nothing = Self::new();
        let start = Instant::now();
        while start.elapsed() < length {
            (0..100).for_each(|_| nothing.time(|| ()));
        }
        nothing
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0 += &other.0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn quantile_ns(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64
    }

    /// Each quantile with the name that it is reported by.
    pub(crate) fn report(&self, name: &str, mut report: impl FnMut(String, f64)) {
        for (quantile_name, quantile) in QUANTILES {
            report(format!("{name}_{quantile_name}_ns"), self.quantile_ns(quantile));
        }
    }

    /// Reports them as costs.
    pub(crate) fn report_costs(&self, name: &str, figures: &mut Figures) {
        self.report(name, |name, nanoseconds| figures.cost(&name, nanoseconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_all_that_was_recorded() {
        let mut latencies = Latencies::new();
        (1..=1000).for_each(|microseconds| latencies.record(Duration::from_micros(microseconds)));
        let mut other = Latencies::new();
        other.record(Duration::from_secs(100));
        latencies.add(&other);
        let mut figures = Figures::default();
        latencies.report_costs("read", &mut figures);
        let [p50, max] = ["read_p50_ns", "read_max_ns"].map(|name| figures.costs[name]);
        assert!((p50 - 500_000.0).abs() < 2_000.0 && (max - 60e9).abs() < 60e9 / 500.0, "{p50} {max}");
    }
}
