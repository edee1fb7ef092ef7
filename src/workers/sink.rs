//! Where workers hand on what they made.
#![forbid(unsafe_code)]

use std::{error::Error, fmt, time::Duration};

use crate::sync::Arc;

/// Takes what a worker has made: writes it to a log, sends it elsewhere.
///
/// Each worker has a sink of its own ([`Sinks::new`]), and calls it on its own thread, outside all shards, with a batch after it was made, before it
/// takes the next one. So a slow sink slows its worker, whose queue fills, whose writers are told by `workers.full`.
///
/// It may use the store, but staging never waits there, and flushing is refused.
pub trait Sink<K, V>: Send {
    /// Takes a batch. Once this has returned `Ok`, the batch counts as confirmed, and is never seen again.
    ///
    /// # Errors
    ///
    /// If it cannot take it, the same batch comes again, after a while, also if parts of it have been taken: what a sink does with a batch
    /// has to stand being done twice. A panic counts as an error.
    fn commit(&mut self, batch: &Batch<K, V>) -> Result<(), SinkError>;
}

/// What one worker made: keys, with the values that its staged writes left there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch<K, V> {
    pub(super) worker: usize,
    pub(super) number: u64,
    pub(super) entries: Vec<(K, Option<V>)>,
}

impl<K, V> Batch<K, V> {
    /// The number of the worker. All batches with a key come from the same one.
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// The batch's number: batches of a worker count from 0, without gaps.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Keys in the order in which they were written, with the value that was left there, or `None` for one that was removed.
    ///
    /// A key has one entry in a batch, however many writes were folded; where a worker [flushed](crate::Store::flush) inside the batch, it may
    /// have several, of which the last one counts. Of an update there is its result.
    pub fn entries(&self) -> &[(K, Option<V>)] {
        &self.entries
    }

    /// As [`entries`](Self::entries), to keep.
    pub fn into_entries(self) -> Vec<(K, Option<V>)> {
        self.entries
    }
}

/// A sink could not take a batch.
#[derive(Debug)]
pub struct SinkError {
    cause: Box<dyn Error + Send + Sync>,
    is_final: bool,
}

impl SinkError {
    /// It may be worth another attempt.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { cause: cause.into(), is_final: false }
    }

    /// No attempt will do better: the batch becomes a dead letter at once.
    pub fn fatal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { cause: cause.into(), is_final: true }
    }

    pub(super) fn forbids_retry(&self) -> bool {
        self.is_final
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the sink did not take a batch: {}", self.cause)
    }
}

impl Error for SinkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

/// What becomes of a batch that no attempt could hand on.
pub(super) type DeadLetters<K, V> = Arc<dyn Fn(Batch<K, V>, SinkError) + Send + Sync>;

type Make<K, V> = Box<dyn FnMut(usize) -> Box<dyn Sink<K, V>> + Send>;

/// How patient a worker is with its sink.
#[derive(Clone, Copy, Debug)]
pub(super) struct SinkRules {
    pub(super) attempts: u32,
    pub(super) pause: Duration,
    pub(super) pause_max: Duration,
    pub(super) drop_within: Duration,
}

/// By default a batch is given up after 8 attempts, and 1.27 seconds of pauses between them. A guess: outlasts a connection that is made anew, and is over
/// before writers have stood still for long.
const RULES: SinkRules = SinkRules {
    attempts: 8,
    pause: Duration::from_millis(10),
    pause_max: Duration::from_secs(1),
    // A guess: no more than people wait for a program to end.
    drop_within: Duration::from_secs(10),
};

/// As good as for ever, and still a time that can be added to another one.
const DROP_WITHIN_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// The sinks of a store's workers, and what happens when they fail; for [`StoreBuilder::build_with_sinks`](crate::StoreBuilder::build_with_sinks).
#[must_use]
pub struct Sinks<K, V> {
    make: Make<K, V>,
    pub(super) rules: SinkRules,
    pub(super) dead_letters: DeadLetters<K, V>,
}

impl<K: 'static, V: 'static> Sinks<K, V> {
    /// Calls this for each worker, by its number, when the store is built.
    pub fn new<T: Sink<K, V> + 'static>(mut make: impl FnMut(usize) -> T + Send + 'static) -> Self {
        Self { make: Box::new(move |worker| Box::new(make(worker))), rules: RULES, dead_letters: Arc::new(|_, _| ()) }
    }

    /// How often a batch is offered before it is given up: 8 times, unless this says otherwise; at least once.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.rules.attempts = attempts.max(1);
        self
    }

    /// How long a worker waits before it offers a batch again: 10 ms, then twice as long each time, up to 1 s; unless this says otherwise.
    pub fn pause(mut self, first: Duration, most: Duration) -> Self {
        (self.rules.pause, self.rules.pause_max) = (first, most);
        self
    }

    /// How long the drop of the store waits for sinks that are still busy: 10 s, unless this says otherwise. After that it goes on without
    /// them, with an event ([`SinkAbandoned`](crate::telemetry::EventKind::SinkAbandoned)); a worker whose sink comes back later hands on what
    /// it has, if the process lives so long.
    pub fn drop_within(mut self, longest: Duration) -> Self {
        self.rules.drop_within = longest.min(DROP_WITHIN_MAX);
        self
    }

    /// Calls this, on the worker's thread, with each batch that is given up. A panic in it is caught. Without it, they are dropped, and counted.
    pub fn dead_letters(mut self, take: impl Fn(Batch<K, V>, SinkError) + Send + Sync + 'static) -> Self {
        self.dead_letters = Arc::new(take);
        self
    }

    pub(super) fn make(&mut self, worker: usize) -> Box<dyn Sink<K, V>> {
        (self.make)(worker)
    }
}

impl<K, V> fmt::Debug for Sinks<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sinks").field("rules", &self.rules).finish_non_exhaustive()
    }
}
