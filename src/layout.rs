//! The layout sequence: lets readers add up all shards while a cut-over may change which these are.
//!
//! # Orderings
//!
//! A sequence lock (Boehm, MSPC 2012): the sequence is odd while the layout changes, and what it guards are atomics. A
//! reader whose sum was torn has read something that a change wrote. Either the reader's first look already followed that
//! change's end, and then it saw all of it; or the reader's second look comes after the change's odd number, by the fences
//! on both sides, and it sees that the sequence has moved.
#![forbid(unsafe_code)]

use crate::sync::{
    atomic::{AtomicU64, Ordering, fence},
    hint,
};

/// The layout sequence.
pub(crate) struct Layout {
    sequence: AtomicU64,
}

impl Layout {
    pub(crate) fn new() -> Self {
        Self { sequence: AtomicU64::new(0) }
    }

    /// Reads something from all serving shards, again and again, until no cut-over has changed meanwhile which these are.
    pub(crate) fn read<T>(&self, read: impl Fn() -> T) -> T {
        loop {
            // Acquire pairs with the Release that ends a change: what it changed is seen.
            let before = self.sequence.load(Ordering::Acquire);
            if before.is_multiple_of(2) {
                let found = read();
                // Orders the reads above before the second look at the sequence: if one of them saw something of a change,
                // this look sees its odd number, which was stored before it (by the fence in `change`).
                fence(Ordering::Acquire);
                if self.sequence.load(Ordering::Relaxed) == before {
                    return found;
                }
            }
            hint::spin_loop();
        }
    }

    /// Changes which shards serve. For one caller at a time.
    pub(crate) fn change(&self, change: impl FnOnce()) {
        let before = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(before + 1, Ordering::Relaxed);
        // The odd number is visible before any of the changes; pairs with the Acquire fence above.
        fence(Ordering::Release);
        change();
        self.sequence.store(before + 2, Ordering::Release);
    }
}
