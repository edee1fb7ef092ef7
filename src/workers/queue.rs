//! A worker's queue: writes wait here, in order, and so do those who want to know that theirs were made.
//!
//! # Roles
//!
//! Any number of *producers* put items in; one *worker* takes them out, in batches; *waiters* ([`Flush`](super::Flush), or a thread) want
//! all that was staged before they came to be done. The queue is first in, first out, and a key always goes to the same
//! queue, so the writes of one producer to one key are made in the order in which they were staged.
//!
//! # Why a flush is right
//!
//! `staged` counts items *before* they are in the queue, `done` counts them after they were made, and is only written by the worker, when it
//! has nothing in hand. So `done` is the length of a prefix of all that was ever in the queue: items come out in order, and those
//! that were pushed out by `drop_oldest` came out at the same end.
//!
//! A waiter reads its target T off `staged`. Each item that was in the queue by then had been counted, so the last of them
//! is at position T or before; once `done >= T`, the prefix reaches it. An item that is counted and then refused is counted out again,
//! and T may be out of reach: so it is also enough that `done >= staged`, read later: whatever is in the queue is counted
//! in `staged`, so the prefix is all of it. Whoever counts out tells the waiters. (In between, T may be larger than need be: a flush
//! may wait for a write that began beside it, never for less than it has to.)
//!
//! # Why nobody sleeps on
//!
//! Waiters and blocked producers look at `done`, or try the queue, under `gate`, and wait on it; the worker goes through `gate` after each
//! batch that it took (for producers) and made (for waiters). The worker itself sleeps under `gate`, but producers do not take that
//! lock: the worker first says in `state` that it is about to sleep, then looks at the queue once more; a producer
//! first puts its item in, then looks at `state`. A fence lies between the two steps on both sides, so at least one sees the other; a producer
//! that sees the worker asleep takes `gate` to wake it, and so comes either before the last look or when it already waits.
//!
//! # Who finds no room
//!
//! Items that wait for room, those of blocked producers and of delegated operations, stand in a *line*, under `gate`; the worker moves them into the
//! queue, in order, when it has taken a batch. An item joins the line only under `gate` and while the queue is full, and the worker
//! goes through `gate` after each batch: so the queue is never empty while the line is not, and nobody stands in it for ever. A producer that sees anybody
//! in the line (`in_line`) finds the queue full. So what one producer puts in stays in order: its own item in the line is counted before it goes on, and
//! counted out only after that was moved. Others may overtake it.
//!
//! Items in the line are counted in `staged`, which makes a flush wait longer than it must, and no shorter: the argument above is about those in the
//! queue. An item that is withdrawn is counted out as one that was refused.
//!
//! Models check all of this but the queue itself, which is a deque under a mutex there (`sync/model/queue.rs`).
#![forbid(unsafe_code)]

use std::{
    collections::VecDeque,
    mem,
    task::{Context, Poll, Waker},
    time::Duration,
};

use autoshard_tuning::FullRule;

use crate::sync::{
    BoundedQueue, Condvar, Mutex, MutexGuard,
    atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering, fence},
    time::Instant,
};

/// The worker is at work, and looks at the queue before it sleeps.
const AWAKE: u8 = 0;
/// It waits for more to come, until a batch is full or its first item has waited long enough.
const LINGERING: u8 = 1;
/// It waits for anything.
const IDLE: u8 = 2;

/// How a queue behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueRules {
    pub(super) capacity: usize,
    pub(super) batch: usize,
    pub(super) linger: Duration,
    pub(super) full: FullRule,
}

/// What became of an item that was put in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put<T> {
    /// It is in the queue.
    Queued,
    /// It is, in place of this one.
    PushedOut(T),
    /// It is not.
    Full(T),
}

/// What became of an item that does not block its producer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lined<T> {
    /// It was put in, or not.
    Put(Put<T>),
    /// It waits for room, under this number.
    Waiting(u64),
}

/// What a waiter waits for: so many items, in the order of the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) items: u64,
    /// Whether they have to be confirmed, and not only made.
    pub(super) is_durable: bool,
}

/// Counters since the queue was made.
#[derive(Default)]
pub(super) struct QueueCounters {
    pub(super) blocked: AtomicU64,
    pub(super) rejected: AtomicU64,
    pub(super) pushed_out: AtomicU64,
    pub(super) batches: AtomicU64,
}

