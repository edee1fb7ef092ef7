//! The keys of the store that is driven: block numbers and text, so that every trace fits one store.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// A key of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A block, or a key of a scenario.
    Number(u64),
    /// A line of a plain trace, or a CSV key that is no number.
    Text(Box<str>),
}

/// Hashes the content alone: a discriminant would cost the hot path a second round of the hash function, and equal
/// keys have equal contents.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Number(number) => number.hash(state),
            Self::Text(text) => text.hash(state),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}
