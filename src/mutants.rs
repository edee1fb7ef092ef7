//! Faults put in on purpose, by which the models (`tests/protocols/survival`) and ThreadSanitizer (`.ci/run`) prove that
//! they would notice.
//!
//! Under `cfg(autoshard_mutants)` the variable `MODEL_MUTANT` names those that are on, in the whole process. In any other build
//! none ever is, which the compiler knows: nothing of them is left.
#![forbid(unsafe_code)]

// Whoever provides the atomics, it is this one.
use std::sync::atomic::Ordering;

macro_rules! mutants {
    ($($(#[$meta:meta])* $name:ident,)+) => {
        /// A fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Mutant {
            $($(#[$meta])* $name,)+
        }

        #[cfg(autoshard_mutants)]
        impl Mutant {
            /// All there are.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];
        }
    };
}

mutants! {
    // Of migrations.
    /// A cut-over leaves one slot with the source.
    SlotLeftBehind,
    /// A cut-over leaves the sources with the slots that the targets get.
    SourcesKeepSlots,
    /// The directory is not read again by who enters at once.
    NoSecondLookAtOnce,
    /// Nor by who has waited.
    NoSecondLookWaiting,
    /// Nor by who only tries.
    NoSecondLookTrying,
    /// The directory names the targets from the beginning.
    TargetsNamedEarly,
    /// The targets are not held while the directory comes to name them.
    TargetsNotHeld,
    /// The layout sequence stays even while the layout changes.
    SequenceStaysEven,
    /// A removal is not brought to the target.
    RemovalsNotMirrored,
    /// Neither is a change in place.
    ChangesNotMirrored,
    /// Neither is a new entry.
    InsertionsNotMirrored,
    /// The copy goes on where it was, though buckets have moved.
    BackfillGoesOn,
    /// The copy puts entries where no look-up finds them.
    CopiesMisplaced,
    /// The copy puts each entry there twice.
    CopiesDoubled,
    /// Cut over without verification.
    NotVerified,
    /// Entries of sources are not looked up in targets.
    NotVerifiedForth,
    /// Entries of targets are not looked up in sources.
    NotVerifiedBack,
    /// The counts are not compared at the cut-over.
    CountsNotCompared,
    /// In a hand-over, the targets are not looked in.
    LooksInSourceOnly,
    /// In a hand-over, what has moved does not count.
    MovedNotCounted,
    /// The cut-over does not look whether the migration was given up.
    CutOverThoughAborted,
    /// The targets of a migration that is given up are freed while the sources are marked.
    TargetsFreedMarked,
    /// The mark stays on the sources of a migration that was given up.
    MarkStays,
    /// A shard is marked though it has been split since the plan was made.
    GoneSourceMarked,
    /// A full shard is split though it is marked.
    MarkedShardSplit,
    /// The cut-over waits for each source as long as it takes, while it holds others.
    WaitsWhileHolding,
    /// A store is closed without waiting for the step under way.
    ClosedDuringStep,

    // Of the lock.
    /// The fenced entry has no fence.
    EntryNotFenced,
    /// A revoker of a fenced shard has none.
    ClosedWithoutFence,
    /// A revoker of an asymmetric or owned shard has a fence in place of the heavy barrier.
    NoHeavyBarrier,
    /// Who has announced himself does not look at the word again.
    NoLookAfterAnnouncing,
    /// Who has the raw lock of a shard that was neutral does not look at the word again.
    NoLookInNeutral,
    /// Who has the latch does not look at the raw lock.
    NoLookAtRawLock,
    /// A revoker waits for nobody.
    NobodyAwaited,
    /// A thread's presence is cleared with its first guard, though it has another.
    ClearedEarly,
    /// A mode is changed without a revocation of the one before.
    ModeChangedUnpaid,
    /// A shard that is closed before its barrier is said to be seen already.
    SeenBeforeBarrier,
    /// A shard is reopened though it was closed since it was found neutral.
    ClosedReopened,
    /// The lock of a shard that is gone keeps its bias.
    NotSettled,
    /// The lock of a shard that is gone is left alone if it looks neutral.
    SettledAtALook,
    /// A new shard's id is stored over a latch.
    RenewedOverLatch,
    /// Who enters a target does not wait for a latch.
    LeafBesideLatch,
    /// Cells are cleared by a Relaxed store.
    ClearedRelaxed,
    /// Cells are looked at by Relaxed loads.
    CellsReadRelaxed,
    /// The bias is given back by a Relaxed store.
    GivenBackRelaxed,
    /// The latch is given back by a Relaxed store.
    UnlatchedRelaxed,
    /// The bias word is looked at by a Relaxed load.
    WordReadRelaxed,
}

/// Whether a fault is on.
#[cfg(not(autoshard_mutants))]
#[inline(always)]
pub(crate) const fn is_on(_: Mutant) -> bool {
    false
}

/// Whether a fault is on: whether the environment names it.
#[cfg(autoshard_mutants)]
pub(crate) fn is_on(mutant: Mutant) -> bool {
    /// One bit for each mutant. Of the standard library, since no schedule may depend on it.
    static ON: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    ON.get_or_init(named_by_environment) & 1 << mutant as u32 != 0
}

#[cfg(autoshard_mutants)]
fn named_by_environment() -> u64 {
    let names = std::env::var("MODEL_MUTANT").unwrap_or_default();
    let bit_of = |name: &str| {
        let found = Mutant::ALL.iter().find(|mutant| format!("{mutant:?}") == name);
        1 << *found.unwrap_or_else(|| panic!("MODEL_MUTANT: there is no mutant {name}")) as u32
    };
    names.split(',').filter(|name| !name.is_empty()).map(bit_of).fold(0, |on, bit: u64| on | bit)
}

/// The ordering of an atomic access, unless a fault is on that weakens it.
#[inline(always)]
pub(crate) fn unless_relaxed(mutant: Mutant, ordering: Ordering) -> Ordering {
    if is_on(mutant) { Ordering::Relaxed } else { ordering }
}