pub(super) struct Queue<T> {
    rules: QueueRules,
    items: BoundedQueue<T>,
    staged: AtomicU64,
    /// The length of the line, written under the gate.
    in_line: AtomicUsize,
    state: AtomicU8,
    gate: Mutex<Gate<T>>,
    /// For the worker.
    wake: Condvar,
    /// For blocked producers.
    room: Condvar,
    /// For waiters.
    made: Condvar,
    pub(super) counters: QueueCounters,
}

struct Gate<T> {
    done: u64,
    /// Items that were pushed out, and are not in `done` yet.
    pushed_out: u64,
    /// Items that wait for room, by numbers that grow.
    line: VecDeque<(u64, T)>,
    next_in_line: u64,
    /// The worker does not linger before `done` is as much as this.
    hurry_until: u64,
    is_closing: bool,
    /// By the number of the waiter, and its target.
    wakers: Vec<(u64, Target, Waker)>,
    /// As `done`, of those that a sink has confirmed or given up. Stays behind where there is no sink.
    durable: u64,
    /// Entries that a sink has given up.
    dead_letters: u64,
    /// The worker has left.
    is_over: bool,
}

impl<T> Gate<T> {
    fn new() -> Self {
        Self {
            done: 0,
            pushed_out: 0,
            line: VecDeque::new(),
            next_in_line: 0,
            hurry_until: 0,
            is_closing: false,
            wakers: Vec::new(),
            durable: 0,
            dead_letters: 0,
            is_over: false,
        }
    }
}

impl<T> Queue<T> {
    pub(super) fn new(mut rules: QueueRules) -> Self {
        // A full queue is a full batch: nobody lingers where nothing more can come.
        rules.batch = rules.batch.min(rules.capacity);
        Self {
            rules,
            items: BoundedQueue::new(rules.capacity),
            staged: AtomicU64::new(0),
            in_line: AtomicUsize::new(0),
            state: AtomicU8::new(AWAKE),
            gate: Mutex::new(Gate::new()),
            wake: Condvar::new(),
            room: Condvar::new(),
            made: Condvar::new(),
            counters: QueueCounters::default(),
        }
    }

    /// Items that wait.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Items that were accepted so far, or are about to be.
    pub(super) fn staged(&self) -> u64 {
        self.staged.load(Ordering::SeqCst)
    }

    /// Puts an item in, by the rule for full queues; who must not wait gets it back in place of that.
    pub(super) fn put(&self, item: T, may_wait: bool) -> Put<T> {
        // First: see above.
        self.staged.fetch_add(1, Ordering::SeqCst);
        let put = match self.push(item) {
            Ok(()) => Put::Queued,
            Err(item) => self.put_in_full(item, may_wait),
        };
        self.account(&put);
        put
    }

    /// As [`put`](Self::put), but where that would wait, the item does, and its producer does not.
    pub(super) fn put_or_line_up(&self, item: T) -> Lined<T> {
        self.staged.fetch_add(1, Ordering::SeqCst);
        let put = match self.push(item) {
            Ok(()) => Put::Queued,
            Err(item) if self.rules.full == FullRule::Block => {
                self.counters.blocked.fetch_add(1, Ordering::Relaxed);
                match self.line_up(&mut self.gate.lock(), item) {
                    None => Put::Queued,
                    Some(number) => return Lined::Waiting(number),
                }
            }
            Err(item) => self.put_in_full(item, false),
        };
        self.account(&put);
        Lined::Put(put)
    }

    /// Takes an item that [waits for room](Lined::Waiting) back; `None` if it waits no more.
    pub(super) fn withdraw(&self, number: u64) -> Option<T> {
        let mut gate = self.gate.lock();
        let at = gate.line.iter().position(|(other, _)| *other == number)?;
        let (_, item) = gate.line.remove(at)?;
        self.in_line.store(gate.line.len(), Ordering::SeqCst);
        self.staged.fetch_sub(1, Ordering::SeqCst);
        self.tell(gate);
        Some(item)
    }

    /// Puts an item in, if nobody has been waiting for that.
    fn push(&self, item: T) -> Result<(), T> {
        if self.in_line.load(Ordering::SeqCst) > 0 { Err(item) } else { self.items.push(item) }
    }

