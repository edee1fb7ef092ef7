//! Operations that a worker carries out for somebody who waits for the result.
//!
//! # Roles
//!
//! A *task* holds a function, and later its result. Its [`Delegation`] goes through a queue to a worker, its [`Delegated`] stays with the caller.
//! Whoever takes the function out of the task, under its lock, decides: the worker, which runs it and leaves the result; or the caller,
//! who drops it unrun, with the future. So it runs once and as a whole, or never.
//!
//! # Nobody waits for ever
//!
//! A delegation that is dropped without having run (pushed out of a full queue, or lost to a panic in the code of a key) leaves an error in place of a
//! result. The worker leaves the result under the lock under which the caller looks for it and says how to be woken, so one of the two sees
//! the other. No code of users, or of executors, runs under the lock.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    error::Error,
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::{batch::message_of, crew::is_any_worker, flush::Flushable};
use crate::{
    Entry,
    sync::{Arc, Condvar, Mutex},
};

enum State<F, R> {
    /// Nobody has taken the function.
    Waiting(F),
    Running,
    Over(Result<R, DelegateError>),
    /// The result has been taken, or nobody wants it.
    Settled,
}

struct Task<F, R> {
    inner: Mutex<(State<F, R>, Option<Waker>)>,
    /// For a thread that waits.
    over: Condvar,
}

impl<F, R> Task<F, R> {
    /// Takes the function, if nobody has.
    fn take(&self, next: State<F, R>) -> Option<F> {
        let mut inner = self.inner.lock();
        if !matches!(inner.0, State::Waiting(_)) {
            return None;
        }
        match mem::replace(&mut inner.0, next) {
            State::Waiting(function) => Some(function),
            _ => unreachable!("it was waiting a moment ago, under the same lock"),
        }
    }

    fn finish(&self, result: Result<R, DelegateError>) {
        let mut inner = self.inner.lock();
        let unwanted = if matches!(inner.0, State::Settled) {
            Some(result)
        } else {
            inner.0 = State::Over(result);
            None
        };
        let waker = inner.1.take();
        drop(inner);
        self.over.notify_all();
        // An executor's code, and a result's `Drop`: a panic in either is not the worker's.
        let _ = catch_unwind(AssertUnwindSafe(|| waker.map(Waker::wake)));
        let _ = catch_unwind(AssertUnwindSafe(|| drop(unwanted)));
    }
}

/// A task, to the worker.
trait Operation<K, V>: Send + Sync {
    /// Runs it on the entry of the key; `false` if it was withdrawn. A panic in it is passed on, after the caller was told.
    fn run<'a>(&self, key: K, enter: &mut dyn FnMut(K) -> Entry<'a, K, V>) -> bool;

    /// It will not be run.
    fn give_up(&self);
}

impl<K, V, F, R> Operation<K, V> for Task<F, R>
where
    F: FnOnce(Entry<'_, K, V>) -> R + Send,
    R: Send,
{
    fn run<'a>(&self, key: K, enter: &mut dyn FnMut(K) -> Entry<'a, K, V>) -> bool {
        let Some(function) = self.take(State::Running) else { return false };
        match catch_unwind(AssertUnwindSafe(|| function(enter(key)))) {
            Ok(result) => self.finish(Ok(result)),
            Err(payload) => {
                self.finish(Err(DelegateError::of_panic(&*payload)));
                resume_unwind(payload);
            }
        }
        true
    }

    fn give_up(&self) {
        if let Some(function) = self.take(State::Running) {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(function)));
            self.finish(Err(DelegateError::Lost));
        }
    }
}

/// A task, to the caller.
trait Outcome<R>: Send + Sync {
    /// The result, if it is there; otherwise wakes this one when it is.
    fn poll(&self, context: &Context<'_>) -> Poll<Result<R, DelegateError>>;

    fn wait(&self) -> Result<R, DelegateError>;

    fn is_over(&self) -> bool;

    /// Nobody wants the result any more.
    fn withdraw(&self);
}

impl<F: Send, R: Send> Outcome<R> for Task<F, R> {
    fn poll(&self, context: &Context<'_>) -> Poll<Result<R, DelegateError>> {
        // The executor's code runs outside the lock.
        let waker = context.waker().clone();
        let mut inner = self.inner.lock();
        let (result, unused) = if matches!(inner.0, State::Over(_)) {
            match mem::replace(&mut inner.0, State::Settled) {
                State::Over(result) => (Poll::Ready(result), Some(waker)),
                _ => unreachable!("it was over a moment ago, under the same lock"),
            }
        } else {
            (Poll::Pending, inner.1.replace(waker))
        };
        drop(inner);
        drop(unused);
        result
    }

