//! One use of each public item, by noun. `Map` is the map's type and `subject` the crate that it comes from.

use super::{Map, subject};

mod bounds;
mod construction;
mod entries;
mod iterators;
mod map;
mod operators;
#[cfg(feature = "rayon")]
mod parallel;
mod read_only;
mod references;
mod reservation;
mod traits;
mod try_result;

/// The map that most uses start from: 1 to 9, each with its square.
pub(super) fn squares() -> Map<u64, u64> {
    (1..10).map(|number| (number, number * number)).collect()
}
