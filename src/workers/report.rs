//! What workers show of themselves.
#![forbid(unsafe_code)]

use std::time::Duration;

/// One worker; from [`Store::workers`](crate::Store::workers). Counters only grow; they are read one after another.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WorkerTelemetry {
    /// The thread's name: `autoshard-worker-N`.
    pub name: String,
    /// The core that the operating system confines it to; `None` if it runs unpinned: by policy, or because the system refuses, or before
    /// it has begun.
    pub core: Option<usize>,
    /// Whether the policy wants it pinned, and it is not: the system refused, or does not say, or the library was built without `pinning`.
    pub pinning_refused: bool,
    /// Writes that wait in its queue.
    pub queued: usize,
    /// How many its queue holds.
    pub queue_capacity: usize,
    /// Writes that were made, each that was folded into another one counted, and operations that were carried out.
    pub committed: u64,
    /// Writes that were folded with an earlier one of their batch to the same key.
    pub coalesced: u64,
    /// Writes and operations lost to a panic in the user's code.
    pub lost: u64,
    /// Panics in the user's code.
    pub panics: u64,
    /// Batches.
    pub batches: u64,
    /// Times that a caller, or an operation, waited for room in the queue.
    pub blocked: u64,
    /// Writes that were handed back, and operations that were refused, because the queue was full.
    pub rejected: u64,
    /// Writes and operations that were lost because the queue was full, to make room for later ones.
    pub dropped: u64,
    /// Batches that its sink has confirmed.
    pub sink_batches: u64,
    /// Attempts at which its sink failed.
    pub sink_failures: u64,
    /// Entries of batches that were given up.
    pub dead_letters: u64,
    /// Time spent making writes. Its growth over a period, divided by the period, is the worker's load.
    pub busy: Duration,
}
