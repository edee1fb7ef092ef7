//! Values that are counted when they are made and when they are dropped.

use std::{
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Counts the [`Counted`] values made under it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    made: AtomicU64,
    dropped: AtomicU64,
}

impl Ledger {
    /// A value of this ledger.
    pub(crate) fn value(self: &Arc<Self>, number: u64) -> Counted {
        self.made.fetch_add(1, Ordering::Relaxed);
        Counted { number, ledger: Arc::clone(self) }
    }

    /// Values made so far, clones included.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Values that are still there: negative if one was dropped twice.
    pub(crate) fn alive(&self) -> i64 {
        self.made().cast_signed() - self.dropped.load(Ordering::Relaxed).cast_signed()
    }
}

/// A number that its ledger counts. It is not `Clone`: see [`CountedClone`].
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) number: u64,
    ledger: Arc<Ledger>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.ledger.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

/// A [`Counted`] that can be cloned; each clone is counted, too.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CountedClone(pub(crate) Counted);

impl Clone for CountedClone {
    fn clone(&self) -> Self {
        Self(self.0.ledger.value(self.0.number))
    }
}