    fn wait(&self) -> Result<R, DelegateError> {
        let mut inner = self.inner.lock();
        while !matches!(inner.0, State::Over(_)) {
            self.over.wait(&mut inner);
        }
        match mem::replace(&mut inner.0, State::Settled) {
            State::Over(result) => result,
            _ => unreachable!("it was over a moment ago, under the same lock"),
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.inner.lock().0, State::Over(_))
    }

    fn withdraw(&self) {
        let mut inner = self.inner.lock();
        let unwanted = (mem::replace(&mut inner.0, State::Settled), inner.1.take());
        drop(inner);
        drop(unwanted);
    }
}

/// An operation on its way to a worker. Dropped without having run, it tells its caller.
pub(crate) struct Delegation<K, V>(Arc<dyn Operation<K, V>>);

impl<K, V> Delegation<K, V> {
    /// As the task's.
    pub(super) fn run<'a>(&self, key: K, enter: &mut dyn FnMut(K) -> Entry<'a, K, V>) -> bool {
        self.0.run(key, enter)
    }
}

impl<K, V> Drop for Delegation<K, V> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// Where an operation waits for room.
pub(crate) struct WaitingRoom {
    queue: Arc<dyn Flushable>,
    number: u64,
}

impl WaitingRoom {
    pub(super) fn new(queue: Arc<dyn Flushable>, number: u64) -> Self {
        Self { queue, number }
    }
}

/// An operation that a worker carries out; from [`Store::on_owner`](crate::Store::on_owner). A future for any executor, or [`wait`](Self::wait)ed for.
///
/// It borrows nothing, and outlives the store. Dropped before the operation has begun, it withdraws it: the function is dropped, on this thread, and
/// will not be run. Dropped later, it leaves the operation to be finished, and its result is dropped.
#[must_use = "an operation that is not waited for is withdrawn"]
pub struct Delegated<R> {
    /// None once the result is taken.
    outcome: Option<Arc<dyn Outcome<R>>>,
    waiting_room: Option<WaitingRoom>,
}

impl<R: Send + 'static> Delegated<R> {
    /// An operation, and its two ends.
    pub(crate) fn new<K, V, F>(function: F) -> (Self, Delegation<K, V>)
    where
        K: 'static,
        V: 'static,
        F: FnOnce(Entry<'_, K, V>) -> R + Send + 'static,
    {
        let task = Arc::new(Task { inner: Mutex::new((State::Waiting(function), None)), over: Condvar::new() });
        let delegation = Delegation(Arc::clone(&task) as Arc<dyn Operation<K, V>>);
        (Self { outcome: Some(task), waiting_room: None }, delegation)
    }

    /// What is over already.
    pub(crate) fn over(result: Result<R, DelegateError>) -> Self {
        let state: State<(), R> = State::Over(result);
        let task = Task { inner: Mutex::new((state, None)), over: Condvar::new() };
        Self { outcome: Some(Arc::new(task)), waiting_room: None }
    }

    pub(crate) fn wait_in(&mut self, waiting_room: Option<WaitingRoom>) {
        self.waiting_room = waiting_room;
    }

    /// Waits for the result: blocks the thread, so it is nothing for async code.
    ///
    /// # Errors
    ///
    /// If the operation was not carried out, or panicked. If it is not over, and this thread must not wait, since a worker may be waiting for it: it holds a guard
    /// or an iterator, or is in a function that was handed to a store, or is a worker itself. Then it is withdrawn, or goes on alone, as by a drop.
    ///
    /// # Panics
    ///
    /// If the future was ready before.
    pub fn wait(mut self) -> Result<R, DelegateError> {
        let outcome = self.outcome.take().expect(TAKEN_TWICE);
        if !outcome.is_over()
            && let Some(error) = refusal()
        {
            self.outcome = Some(outcome);
            return Err(error);
        }
        outcome.wait()
    }
}

