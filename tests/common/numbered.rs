//! Keys and values that tell the numbers they were drawn by.

use crate::drawn::Drawn;

/// A key or a value that tells its number.
pub(crate) trait Numbered: Drawn {
    /// The number that it was drawn by.
    fn number(&self) -> u64;
}

impl Numbered for u64 {
    fn number(&self) -> u64 {
        *self
    }
}

impl Numbered for String {
    fn number(&self) -> u64 {
        self.parse().expect("texts are drawn by their numbers")
    }
}
