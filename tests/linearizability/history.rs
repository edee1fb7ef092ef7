//! What was done to a key, and when.

use std::fmt;

/// A value, as its number; `None` where the key is not there.
pub(crate) type Value = Option<u64>;

/// What an operation has learned of the key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It was this.
    Is(Value),
    /// It was not this.
    IsNot(Value),
}

impl Found {
    /// Whether the operation could find this value.
    pub(crate) fn fits(self, value: Value) -> bool {
        match self {
            Self::Is(found) => value == found,
            Self::IsNot(ruled_out) => value != ruled_out,
        }
    }
}

/// What an operation did at its one moment: it found something, and left something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) found: Found,
    /// The value that it left; `None` if it left it as it was.
    pub(crate) left: Option<Value>,
}

impl Effect {
    /// Of an operation that changes nothing.
    pub(crate) fn reads(found: Found) -> Self {
        Self { found, left: None }
    }

    /// Of an operation that finds a value and leaves another.
    pub(crate) fn replaces(found: Value, left: Value) -> Self {
        Self { found: Found::Is(found), left: Some(left) }
    }
}

/// One operation on one key, as recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) thread: usize,
    /// The operation's name.
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    /// The time before its call.
    pub(crate) called: u64,
    /// The time after its return.
    pub(crate) returned: u64,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread, name, effect, called, returned } = self;
        write!(f, "{called:>10} to {returned:>10}  thread {thread}  {name:<16}")?;
        match effect.found {
            Found::Is(found) => write!(f, "  found {}", Shown(found))?,
            Found::IsNot(ruled_out) => write!(f, "  did not find {}", Shown(ruled_out))?,
        }
        effect.left.map_or(Ok(()), |left| write!(f, ", left {}", Shown(left)))
    }
}

/// A value, in words.
struct Shown(Value);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("nothing"),
        }
    }
}