const TAKEN_TWICE: &str = "a delegated operation is not asked for its result once it has given it";

/// Why this thread must not wait.
fn refusal() -> Option<DelegateError> {
    if crate::store::is_inside_a_shard() {
        Some(DelegateError::InsideShard)
    } else {
        is_any_worker().then_some(DelegateError::OnWorker)
    }
}

impl<R> Future for Delegated<R> {
    type Output = Result<R, DelegateError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.outcome.as_ref().expect(TAKEN_TWICE).poll(context);
        if polled.is_ready() {
            self.outcome = None;
        }
        polled
    }
}

impl<R> Drop for Delegated<R> {
    fn drop(&mut self) {
        let Some(outcome) = self.outcome.take() else { return };
        // First the queue: what waits for room leaves no trace there.
        if let Some(WaitingRoom { queue, number }) = self.waiting_room.take() {
            queue.withdraw(number);
        }
        outcome.withdraw();
    }
}

impl<R> fmt::Debug for Delegated<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delegated").field("is_taken", &self.outcome.is_none()).finish_non_exhaustive()
    }
}

/// Operations on several keys; from [`Store::on_owners`](crate::Store::on_owners). Ready when all are over, with the results in the order of the keys; otherwise each
/// is as a [`Delegated`].
#[must_use = "operations that are not waited for are withdrawn"]
#[derive(Debug)]
pub struct DelegatedBatch<R> {
    operations: Vec<Delegated<R>>,
    results: Vec<Option<Result<R, DelegateError>>>,
}

// Nothing in it is pinned: results are moved in and out.
impl<R> Unpin for DelegatedBatch<R> {}

impl<R: Send + 'static> DelegatedBatch<R> {
    pub(crate) fn new(operations: Vec<Delegated<R>>) -> Self {
        let results = operations.iter().map(|_| None).collect();
        Self { operations, results }
    }

    /// Waits for all results, as [`Delegated::wait`] does for one.
    pub fn wait(self) -> Vec<Result<R, DelegateError>> {
        self.operations
            .into_iter()
            .zip(self.results)
            .map(|(operation, result)| result.unwrap_or_else(|| operation.wait()))
            .collect()
    }
}

impl<R> Future for DelegatedBatch<R> {
    type Output = Vec<Result<R, DelegateError>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { operations, results } = self.get_mut();
        let mut is_ready = true;
        for (operation, result) in operations.iter_mut().zip(results.iter_mut()) {
            if result.is_none() {
                match Pin::new(operation).poll(context) {
                    Poll::Ready(ready) => *result = Some(ready),
                    Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready { Poll::Ready(results.drain(..).flatten().collect()) } else { Poll::Pending }
    }
}

/// A delegated operation has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DelegateError {
    /// The function panicked, or code of the key did. What it had changed by then stays changed; the worker goes on.
    #[non_exhaustive]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// The worker's queue was full, and the policy says `reject`. Nothing was done.
    Full,
    /// It was dropped to make room for later ones, as the policy says `drop_oldest`; or was lost to a panic in the `Eq` or `Clone` of a key. Nothing was done.
    Lost,
    /// [`Delegated::wait`] was called by a thread that holds a guard or an iterator, or is in a function that was handed to a store.
    InsideShard,
    /// [`Delegated::wait`] was called by a worker.
    OnWorker,
}

impl DelegateError {
    pub(crate) fn of_panic(payload: &(dyn Any + Send)) -> Self {
        Self::Panicked { message: message_of(payload) }
    }
}

impl fmt::Display for DelegateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked { message } => write!(f, "the delegated operation panicked: {message}"),
            Self::Full => f.write_str("the worker's queue is full; nothing was done (workers.queue, workers.full)"),
            Self::Lost => f.write_str("the delegated operation was dropped before it was carried out; nothing was done"),
            Self::InsideShard => f.write_str(
                "a thread that holds a guard or an iterator cannot wait for a delegated operation: a worker may be waiting for it",
            ),
            Self::OnWorker => f.write_str("a worker cannot wait for a delegated operation: it might be waiting for itself"),
        }
    }
}

impl Error for DelegateError {}
