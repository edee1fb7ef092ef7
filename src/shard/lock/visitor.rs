//! Who wants to enter, and the proof of having entered.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::{
    presence::{CellRef, Kind, Line, Place},
    sync::time::Instant,
};

/// Who wants to enter: a thread's line, and what becomes of the entry. Two words, so that it is passed in registers.
#[derive(Clone, Copy)]
pub(crate) struct Visitor {
    pub(super) line: Option<&'static Line>,
    pub(super) place: Place,
}

impl Visitor {
    /// Somebody without a line: the migrator, and threads whose thread-locals are gone.
    pub(crate) const ANONYMOUS: Self = Self { line: None, place: None };

    /// An operation that ends before it returns to its caller.
    #[inline(always)]
    pub(crate) fn passing(line: Option<&'static Line>) -> Self {
        Self { line, place: None }
    }

    /// Whoever will hold a guard, taken at that place, or an operation that ends before it returns.
    #[inline(always)]
    pub(crate) fn new(line: Option<&'static Line>, place: Place) -> Self {
        Self { line, place }
    }
}

/// How long somebody means to stay, for the choice between raw lock and latch in a neutral shard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stay {
    /// For an operation of the store's own, or one that keeps all others out anyway: by the latch, which is cheaper, but keeps other
    /// readers out, and has those who wait for it look again from time to time.
    Brief,
    /// For a guard, or for a function of the user's that reads.
    Long,
}

/// What somebody wants who could not enter at once.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) visitor: Visitor,
    /// Whether the entry may be recorded in one of the visitor's cells; not so an iterator's, which another thread may end.
    pub(super) is_recordable: bool,
}

impl Request {
    /// The line, if the entry is to be recorded in it.
    pub(super) fn recorder(self) -> Option<&'static Line> {
        self.visitor.line.filter(|_| self.is_recordable)
    }

    /// Whether the thread holds a guard. Nobody knows of one that has no line.
    pub(super) fn may_hold_guard(self) -> bool {
        self.visitor.line.is_none_or(Line::holds_guard)
    }

    /// Whether the thread is inside a shard, by an entry that only it can end.
    pub(super) fn is_inside(self) -> bool {
        self.visitor.line.is_some_and(|line| !line.cells.is_empty())
    }
}

/// Proof of having entered; to be handed back once, by [`ShardLock::leave`](super::ShardLock::leave).
///
/// It names the cell that the entry is recorded in, which also says whether the raw lock was taken. Without a cell, it was.
#[derive(Clone, Copy)]
#[must_use]
pub(crate) struct Pass(pub(super) Option<CellRef>);

/// How long somebody is willing to wait.
#[derive(Clone, Copy)]
pub(super) enum Patience {
    Endless,
    Until(Instant),
    None,
}

impl Patience {
    pub(super) fn of(length: Duration) -> Self {
        if length.is_zero() { Self::None } else { Self::Until(Instant::now() + length) }
    }

    pub(super) fn is_over(self) -> bool {
        match self {
            Self::Endless => false,
            Self::Until(end) => Instant::now() >= end,
            Self::None => true,
        }
    }

    /// What is left of it; `None` if there is no end to it.
    pub(super) fn left(self) -> Option<Duration> {
        match self {
            Self::Endless => None,
            Self::Until(end) => Some(end - Instant::now().min(end)),
            Self::None => Some(Duration::ZERO),
        }
    }
}
