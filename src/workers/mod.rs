//! Workers: threads of a store that make the writes which were staged for them.
//!
//! # How a write goes
//!
//! [`Store::stage`](crate::Store::stage) hashes the key, and puts the write into the queue of the worker that has the key's slot. Which one
//! that is depends on the slot alone, and never changes in the life of a store: so all writes to a key pass through one queue, in the order
//! in which a producer staged them, whatever is split or merged meanwhile. Which *shard* the key is in is asked when the write is made, by the
//! operations that all callers use (`insert`, `remove`, `entry`), which look at the directory again once they are inside: a migration meets a worker as
//! it meets any other caller, and nothing about it is new.
//!
//! # What may wait for what
//!
//! * A worker waits for shards, as its operations do, and for work. Never for a queue: on a worker's thread a full queue refuses.
//! * A producer waits for room only if it holds no guard: otherwise the worker could be waiting for that guard. So is it with a flush.
//! * A worker that flushes its own store waits for nobody: it makes what it has in hand and what waits in its own queue, on the spot, and has the
//!   others hurry. Writes to keys that it is in the middle of writing come after those writes, and so after the flush.
//! * The owner who ends the store waits for the workers, which wait for no one but guards that were forgotten.
//!
//! # How an operation goes
//!
//! [`Store::on_owner`](crate::Store::on_owner) puts a function into the same queue, so it keeps its place among the staged writes of its caller to its key. Where there is no
//! room it does not wait, but the function does. The future and the worker share one [task](delegate), whose function either of them takes, once.
//!
//! # Where it goes on
//!
//! A worker with a sink notes what each write left of its key, in the shard or before it enters, so that notes of a key are in the order of its writes.
//! After the batch, outside all shards, it tells those who flush, hands the notes on, and takes no next batch before that is over:
//! what is staged but not confirmed is never more than a queue and a batch.
//!
//! # The end
//!
//! Whoever drops or consumes the store owns it, so no producer is left. Queues are closed; each worker makes what waits, gives back its
//! count of the body, and ends; the owner joins it and goes on alone. If the owner is a worker (the last `Arc` of a store dropped by a value's code),
//! it cannot join itself: it goes on with its queue after the drop, and the entries are destroyed by its thread when that is empty.
#![forbid(unsafe_code)]

mod batch;
mod channel;
mod crew;
mod delegate;
mod durable;
mod engage;
mod flush;
mod outlet;
mod pinning;
mod place;
mod queue;
mod report;
mod sink;

use std::{error::Error, fmt};

pub(crate) use batch::{Change, Write};
pub use channel::ChannelSink;
#[cfg(feature = "tokio")]
pub use channel::TokioSink;
pub(crate) use crew::{Crew, Workers};
pub(crate) use delegate::Delegation;
pub use delegate::{DelegateError, Delegated, DelegatedBatch};
pub use durable::{DurableFlush, DurableFlushError};
pub(crate) use engage::{engage, engage_with};
pub use flush::{Flush, FlushError};
pub use report::WorkerTelemetry;
pub use sink::{Batch, Sink, SinkError, Sinks};

/// A function that changes a value, staged by [`Store::stage_update`](crate::Store::stage_update).
pub type Merge<V> = Box<dyn FnOnce(&mut V) + Send>;

/// A worker's queue was full, and the policy says `reject`; or it says `block`, and this thread must not wait. Nothing was staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageFull<T> {
    /// What was to be staged.
    pub handed_back: T,
}

impl<T> StageFull<T> {
    pub(crate) fn new(handed_back: T) -> Self {
        Self { handed_back }
    }
}

impl<T> fmt::Display for StageFull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the worker's queue is full; nothing was staged (workers.queue, workers.full)")
    }
}

impl<T: fmt::Debug> Error for StageFull<T> {}
