//! Who wants to enter, and the proof of having entered.
#![forbid(unsafe_code)]

use std::{panic::Location, time::Duration};

use crate::{
    presence::{CellRef, Kind, Line},
    sync::time::Instant,
};

/// What somebody wants to be inside for, as those are told who are refused.
#[derive(Clone, Copy)]
pub(crate) enum Errand {
    /// A guard of one entry, taken there.
    Guard(&'static Location<'static>),
    /// An iterator that was made there.
    Iterator(&'static Location<'static>),
    /// An operation, which ends before it returns to its caller.
    Operation(&'static Operation),
}

/// An operation of the store's.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) stay: Stay,
}

impl Errand {
    /// How long one with this errand means to stay.
    #[inline(always)]
    pub(crate) fn stay(self) -> Stay {
        match self {
            Self::Guard(_) | Self::Iterator(_) => Stay::Long,
            Self::Operation(operation) => operation.stay,
        }
    }
}

/// Who wants to enter: a thread's line, and what for. Constant but for the line where an operation is inlined.
#[derive(Clone, Copy)]
pub(crate) struct Visitor {
    pub(crate) line: Option<&'static Line>,
    pub(crate) errand: Errand,
}

impl Visitor {
    /// Somebody without a line: the migrator, and threads whose thread-locals are gone.
    pub(crate) const ANONYMOUS: Self = Self::passing(None, &Operation { name: "migration", stay: Stay::Long });

    #[inline(always)]
    pub(crate) fn new(line: Option<&'static Line>, errand: Errand) -> Self {
        Self { line, errand }
    }

    pub(crate) const fn passing(line: Option<&'static Line>, operation: &'static Operation) -> Self {
        Self { line, errand: Errand::Operation(operation) }
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

    /// Whether the thread is known to be inside a shard, so that others may wait for it.
    pub(super) fn is_inside(self) -> bool {
        self.visitor.line.is_some_and(Line::holds_guard)
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
