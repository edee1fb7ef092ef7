//! A store's workers: their threads, their queues, and their end.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    hash::{BuildHasher, Hash},
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use autoshard_tuning::{SlotId, WorkersPolicy};

use super::{
    DurableFlush, DurableFlushError, Flush, FlushError, Sinks, WorkerTelemetry, Write,
    batch::{Committer, InHand, WriteCounters},
    delegate::WaitingRoom,
    flush::{Flushable, Waiting},
    outlet::{Outlet, SinkCounters},
    pinning, place,
    queue::{Lined, Put, Queue, QueueRules, Target},
};
use crate::{
    Store, affinity,
    body::Body,
    control::Control,
    forks::ProcessMark,
    migration::Clones,
    store::Hand,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        thread::{Builder, JoinHandle},
    },
    telemetry::EventKind,
    tuner,
};

/// No core.
const UNPINNED: usize = usize::MAX;

/// A crew, to those who do not know its store's types.
pub(crate) trait Workers: Any + Send + Sync {
    /// Has the workers make what waits, and waits for their end; `false` if this thread is one of them. If the store is dropped, for sinks
    /// only as long as their rules say.
    fn dismiss(&self, is_dropped: bool, control: &Control) -> bool;

    fn telemetry(&self) -> Vec<WorkerTelemetry>;
}

struct Worker<K, V> {
    queue: Arc<Queue<Write<K, V>>>,
    counters: WriteCounters,
    in_hand: Mutex<InHand<K, V>>,
    /// Until the worker takes it.
    outlet: Mutex<Option<Outlet<K, V>>>,
    clones: Option<Clones<K, V>>,
    sink_counters: SinkCounters,
    core: AtomicUsize,
    /// Whether it was to be pinned, and is not.
    is_pinning_refused: AtomicBool,
    busy_ns: AtomicU64,
}

/// Sinks for workers, and how to copy for them.
pub(crate) type Supply<'a, K, V> = (&'a mut Sinks<K, V>, Clones<K, V>);

