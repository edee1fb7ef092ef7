//! Waiting until sinks have confirmed what was staged.
#![forbid(unsafe_code)]

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use super::flush::Waiting;

/// Is ready when sinks have confirmed, or given up, all writes that were staged before it was made; from
/// [`Store::flush_durable_async`](crate::Store::flush_durable_async).
///
/// It needs no particular executor, borrows nothing, and may be dropped at any time: what was staged is handed on all the same.
#[must_use = "futures do nothing unless they are awaited"]
#[derive(Debug)]
pub struct DurableFlush(Option<Waiting>);

impl DurableFlush {
    pub(super) fn new(waiting: Waiting) -> Self {
        Self(Some(waiting))
    }

    /// There is no sink.
    pub(crate) fn refused() -> Self {
        Self(None)
    }
}

impl Future for DurableFlush {
    type Output = Result<(), DurableFlushError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(waiting) = &mut self.0 else { return Poll::Ready(Err(DurableFlushError::NoSink)) };
        waiting.poll(context).map(DurableFlushError::check)
    }
}

/// [`Store::flush_durable`](crate::Store::flush_durable) does not vouch for what was staged before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurableFlushError {
    /// This thread holds a guard or an iterator, or is in a function that was handed to a store: a worker may be waiting for it.
    InsideShard,
    /// This thread is a worker.
    OnWorker,
    /// The store has no sinks; or has none any more, as its workers are gone: it came out of a read-only view, or this process was forked off.
    NoSink,
    /// Sinks have given up so many entries since the store was built: all before are counted, in case nobody was told of them. All others
    /// are confirmed.
    #[non_exhaustive]
    DeadLettered {
        /// Entries of batches that were given up; this only grows.
        entries: u64,
    },
}

impl DurableFlushError {
    pub(super) fn check(dead_letters: u64) -> Result<(), Self> {
        if dead_letters == 0 { Ok(()) } else { Err(Self::DeadLettered { entries: dead_letters }) }
    }
}

impl fmt::Display for DurableFlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InsideShard => f.write_str(
                "a thread that holds a guard or an iterator cannot wait for sinks: a worker may be waiting for it",
            ),
            Self::OnWorker => f.write_str("a worker cannot wait for sinks: it might be waiting for itself"),
            Self::NoSink => f.write_str("no sink takes what is staged here (StoreBuilder::build_with_sinks)"),
            Self::DeadLettered { entries } => {
                write!(f, "sinks have given up {entries} entries so far; all others are confirmed")
            }
        }
    }
}

impl Error for DurableFlushError {}
