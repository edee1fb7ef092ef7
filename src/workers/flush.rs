//! Waiting until what was staged is visible.
#![forbid(unsafe_code)]

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use super::queue::{Queue, Target};
use crate::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
    statics,
};

statics! {
    /// Numbers of futures.
    static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);
}

/// A queue, to whoever waits for it.
pub(super) trait Flushable: Send + Sync {
    fn poll(&self, number: u64, target: Target, context: &Context<'_>) -> Poll<u64>;
    fn forget(&self, number: u64);
    /// Takes back what waits for room, and drops it.
    fn withdraw(&self, number: u64);
}

impl<T: Send> Flushable for Queue<T> {
    fn poll(&self, number: u64, target: Target, context: &Context<'_>) -> Poll<u64> {
        Queue::poll(self, number, target, context)
    }

    fn forget(&self, number: u64) {
        Queue::forget(self, number);
    }

    fn withdraw(&self, number: u64) {
        drop(Queue::withdraw(self, number));
    }
}

/// A future's part in queues.
pub(super) struct Waiting {
    number: u64,
    /// Queues that are not there yet.
    queues: Vec<(Arc<dyn Flushable>, Target)>,
    /// Entries that the sinks of the others have given up.
    dead_letters: u64,
}

impl Waiting {
    pub(super) fn new(queues: Vec<(Arc<dyn Flushable>, Target)>) -> Self {
        Self { number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), queues, dead_letters: 0 }
    }

    /// Is ready once all queues are there; with the number of entries that were given up.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<u64> {
        let (number, dead_letters) = (self.number, &mut self.dead_letters);
        self.queues.retain(|(queue, target)| match queue.poll(number, *target, context) {
            Poll::Ready(more) => {
                *dead_letters += more;
                false
            }
            Poll::Pending => true,
        });
        if self.queues.is_empty() { Poll::Ready(self.dead_letters) } else { Poll::Pending }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.queues.iter().for_each(|(queue, _)| queue.forget(self.number));
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("queues", &self.queues.len()).finish_non_exhaustive()
    }
}

/// Is ready when all writes that were staged before it was made are visible; from [`Store::flush_async`](crate::Store::flush_async).
///
/// It needs no particular executor, borrows nothing, and may be dropped at any time: what was staged is made all the same.
#[must_use = "futures do nothing unless they are awaited"]
#[derive(Debug)]
pub struct Flush(Waiting);

impl Flush {
    pub(super) fn new(waiting: Waiting) -> Self {
        Self(waiting)
    }

    /// There is nothing to wait for.
    pub(crate) fn ready() -> Self {
        Self(Waiting::new(Vec::new()))
    }
}

impl Future for Flush {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.poll(context).map(drop)
    }
}

/// [`Store::flush`](crate::Store::flush) cannot wait here. What was staged is made all the same, only later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushError {
    /// This thread holds a guard or an iterator, or is in a function that was handed to a store: a worker may be waiting for it.
    InsideShard,
    /// This thread is a worker: of another store; or of this one, in the `Eq` of a key, in a `Drop` of what a later write made void, or in
    /// a flush of its own.
    OnWorker,
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InsideShard => {
                "a thread that holds a guard or an iterator cannot wait for staged writes: a worker may be waiting for it"
            }
            Self::OnWorker => "a worker cannot wait for staged writes: it might be waiting for itself",
        })
    }
}

impl Error for FlushError {}
