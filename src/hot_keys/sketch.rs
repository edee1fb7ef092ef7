//! The count-min sketch: an upper bound of how often each key was sampled, in a fixed amount of memory.
//!
//! Cormode and Muthukrishnan, *An improved data stream summary: the count-min sketch and its applications*, 2005; with
//! conservative update (Estan and Varghese 2002).

use std::panic;

use count_min_sketch::CountMinSketch32;

/// Probability of the bound on the overcount that the sketch is asked for: it gives four rows.
const PROBABILITY: f64 = 0.95;

/// Counters in a row per unit of the crate's capacity, at a tolerance of 1.
const COUNTERS_PER_CAPACITY: u32 = 2;

/// A count-min sketch of hashes, or none where it could not be made.
///
/// It takes 16 bytes per counter of a row. Ageing rounds down, by less than 1 in the sum of all halvings, so a count is
/// at most its [`estimate`](Self::estimate) and 1.
pub(super) struct Sketch {
    counters: Option<CountMinSketch32<u64>>,
}

impl Sketch {
    /// A sketch of `width` counters in each row.
    ///
    /// The crate panics where the system has no random numbers. The panic ends here: there is then no sketch, and every
    /// estimate is infinite, which leaves the candidates to do without.
    pub(super) fn new(width: u32) -> Self {
        let capacity = (width / COUNTERS_PER_CAPACITY).max(1) as usize;
        let counters = panic::catch_unwind(|| CountMinSketch32::new(capacity, PROBABILITY, 1.0));
        Self { counters: counters.ok().and_then(Result::ok) }
    }

    /// No sketch.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self { counters: None }
    }

    /// Counts a sample. (One by one: the crate's `add` of more than 1 at a time may undercount.)
    pub(super) fn increment(&mut self, hash: u64) {
        if let Some(counters) = &mut self.counters {
            counters.increment(&hash);
        }
    }

    /// How often the hash was counted, at most, but for ageing's rounding.
    pub(super) fn estimate(&self, hash: u64) -> f64 {
        self.counters.as_ref().map_or(f64::INFINITY, |counters| f64::from(counters.estimate(&hash)))
    }

    /// Halves all counts.
    pub(super) fn halve(&mut self) {
        if let Some(counters) = &mut self.counters {
            counters.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_16_bytes_per_counter_of_a_row() {
        for width in [256, 2048, 1 << 20] {
            let capacity = (width / COUNTERS_PER_CAPACITY) as usize;
            let bytes = CountMinSketch32::<u64>::estimate_memory(capacity, PROBABILITY, 1.0);
            assert_eq!(bytes, Ok(16 * width as usize));
        }
    }

    #[test]
    fn estimates_are_upper_bounds_across_ageing() {
        let mut sketch = Sketch::new(256);
        let mut exact = vec![0.0; 5000];
        for round in 0..8 {
            for (hash, count) in exact.iter_mut().enumerate().skip(round) {
                sketch.increment(hash as u64);
                *count += 1.0;
            }
            sketch.halve();
            exact.iter_mut().for_each(|count| *count /= 2.0);
        }
        assert!((0..5000).all(|hash| sketch.estimate(hash as u64) + 1.0 >= exact[hash]));
    }

    #[test]
    fn without_a_sketch_every_estimate_is_infinite() {
        let mut sketch = Sketch::none();
        sketch.increment(1);
        sketch.halve();
        assert_eq!(sketch.estimate(1), f64::INFINITY);
    }

    #[test]
    fn no_width_panics() {
        for width in [0, 1, 3] {
            assert!(Sketch::new(width).estimate(7) == 0.0);
        }
    }
}