    fn account(&self, put: &Put<T>) {
        if matches!(put, Put::Full(_)) {
            self.staged.fetch_sub(1, Ordering::SeqCst);
            self.counters.rejected.fetch_add(1, Ordering::Relaxed);
            self.tell(self.gate.lock());
        } else {
            self.nudge();
        }
    }

    #[cold]
    fn put_in_full(&self, item: T, may_wait: bool) -> Put<T> {
        match self.rules.full {
            FullRule::DropOldest => match self.items.force_push(item) {
                None => Put::Queued,
                Some(oldest) => {
                    self.counters.pushed_out.fetch_add(1, Ordering::Relaxed);
                    self.gate.lock().pushed_out += 1;
                    // The worker has to count it, also if it has made all others already.
                    self.wake.notify_all();
                    Put::PushedOut(oldest)
                }
            },
            FullRule::Block if may_wait => {
                self.counters.blocked.fetch_add(1, Ordering::Relaxed);
                self.put_patiently(item);
                Put::Queued
            }
            _ => Put::Full(item),
        }
    }

    fn put_patiently(&self, item: T) {
        let mut gate = self.gate.lock();
        let Some(number) = self.line_up(&mut gate, item) else { return };
        while gate.line.front().is_some_and(|(first, _)| *first <= number) {
            self.room.wait(&mut gate);
        }
    }

    /// Puts an item in, or at the line's end if there is no room; says under which number.
    fn line_up(&self, gate: &mut Gate<T>, item: T) -> Option<u64> {
        let Err(item) = self.push(item) else { return None };
        let number = gate.next_in_line;
        gate.next_in_line += 1;
        gate.line.push_back((number, item));
        self.in_line.store(gate.line.len(), Ordering::SeqCst);
        self.wake.notify_all();
        Some(number)
    }

    /// Moves as many as there is room for out of the line into the queue.
    fn let_in(&self, gate: &mut Gate<T>) {
        let before = gate.line.len();
        while let Some((number, item)) = gate.line.pop_front() {
            if let Err(item) = self.items.push(item) {
                gate.line.push_front((number, item));
                break;
            }
        }
        if gate.line.len() < before {
            self.in_line.store(gate.line.len(), Ordering::SeqCst);
            // They have waited enough.
            gate.hurry_until = gate.hurry_until.max(self.staged());
            self.room.notify_all();
        }
    }

    /// Wakes the worker if it would sleep past what was put in.
    fn nudge(&self) {
        // Pairs with the fence in `wait_for_work`.
        fence(Ordering::SeqCst);
        let is_due = match self.state.load(Ordering::Relaxed) {
            IDLE => true,
            LINGERING => self.items.len() >= self.rules.batch,
            _ => false,
        };
        if is_due {
            let _gate = self.gate.lock();
            self.wake.notify_all();
        }
    }

    /// The worker's next batch, in order; `None` once the queue is closed and empty. May be empty.
    pub(super) fn take(&self) -> Option<Vec<T>> {
        self.wait_for_work().then(|| self.take_at_once(self.rules.batch))
    }

    /// At most so many items, and no more than a batch, without a wait. For the worker, which has to count them among those that it
    /// [made](Self::made).
    pub(super) fn take_at_once(&self, most: usize) -> Vec<T> {
        let mut batch = Vec::new();
        while batch.len() < most.min(self.rules.batch)
            && let Some(item) = self.items.pop()
        {
            batch.push(item);
        }
        if !batch.is_empty() {
            self.counters.batches.fetch_add(1, Ordering::Relaxed);
        }
        self.let_in(&mut self.gate.lock());
        batch
    }

    /// Sleeps until a batch is due; `false` once there will be none.
    fn wait_for_work(&self) -> bool {
        let mut gate = self.gate.lock();
        let mut since = None;
        let goes_on = loop {
            let waiting = self.items.len();
            if gate.pushed_out > 0 || waiting >= self.rules.batch {
                break true;
            }
            let left = if waiting == 0 {
                since = None;
                if gate.is_closing {
                    break false;
                }
                None
            } else {
                let waited = since.get_or_insert_with(Instant::now).elapsed();
                let is_hurried = gate.is_closing || gate.done < gate.hurry_until;
                let left = self.rules.linger.saturating_sub(waited);
                if is_hurried || left.is_zero() {
                    break true;
                }
                Some(left)
            };
            self.state.store(if left.is_some() { LINGERING } else { IDLE }, Ordering::Relaxed);
            // Pairs with the fence in `nudge`.
            fence(Ordering::SeqCst);
            if self.items.len() == waiting {
                match left {
                    None => self.wake.wait(&mut gate),
                    Some(left) => drop(self.wake.wait_for(&mut gate, left)),
                }
            }
            self.state.store(AWAKE, Ordering::Relaxed);
        };
        self.state.store(AWAKE, Ordering::Relaxed);
        goes_on
    }

