//! Drawing keys.

use rand::{RngExt, rngs::SmallRng};
use rand_distr::{Distribution as _, Zipf};

use super::workload::{Popularity, Traffic};

/// Draws keys: by their places, of which the first are the most popular, where popularity has an order.
pub(super) struct Keys {
    law: Law,
    hot: (u32, f64),
    moved: u32,
    keys: u32,
    /// Next place of a recording.
    next: usize,
}

enum Law {
    Uniform,
    Zipf(Zipf<f64>),
    Recorded(std::sync::Arc<[u32]>),
}

/// A key that was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Its place in the order of popularity.
    pub(super) place: u32,
    /// Which key that is.
    pub(super) key: u32,
}

impl Keys {
    /// An exponent that is no number, or negative, is taken as 0.
    pub(super) fn new(traffic: &Traffic) -> Self {
        let law = match &traffic.popularity {
            Popularity::Uniform => Law::Uniform,
            Popularity::Zipf(exponent) => match Zipf::new(f64::from(traffic.keys.max(1)), *exponent) {
                Ok(zipf) => Law::Zipf(zipf),
                Err(_) => Law::Uniform,
            },
            Popularity::Recorded(places) if places.is_empty() => Law::Uniform,
            Popularity::Recorded(places) => Law::Recorded(places.clone()),
        };
        Self { law, hot: traffic.hot, moved: traffic.moved, keys: traffic.keys.max(1), next: 0 }
    }

    pub(super) fn draw(&mut self, random: &mut SmallRng) -> Drawn {
        let (hot_keys, hot_share) = self.hot;
        let place = if hot_keys > 0 && random.random::<f64>() < hot_share {
            random.random_range(0..hot_keys.min(self.keys))
        } else {
            match &self.law {
                Law::Uniform => random.random_range(0..self.keys),
                Law::Zipf(zipf) => (zipf.sample(random) as u32).saturating_sub(1).min(self.keys - 1),
                Law::Recorded(places) => {
                    let place = places[self.next % places.len()];
                    self.next = (self.next + 1) % places.len();
                    place.min(self.keys - 1)
                }
            }
        };
        let key = ((u64::from(place) + u64::from(self.moved)) % u64::from(self.keys)) as u32;
        Drawn { place, key }
    }
}

/// A key's hash, as good as random (the finaliser of SplitMix64; Steele, Lea and Flood 2014).
pub(super) fn hash(key: u32) -> u64 {
    let mut mixed = (u64::from(key) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The slot of a key, of so many, which are a power of two.
pub(super) fn slot(key: u32, slots: usize) -> usize {
    // The bits below those that tables use for their tags, as in the store.
    (hash(key) << 7 >> 7) as usize >> (57 - slots.max(1).trailing_zeros())
}
