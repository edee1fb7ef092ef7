//! The count-min sketch: an upper bound of how often each key was sampled, in a fixed amount of memory.
//!
//! Cormode and Muthukrishnan, *An improved data stream summary: the count-min sketch and its applications*, 2005; with
//! conservative update (Estan and Varghese 2002).

use std::hash::{BuildHasher, RandomState};

/// Rows: a key's estimate is wrong only if it shares its counter with others in each of them.
const ROWS: usize = 4;

/// A count-min sketch of hashes.
///
/// It takes 16 bytes per counter of a row. Ageing rounds down, by less than 1 in the sum of all halvings, so a count is
/// at most its [`estimate`](Self::estimate) and 1.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    /// Row after row.
    counters: Vec<u32>,
    /// Multipliers of hashes, one of each row: odd, and drawn anew for each sketch, so that nobody can choose keys that meet in all rows.
    factors: [u64; ROWS],
    /// What leaves of a product as many of its upper bits as number the counters of a row.
    shift: u32,
}

impl Sketch {
    /// A sketch of `width` counters in each row, or the next power of two.
    pub(super) fn new(width: u32) -> Self {
        let width = width.max(2).next_power_of_two();
        let random = RandomState::new();
        Self {
            counters: vec![0; ROWS * width as usize],
            factors: std::array::from_fn(|row| random.hash_one(row) | 1),
            shift: u64::BITS - width.trailing_zeros(),
        }
    }

    /// Counts a sample: only the least of its counters, for the others have been raised by other hashes.
    pub(super) fn increment(&mut self, hash: u64) {
        let places = self.places(hash);
        let raised = self.least(places).saturating_add(1);
        for place in places {
            self.counters[place] = self.counters[place].max(raised);
        }
    }

    /// How often the hash was counted, at most, but for ageing's rounding.
    pub(super) fn estimate(&self, hash: u64) -> f64 {
        f64::from(self.least(self.places(hash)))
    }

    /// Halves all counts.
    pub(super) fn halve(&mut self) {
        self.counters.iter_mut().for_each(|counter| *counter /= 2);
    }

    /// Where a hash is counted, row by row.
    fn places(&self, hash: u64) -> [usize; ROWS] {
        let width = self.counters.len() / ROWS;
        std::array::from_fn(|row| row * width + (hash.wrapping_mul(self.factors[row]) >> self.shift) as usize)
    }

    fn least(&self, places: [usize; ROWS]) -> u32 {
        places.into_iter().map(|place| self.counters[place]).min().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_16_bytes_per_counter_of_a_row() {
        for width in [256, 2048, 1 << 20] {
            assert_eq!(size_of_val(&*Sketch::new(width).counters), 16 * width as usize);
        }
    }

    #[test]
    fn hashes_that_differ_in_a_few_bits_only_are_told_apart() {
        for lowest_bit in [0, 20, 40, 52] {
            let mut sketch = Sketch::new(1024);
            (0..1000).for_each(|index| sketch.increment(index << lowest_bit));
            let wrong = (0..1000).filter(|index| sketch.estimate(index << lowest_bit) > 1.0).count();
            // Of 1,000 hashes at random in 1,024 counters, 16 in 100 share all four: (1 - exp(-1000 / 1024)) to the fourth power; fewer,
            // as only the least counter is raised.
            assert!(wrong < 300, "{wrong} of 1,000 from bit {lowest_bit} on");
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
    fn no_width_panics() {
        for width in [0, 1, 3] {
            assert!(Sketch::new(width).estimate(7) == 0.0);
        }
    }
}
