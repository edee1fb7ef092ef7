//! The shard's lock: the seam behind which its bias lives.
//!
//! For now the lock has the *neutral* mode alone: a raw reader-writer lock, taken by every entry. The biased modes go
//! behind the same functions.
//!
//! # Roles and paths
//!
//! A *visitor* is a thread with its presence line, if it has one. It enters by [`ShardLock::enter`], which tries the
//! raw lock once, and only if that failed looks at what the thread's cells say:
//!
//! * it is inside this shard already, and one of the two entries is exclusive: it would wait for itself, and gets a
//!   panic that says where the guard was taken instead;
//! * it holds some other guard: it takes the raw lock *recursively*, past queued writers, because two threads that
//!   read each other's shards would otherwise wait for each other through the writers queued between them;
//! * it is in a step of a migration: it never blocks, and panics, which gives the migration up;
//! * otherwise it waits as anybody.
//!
//! Entries are recorded in the visitor's cells in every mode, which costs a store to its own line. Guards that may move to
//! another thread (iteration) are only counted in the line of the thread that made them, so that it goes on reading past
//! queued writers.
//!
//! Waiting is counted by those who wait, after they got in, so that free acquisitions pay nothing for it.

use std::{
    panic::Location,
    time::{Duration, Instant},
};

use crate::{
    migration::step_guard,
    presence::{CellRef, Kind, Line},
    sync::{
        RawRwLock, RawRwLockDowngrade, RawRwLockRecursive, RawRwLockTimed, RawShared,
        atomic::{AtomicU64, Ordering},
    },
};

/// The lock of one shard, with the counters of its waits.
pub(crate) struct ShardLock {
    raw: RawRwLock,
    /// The shard's id, never reused within the process; 0 while the header is not in use.
    uid: AtomicU64,
}

/// Who wants to enter: a thread's line, and what becomes of the entry.
#[derive(Clone, Copy)]
pub(crate) struct Visitor {
    line: Option<&'static Line>,
    place: Option<&'static Location<'static>>,
    is_iterating: bool,
}

impl Visitor {
    /// Somebody who leaves no record: the migrator, and threads without a line.
    pub(crate) const ANONYMOUS: Self = Self { line: None, place: None, is_iterating: false };

    /// An iterator, whose guards may be dropped by another thread: it is counted in the line, not recorded in a cell.
    pub(crate) fn iterating(line: Option<&'static Line>) -> Self {
        Self { line, place: None, is_iterating: true }
    }

    /// An operation that ends before it returns to its caller.
    #[inline]
    pub(crate) fn passing(line: Option<&'static Line>) -> Self {
        Self { line, place: None, is_iterating: false }
    }

    /// A guard that the caller will hold.
    #[inline]
    #[track_caller]
    pub(crate) fn staying(line: Option<&'static Line>) -> Self {
        Self { line, place: Some(Location::caller()), is_iterating: false }
    }
}

/// Proof of having entered; to be handed back by [`ShardLock::leave`].
#[must_use]
pub(crate) struct Pass {
    kind: Kind,
    record: Record,
}

impl Pass {
    #[inline]
    pub(crate) fn is_exclusive(&self) -> bool {
        self.kind == Kind::Exclusive
    }
}

/// Where an entry is recorded.
#[derive(Clone, Copy)]
enum Record {
    Nowhere,
    Cell(CellRef),
    /// Counted as an iteration of the thread that has this line.
    Iteration(&'static Line),
}

/// What waiting cost, for the shard's counters.
#[derive(Default)]
pub(crate) struct Waits {
    count: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Waits {
    pub(crate) fn reset(&self) {
        self.count.store(0, Ordering::Relaxed);
        self.nanoseconds.store(0, Ordering::Relaxed);
    }

    fn add(&self, waited: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(waited.as_nanos() as u64, Ordering::Relaxed);
    }

    /// How often somebody waited, and for how many nanoseconds in all.
    pub(crate) fn read(&self) -> (u64, u64) {
        (self.count.load(Ordering::Relaxed), self.nanoseconds.load(Ordering::Relaxed))
    }
}

impl ShardLock {
    pub(crate) const fn new() -> Self {
        Self { raw: RawRwLock::INIT, uid: AtomicU64::new(0) }
    }

    /// Gives the lock to a new shard.
    pub(crate) fn set_uid(&self, uid: u64) {
        self.uid.store(uid, Ordering::Relaxed);
    }

    pub(crate) fn uid(&self) -> u64 {
        self.uid.load(Ordering::Relaxed)
    }

    /// Enters; waits as long as it takes.
    #[inline(always)]
    pub(crate) fn enter(&self, kind: Kind, visitor: Visitor, waits: &Waits) -> Pass {
        if !self.try_raw(kind) {
            self.enter_contended(kind, visitor, waits);
        }
        self.admitted(kind, visitor)
    }

