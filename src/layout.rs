//! The layout sequence: lets readers add up all shards while a cut-over may change which these are.
//!
//! # Orderings
//!
//! A sequence lock (Boehm, MSPC 2012): the sequence is odd while the layout changes, and what it guards are atomics. A
//! reader whose sum was torn has read something that a change wrote. Either the reader's first look already followed that
//! change's end, and then it saw all of it; or the reader's second look comes after the change's odd number, by the fences
//! on both sides, and it sees that the sequence has moved.
//!
//! Beside it stands how many shards there are, with those that a change under way is about to add: who wants to add some makes
//! [room](Layout::make_room) first, so that migrations and growing shards together keep the policy's limit.
#![forbid(unsafe_code)]

use crate::{
    mutants::{Mutant, is_on},
    sync::{
        Mutex,
        atomic::{AtomicU32, AtomicU64, Ordering, fence},
        hint, thread,
    },
};

/// Looks at a layout that changes before the processor is given away: whoever changes it may be waiting for that.
const SPINS: u32 = 64;

/// The layout sequence.
pub(crate) struct Layout {
    sequence: AtomicU64,
    /// Shards that serve, or will.
    shards: AtomicU32,
    /// Held while the layout changes: a few stores' time, in which nothing is waited for.
    changing: Mutex<()>,
}

impl Layout {
    pub(crate) fn new() -> Self {
        Self { sequence: AtomicU64::new(0), shards: AtomicU32::new(0), changing: Mutex::new(()) }
    }

    /// Shards that serve, with those for which room was made.
    pub(crate) fn shards(&self) -> u32 {
        self.shards.load(Ordering::Relaxed)
    }

    /// Makes room for shards that replace others. `false` if there would be more than `max`, and more than there are.
    pub(crate) fn make_room(&self, replaced: usize, by: usize, max: u32) -> bool {
        let room = |shards: u32| {
            let after = (shards as usize + by).saturating_sub(replaced) as u32;
            (after <= shards.max(max)).then_some(after)
        };
        self.shards.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok()
    }

    /// Reads something from all serving shards, again and again, until no cut-over has changed meanwhile which these are.
    pub(crate) fn read<T>(&self, read: impl Fn() -> T) -> T {
        let mut spins = 0;
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
            if spins < SPINS {
                spins += 1;
                hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }

    /// Changes which shards serve.
    pub(crate) fn change(&self, change: impl FnOnce()) {
        let _turn = self.changing.lock();
        let before = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(before + u64::from(!is_on(Mutant::SequenceStaysEven)), Ordering::Relaxed);
        // The odd number is visible before any of the changes; pairs with the Acquire fence above.
        fence(Ordering::Release);
        change();
        self.sequence.store(before + 2, Ordering::Release);
    }
}