/// A store's workers.
pub(crate) struct Crew<K, V> {
    /// The store's number.
    number: u32,
    /// The process in which the threads run: not in one that is forked off it.
    process: ProcessMark,
    slots: u32,
    queue_capacity: usize,
    /// How long the drop of the store waits for sinks; none if there are none.
    drop_within: Option<Duration>,
    workers: Vec<Arc<Worker<K, V>>>,
    /// Whether they take no writes any more.
    is_dismissed: AtomicBool,
    /// Until they are dismissed.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<K, V> Crew<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    pub(super) fn new<S>(store: &Store<K, V, S>, policy: &WorkersPolicy, mut sinks: Option<Supply<'_, K, V>>) -> Self {
        let rules = QueueRules {
            capacity: policy.queue.max(1) as usize,
            batch: policy.batch.max(1) as usize,
            linger: policy.linger(),
            full: policy.full,
        };
        let drop_within = sinks.as_ref().map(|(sinks, _)| sinks.rules.drop_within);
        let worker = |index: u32| {
            Arc::new(Worker {
                queue: Arc::new(Queue::new(rules)),
                counters: WriteCounters::default(),
                in_hand: InHand::new(),
                outlet: Mutex::new(sinks.as_mut().map(|(sinks, _)| Outlet::new(index as usize, sinks))),
                clones: sinks.as_ref().map(|(_, clones)| *clones),
                sink_counters: SinkCounters::default(),
                core: AtomicUsize::new(UNPINNED),
                is_pinning_refused: AtomicBool::new(false),
                busy_ns: AtomicU64::new(0),
            })
        };
        let slots = store.control().directory.slots();
        // No more than could have anything to do.
        let count = policy.count.unwrap_or_else(tuner::cores).clamp(1, slots);
        Self {
            number: store.control().number,
            process: ProcessMark::here(),
            slots,
            queue_capacity: rules.capacity,
            drop_within,
            workers: (0..count).map(worker).collect(),
            is_dismissed: AtomicBool::new(false),
            threads: Mutex::new(Vec::new()),
        }
    }

    /// Starts the threads, and gives them to the store; or ends those that were started.
    pub(super) fn set_to_work<S>(self, store: &Store<K, V, S>, is_pinned: bool) -> std::io::Result<()>
    where
        S: BuildHasher + Send + Sync + 'static,
    {
        match self.start(store.body(), is_pinned) {
            Ok(()) => drop(store.control().tuning().workers.set(Arc::new(self))),
            Err(error) => {
                self.dismiss(false, store.control());
                return Err(error);
            }
        }
        Ok(())
    }

    fn start<S>(&self, body: &Arc<Body<K, V, S>>, is_pinned: bool) -> std::io::Result<()>
    where
        S: BuildHasher + Send + Sync + 'static,
    {
        let mut threads = self.threads.lock();
        for (index, worker) in self.workers.iter().enumerate() {
            let (worker, body, number) = (Arc::clone(worker), Arc::clone(body), self.number);
            let run = move || {
                place::take(number, index);
                affinity::adopt();
                if is_pinned {
                    match pinning::pin(index) {
                        Some(core) => worker.core.store(core, Ordering::Relaxed),
                        None => worker.is_pinning_refused.store(true, Ordering::Relaxed),
                    }
                }
                worker.run(&Hand::new(body));
            };
            threads.push(Builder::new().name(name_of(index)).spawn(run)?);
        }
        Ok(())
    }

    /// The worker of a slot: neighbours have the same, as shards mostly consist of neighbours.
    fn worker_of(&self, slot: SlotId) -> &Worker<K, V> {
        &self.workers[self.owner_of(slot)]
    }

    /// Whether they take writes: not once they are dismissed (whoever does that owns the store, so nobody asks beside that), and not in a process
    /// that was forked off theirs.
    pub(crate) fn is_at_work(&self) -> bool {
        !self.is_dismissed.load(Ordering::Relaxed) && self.process.is_here()
    }

    /// Whether the calling thread is one of these workers.
    pub(crate) fn is_worker_thread(&self) -> bool {
        place::current().is_some_and(|place| place.store == self.number)
    }

    /// Stages a write for the worker of its slot. Gives back the write that is not staged, if `may_wait` or the rule leave no other way.
    pub(crate) fn stage(&self, slot: SlotId, write: Write<K, V>, may_wait: bool) -> Result<(), Write<K, V>> {
        // A worker that waited for another one, or for itself, might do so for ever.
        let may_wait = may_wait && !is_any_worker();
        match self.worker_of(slot).queue.put(write, may_wait) {
            Put::Queued => Ok(()),
            Put::PushedOut(oldest) => {
                // Somebody else's, whose panic is not this caller's.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(oldest)));
                Ok(())
            }
            Put::Full(write) => Err(write),
        }
    }

    /// Leaves an operation to the worker of its slot. If it has to wait for room, says in which queue, and as what; gives it back if it is refused.
    pub(crate) fn delegate(&self, slot: SlotId, write: Write<K, V>) -> Result<Option<WaitingRoom>, Write<K, V>> {
        let queue = &self.worker_of(slot).queue;
        match queue.put_or_line_up(write) {
            Lined::Waiting(number) => Ok(Some(WaitingRoom::new(Arc::clone(queue) as Arc<dyn Flushable>, number))),
            Lined::Put(Put::Queued) => Ok(None),
            Lined::Put(Put::PushedOut(oldest)) => {
                let _ = catch_unwind(AssertUnwindSafe(|| drop(oldest)));
                Ok(None)
            }
            Lined::Put(Put::Full(write)) => Err(write),
        }
    }

    /// The number of the worker of a slot.
    pub(crate) fn owner_of(&self, slot: SlotId) -> usize {
        (u64::from(slot) * self.workers.len() as u64 / u64::from(self.slots)) as usize
    }

    /// Has a worker come to all that is in its queue without lingering: somebody waits for it.
    pub(crate) fn hurry(&self, worker: usize) {
        let queue = &self.workers[worker].queue;
        queue.hurry(queue.staged());
    }

    /// Waits until all that was staged before is made; on one of these workers, makes what is its own.
    pub(crate) fn flush<S: BuildHasher>(&self, store: &Store<K, V, S>) -> Result<(), FlushError> {
        // All are told before the first is waited for.
        let targets: Vec<_> = self.targets().collect();
        match place::current() {
            None => targets.into_iter().for_each(|(queue, items)| {
                queue.wait(Target { items, is_durable: false });
            }),
            Some(place) if place.store == self.number && place.may_flush => {
                let worker = &self.workers[place.worker];
                worker.committer(store).commit_inline(&worker.queue);
            }
            Some(_) => return Err(FlushError::OnWorker),
        }
        Ok(())
    }

    /// As [`flush`](Self::flush), later.
    pub(crate) fn flush_later(&self) -> Flush {
        Flush::new(self.wait_later(false))
    }

    /// Waits until all that was staged before is confirmed.
    pub(crate) fn flush_durable(&self) -> Result<(), DurableFlushError> {
        if self.drop_within.is_none() {
            return Err(DurableFlushError::NoSink);
        }
        if is_any_worker() {
            return Err(DurableFlushError::OnWorker);
        }
        let targets: Vec<_> = self.targets().collect();
        let wait = |(queue, items): (&Arc<Queue<_>>, u64)| queue.wait(Target { items, is_durable: true });
        DurableFlushError::check(targets.into_iter().map(wait).sum())
    }

    /// As [`flush_durable`](Self::flush_durable), later.
    pub(crate) fn flush_durable_later(&self) -> DurableFlush {
        if self.drop_within.is_none() {
            return DurableFlush::refused();
        }
        DurableFlush::new(self.wait_later(true))
    }

    fn wait_later(&self, is_durable: bool) -> Waiting {
        let waits = self
            .targets()
            .map(|(queue, items)| (Arc::clone(queue) as Arc<dyn Flushable>, Target { items, is_durable }));
        Waiting::new(waits.collect())
    }

    fn targets(&self) -> impl Iterator<Item = (&Arc<Queue<Write<K, V>>>, u64)> {
        self.workers.iter().map(|worker| {
            let target = worker.queue.staged();
            worker.queue.hurry(target);
            (&worker.queue, target)
        })
    }

    /// Waits for the workers' end, but no longer than this; tells whom it did not wait for.
    fn is_over_within(&self, patience: Duration, control: &Control) -> bool {
        let began = crate::sync::time::Instant::now();
        let busy: Vec<u64> =
            self.workers.iter().filter_map(|worker| worker.queue.wait_for_end(began, patience)).collect();
        if !busy.is_empty() {
            let (workers, writes) = (busy.len() as u64, busy.iter().sum());
            control.announce(EventKind::SinkAbandoned { workers, writes });
        }
        busy.is_empty()
    }

    /// Those of a model, which starts no threads.
    #[cfg(autoshard_shuttle)]
    pub(crate) fn of_model<S>(store: &Store<K, V, S>, sinks: Option<Supply<'_, K, V>>) -> Self {
        Self::new(store, &store.control().policy().workers, sinks)
    }

    #[cfg(autoshard_shuttle)]
    pub(crate) fn len(&self) -> usize {
        self.workers.len()
    }

    /// The work of one of the workers, for models, which start no threads.
    #[cfg(autoshard_shuttle)]
    pub(crate) fn work_of<S>(&self, index: usize, body: Arc<Body<K, V, S>>) -> Box<dyn FnOnce() + Send>
    where
        S: BuildHasher + Send + Sync + 'static,
    {
        let (worker, number) = (Arc::clone(&self.workers[index]), self.number);
        Box::new(move || {
            place::take(number, index);
            worker.run(&Hand::new(body));
        })
    }
}