    /// The worker has made a batch of so many, and has nothing in hand; says how many are done by that.
    pub(super) fn made(&self, items: usize) -> u64 {
        let mut gate = self.gate.lock();
        let done = items as u64 + mem::take(&mut gate.pushed_out);
        gate.done += done;
        self.tell(gate);
        done
    }

    /// The sink has taken so many of what was [made](Self::made), or given up some entries of it.
    pub(super) fn confirmed(&self, items: u64, dead_letters: u64) {
        let mut gate = self.gate.lock();
        gate.durable += items;
        gate.dead_letters += dead_letters;
        self.tell(gate);
    }

    /// Tells all waiters whose target is reached.
    fn tell(&self, mut gate: MutexGuard<'_, Gate<T>>) {
        let reached: Vec<_> = {
            let (done, durable, staged) = (gate.done, gate.durable, self.staged());
            let is_reached =
                |target: &Target| (if target.is_durable { durable } else { done }) >= target.items.min(staged);
            gate.wakers.extract_if(.., |(_, target, _)| is_reached(target)).collect()
        };
        drop(gate);
        self.made.notify_all();
        // Outside: these are an executor's code, and may come back here.
        reached.into_iter().for_each(|(.., waker)| waker.wake());
    }

    fn is_reached(&self, gate: &Gate<T>, target: Target) -> bool {
        (if target.is_durable { gate.durable } else { gate.done }) >= target.items.min(self.staged())
    }

    /// Has the worker come to the target without lingering.
    pub(super) fn hurry(&self, items: u64) {
        let mut gate = self.gate.lock();
        if !self.is_reached(&gate, Target { items, is_durable: false }) {
            gate.hurry_until = gate.hurry_until.max(items);
            self.wake.notify_all();
        }
    }

    /// Waits until the target is reached; says how many entries the sink has given up.
    pub(super) fn wait(&self, target: Target) -> u64 {
        let mut gate = self.gate.lock();
        while !self.is_reached(&gate, target) {
            self.made.wait(&mut gate);
        }
        gate.dead_letters
    }

    /// The worker leaves.
    pub(super) fn leave(&self) {
        self.gate.lock().is_over = true;
        self.made.notify_all();
    }

    /// Waits until the worker has left, but no longer than this, counted from then; says how many writes are not handed on if it has not.
    pub(super) fn wait_for_end(&self, began: Instant, patience: Duration) -> Option<u64> {
        let mut gate = self.gate.lock();
        while !gate.is_over {
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Some(self.staged().saturating_sub(gate.durable));
            }
            self.made.wait_for(&mut gate, left);
        }
        None
    }

    /// As [`wait`](Self::wait), for a future of that number.
    pub(super) fn poll(&self, number: u64, target: Target, context: &Context<'_>) -> Poll<u64> {
        // The executor's code runs outside the gate, here and below: it may come back here.
        let waker = context.waker().clone();
        let mut gate = self.gate.lock();
        let before: Vec<_> = gate.wakers.extract_if(.., |(other, ..)| *other == number).collect();
        let is_reached = self.is_reached(&gate, target);
        let unused = if is_reached {
            Some(waker)
        } else {
            gate.wakers.push((number, target, waker));
            None
        };
        let dead_letters = gate.dead_letters;
        drop(gate);
        drop((before, unused));
        if is_reached { Poll::Ready(dead_letters) } else { Poll::Pending }
    }

    /// Forgets a future.
    pub(super) fn forget(&self, number: u64) {
        let forgotten: Vec<_> = self.gate.lock().wakers.extract_if(.., |(other, ..)| *other == number).collect();
        drop(forgotten);
    }

    /// Nothing comes any more: the worker ends once it has made what waits.
    pub(super) fn close(&self) {
        self.gate.lock().is_closing = true;
        self.wake.notify_all();
    }
}
