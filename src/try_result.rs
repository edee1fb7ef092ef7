//! What a look-up that does not wait came to.
#![forbid(unsafe_code)]

/// What a look-up that does not wait came to: [`Store::try_get`](crate::Store::try_get).
#[derive(Debug)]
pub enum TryResult<R> {
    /// The key is there.
    Present(R),
    /// The key is not there.
    Absent,
    /// The key's shard was locked, so nothing is known.
    Locked,
}

impl<R> TryResult<R> {
    /// Whether the key is there.
    pub fn is_present(&self) -> bool {
        matches!(self, Self::Present(_))
    }

    /// Whether the key is not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether the shard was locked.
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked)
    }

    /// What was found.
    ///
    /// # Panics
    ///
    /// If nothing was.
    #[track_caller]
    pub fn unwrap(self) -> R {
        match self {
            Self::Present(found) => found,
            Self::Absent => panic!("called `TryResult::unwrap` on `TryResult::Absent`"),
            Self::Locked => panic!("called `TryResult::unwrap` on `TryResult::Locked`"),
        }
    }

    /// What was found, if something was.
    pub fn try_unwrap(self) -> Option<R> {
        match self {
            Self::Present(found) => Some(found),
            Self::Absent | Self::Locked => None,
        }
    }
}