impl<K: Eq + Hash, V> Worker<K, V> {
    /// Makes batches until the queue is closed and empty.
    fn run<S: BuildHasher>(&self, store: &Store<K, V, S>) {
        let committer = self.committer(store);
        let mut outlet = self.outlet.lock().take();
        while let Some(batch) = self.queue.take() {
            let (began, writes) = (Instant::now(), batch.len());
            // What users' code does is caught closer by; this is for faults of ours: waiters must not wait for ever.
            let _ = catch_unwind(AssertUnwindSafe(|| committer.commit(batch)));
            // Before anybody is told, so that who has flushed finds it counted.
            self.busy_ns.fetch_add(began.elapsed().as_nanos() as u64, Ordering::Relaxed);
            let done = self.queue.made(writes + committer.taken_inline());
            if let Some(outlet) = &mut outlet {
                let notes = committer.notes();
                let given_up = outlet.hand_on(notes.entries, &self.sink_counters, store.control());
                self.queue.confirmed(done, given_up + notes.missing);
            }
        }
        // The user's sink, whose `Drop` may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(outlet)));
        self.queue.leave();
    }

    fn committer<'a, S>(&'a self, store: &'a Store<K, V, S>) -> Committer<'a, K, V, S> {
        Committer { store, counters: &self.counters, in_hand: &self.in_hand, clones: self.clones }
    }

    fn telemetry(&self, index: usize, queue_capacity: usize) -> WorkerTelemetry {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let core = self.core.load(Ordering::Relaxed);
        let (writes, queue) = (&self.counters, &self.queue.counters);
        WorkerTelemetry {
            name: name_of(index),
            core: (core != UNPINNED).then_some(core),
            pinning_refused: self.is_pinning_refused.load(Ordering::Relaxed),
            queued: self.queue.len(),
            queue_capacity,
            committed: load(&writes.committed),
            coalesced: load(&writes.coalesced),
            lost: load(&writes.lost),
            panics: load(&writes.panics),
            batches: load(&queue.batches),
            blocked: load(&queue.blocked),
            rejected: load(&queue.rejected),
            dropped: load(&queue.pushed_out),
            sink_batches: load(&self.sink_counters.batches),
            sink_failures: load(&self.sink_counters.failures),
            dead_letters: load(&self.sink_counters.dead_letters),
            busy: Duration::from_nanos(load(&self.busy_ns)),
        }
    }
}

impl<K, V> Workers for Crew<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn dismiss(&self, is_dropped: bool, control: &Control) -> bool {
        self.is_dismissed.store(true, Ordering::Relaxed);
        if !self.process.is_here() {
            // There is nobody to end, and what the threads held at the fork is held for ever.
            return true;
        }
        self.workers.iter().for_each(|worker| worker.queue.close());
        let is_one_of_them = self.is_worker_thread();
        let threads = std::mem::take(&mut *self.threads.lock());
        let patience = self.drop_within.filter(|_| is_dropped && !is_one_of_them);
        if patience.is_some_and(|patience| !self.is_over_within(patience, control)) {
            // Each gives back its count of the body when its sink comes back, if ever.
            drop(threads);
        } else if !is_one_of_them {
            // They do not panic, and if they did, the store would have no use for that.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        !is_one_of_them
    }

    fn telemetry(&self) -> Vec<WorkerTelemetry> {
        self.workers.iter().enumerate().map(|(index, worker)| worker.telemetry(index, self.queue_capacity)).collect()
    }
}

pub(super) fn is_any_worker() -> bool {
    place::current().is_some()
}

fn name_of(index: usize) -> String {
    format!("autoshard-worker-{index}")
}
