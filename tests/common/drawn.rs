//! Keys and values that are drawn by their numbers.

use std::{fmt::Debug, hash::Hash};

/// A key or a value of which there is one for each number.
pub(crate) trait Drawn: Eq + Hash + Clone + Debug + Send + Sync + 'static {
    /// The key or value of this number; different numbers give different ones.
    fn draw(number: u64) -> Self;
}

impl Drawn for u64 {
    fn draw(number: u64) -> Self {
        number
    }
}

impl Drawn for String {
    fn draw(number: u64) -> Self {
        // Long enough to live on the heap wherever strings may be kept in place.
        format!("{number:032}")
    }
}