    /// Enters if that takes no waiting.
    #[inline]
    pub(crate) fn try_enter(&self, kind: Kind, visitor: Visitor) -> Option<Pass> {
        self.try_raw(kind).then(|| self.admitted(kind, visitor))
    }

    /// Enters if that takes no longer than `patience`; for the migrator, which leaves no record and is not counted.
    pub(crate) fn try_enter_for(&self, kind: Kind, patience: Duration) -> Option<Pass> {
        let entered = self.try_raw(kind)
            || match kind {
                Kind::Shared => self.raw.try_lock_shared_for(patience),
                Kind::Exclusive => self.raw.try_lock_exclusive_for(patience),
            };
        entered.then(|| self.admitted(kind, Visitor::ANONYMOUS))
    }

    /// Enters a target if that takes no waiting.
    pub(crate) fn try_enter_leaf(&self, kind: Kind) -> Option<Pass> {
        self.try_raw(kind).then_some(Pass { kind, record: Record::Nowhere })
    }

    /// Enters a target: a leaf, held for a few entries at a time by those who hold one of its sources, so that waiting for
    /// it is short and closes no circle.
    pub(crate) fn enter_leaf(&self, kind: Kind) -> Pass {
        match kind {
            Kind::Shared => self.raw.lock_shared(),
            Kind::Exclusive => self.raw.lock_exclusive(),
        }
        Pass { kind, record: Record::Nowhere }
    }

    #[inline(always)]
    fn try_raw(&self, kind: Kind) -> bool {
        match kind {
            Kind::Shared => self.raw.try_lock_shared(),
            Kind::Exclusive => self.raw.try_lock_exclusive(),
        }
    }

    #[inline(always)]
    fn admitted(&self, kind: Kind, visitor: Visitor) -> Pass {
        let record = match visitor.line {
            Some(line) if !visitor.is_iterating => Record::Cell(line.cells.announce(self.uid(), kind, visitor.place)),
            Some(line) => {
                line.begin_iteration();
                Record::Iteration(line)
            }
            None => Record::Nowhere,
        };
        Pass { kind, record }
    }

    #[cold]
    fn enter_contended(&self, kind: Kind, visitor: Visitor, waits: &Waits) {
        let mut holds_guard = false;
        if let Some(line) = visitor.line {
            self.refuse_waiting_for_oneself(kind, visitor, line);
            holds_guard = line.holds_guard();
        }
        if kind == Kind::Shared && holds_guard && self.raw.try_lock_shared_recursive() {
            return;
        }
        step_guard::refuse_to_block();
        let start = Instant::now();
        match kind {
            Kind::Shared if holds_guard => self.raw.lock_shared_recursive(),
            Kind::Shared => self.raw.lock_shared(),
            Kind::Exclusive => self.raw.lock_exclusive(),
        }
        waits.add(start.elapsed());
    }

    fn refuse_waiting_for_oneself(&self, kind: Kind, visitor: Visitor, line: &Line) {
        let Some((held, taken)) = line.cells.find(self.uid()) else { return };
        if held == Kind::Shared && kind == Kind::Shared {
            return;
        }
        let wanted = describe(kind, visitor.place, "by an operation", "for a guard at");
        let held = describe(held, taken, "by an operation that is still running", "by the guard taken at");
        panic!(
            "this thread would wait for itself: it wants a shard {wanted}, which it holds {held}. Drop the guard first, \
             or do the work inside one operation"
        );
    }

    /// Leaves.
    #[inline(always)]
    pub(crate) fn leave(&self, pass: Pass) {
        match pass.record {
            Record::Cell(cell) => cell.leave(),
            Record::Nowhere => {}
            Record::Iteration(line) => line.end_iteration(),
        }
        // SAFETY: a `Pass` is made by `admitted` alone, after the raw lock was taken in that mode, and is consumed here.
        unsafe {
            match pass.kind {
                Kind::Shared => self.raw.unlock_shared(),
                Kind::Exclusive => self.raw.unlock_exclusive(),
            }
        }
    }

    /// Goes from exclusive to shared without leaving.
    pub(crate) fn downgrade(&self, pass: Pass) -> Pass {
        debug_assert_eq!(pass.kind, Kind::Exclusive);
        if let Record::Cell(cell) = pass.record {
            cell.downgrade();
        }
        // SAFETY: the pass is exclusive, so the raw lock is held exclusively; see `leave`.
        unsafe { self.raw.downgrade() };
        Pass { kind: Kind::Shared, record: pass.record }
    }
}

fn describe(kind: Kind, place: Option<&Location<'_>>, nowhere: &str, at: &str) -> String {
    let kind = match kind {
        Kind::Shared => "for reading",
        Kind::Exclusive => "for writing",
    };
    match place {
        Some(place) => format!("{kind} {at} {place}"),
        None => format!("{kind} {nowhere}"),
    }
}
