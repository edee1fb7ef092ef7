//! A store's workers: their threads, their queues, and their end.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    cell::Cell,
    hash::{BuildHasher, Hash},
    panic::{AssertUnwindSafe, catch_unwind},
    process,
    time::{Duration, Instant},
};

use autoshard_tuning::{SlotId, WorkersPolicy};

use super::{
    Flush, WorkerTelemetry, Write,
    batch::{Committer, WriteCounters},
    flush::Flushable,
    pinning,
    queue::{Put, Queue, QueueRules},
};
use crate::{
    Store, affinity,
    body::Body,
    store::Hand,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        thread::{Builder, JoinHandle},
        thread_local,
    },
    telemetry::EventKind,
    tuner,
};

/// No core.
const UNPINNED: usize = usize::MAX;

thread_local! {
    /// The number of the store whose worker this thread is; 0 for none.
    static WORKS_FOR: Cell<u32> = const { Cell::new(0) };
}

/// A crew, to those who do not know its store's types.
pub(crate) trait Workers: Any + Send + Sync {
    /// Has the workers make what waits, and waits for their end; `false` if this thread is one of them.
    fn dismiss(&self) -> bool;

    fn telemetry(&self) -> Vec<WorkerTelemetry>;
}

struct Worker<K, V> {
    queue: Arc<Queue<Write<K, V>>>,
    counters: WriteCounters,
    core: AtomicUsize,
    busy_ns: AtomicU64,
}

/// A store's workers.
pub(crate) struct Crew<K, V> {
    /// The store's number.
    number: u32,
    /// The process in which the threads run: not in one that is forked off it.
    process: u32,
    slots: u32,
    queue_capacity: usize,
    workers: Vec<Arc<Worker<K, V>>>,
    /// Whether they take no writes any more.
    is_dismissed: AtomicBool,
    /// Until they are dismissed.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Gives a store its workers, if its policy wants any.
pub(crate) fn engage<K, V, S>(store: Store<K, V, S>) -> Store<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Send + Sync + 'static,
{
    let policy = store.control().policy().workers.clone();
    if !policy.enabled {
        return store;
    }
    let crew = Crew::new(&store, &policy);
    match crew.start(store.body(), policy.pinning) {
        Ok(()) => drop(store.control().tuning().workers.set(Arc::new(crew))),
        Err(error) => {
            // Those that were started end at once.
            crew.dismiss();
            let message = format!("workers could not be started ({error}); callers make the writes that they stage");
            store.control().announce(EventKind::WorkersUnavailable { message });
        }
    }
    store
}

impl<K, V> Crew<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    pub(crate) fn new<S>(store: &Store<K, V, S>, policy: &WorkersPolicy) -> Self {
        let rules = QueueRules {
            capacity: policy.queue.max(1) as usize,
            batch: policy.batch.max(1) as usize,
            linger: policy.linger(),
            full: policy.full,
        };
        let worker = |_| {
            Arc::new(Worker {
                queue: Arc::new(Queue::new(rules)),
                counters: WriteCounters::default(),
                core: AtomicUsize::new(UNPINNED),
                busy_ns: AtomicU64::new(0),
            })
        };
        let slots = store.control().directory.slots();
        // No more than could have anything to do.
        let count = policy.count.unwrap_or_else(tuner::cores).clamp(1, slots);
        Self {
            number: store.control().number,
            process: process::id(),
            slots,
            queue_capacity: rules.capacity,
            workers: (0..count).map(worker).collect(),
            is_dismissed: AtomicBool::new(false),
            threads: Mutex::new(Vec::new()),
        }
    }

    fn start<S>(&self, body: &Arc<Body<K, V, S>>, is_pinned: bool) -> std::io::Result<()>
    where
        S: BuildHasher + Send + Sync + 'static,
    {
        let mut threads = self.threads.lock();
        for (index, worker) in self.workers.iter().enumerate() {
            let (worker, body, number) = (Arc::clone(worker), Arc::clone(body), self.number);
            let run = move || {
                WORKS_FOR.with(|works_for| works_for.set(number));
                affinity::adopt();
                if is_pinned && let Some(core) = pinning::pin(index) {
                    worker.core.store(core, Ordering::Relaxed);
                }
                worker.run(&Hand::new(body));
            };
            threads.push(Builder::new().name(name_of(index)).spawn(run)?);
        }
        Ok(())
    }

    /// The worker of a slot: neighbours have the same, as shards mostly consist of neighbours.
    fn worker_of(&self, slot: SlotId) -> &Worker<K, V> {
        let index = u64::from(slot) * self.workers.len() as u64 / u64::from(self.slots);
        &self.workers[index as usize]
    }

    /// Whether they take no writes any more. Whoever dismisses them owns the store, so nobody asks beside that.
    pub(crate) fn is_dismissed(&self) -> bool {
        self.is_dismissed.load(Ordering::Relaxed)
    }

    /// Whether the calling thread is one of these workers.
    pub(crate) fn is_worker_thread(&self) -> bool {
        WORKS_FOR.with(Cell::get) == self.number
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

    /// Waits until all that was staged before is made.
    pub(crate) fn flush(&self) {
        // All are told before the first is waited for.
        let targets: Vec<_> = self.targets().collect();
        targets.into_iter().for_each(|(queue, target)| queue.wait(target));
    }

    /// As [`flush`](Self::flush), later.
    pub(crate) fn flush_later(&self) -> Flush {
        Flush::new(self.targets().map(|(queue, target)| (Arc::clone(queue) as Arc<dyn Flushable>, target)).collect())
    }

    fn targets(&self) -> impl Iterator<Item = (&Arc<Queue<Write<K, V>>>, u64)> {
        self.workers.iter().map(|worker| {
            let target = worker.queue.staged();
            worker.queue.hurry(target);
            (&worker.queue, target)
        })
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
            WORKS_FOR.with(|works_for| works_for.set(number));
            worker.run(&Hand::new(body));
        })
    }
}

impl<K: Eq + Hash, V> Worker<K, V> {
    /// Makes batches until the queue is closed and empty.
    fn run<S: BuildHasher>(&self, store: &Store<K, V, S>) {
        let committer = Committer { store, counters: &self.counters };
        while let Some(batch) = self.queue.take() {
            let (began, writes) = (Instant::now(), batch.len());
            // What users' code does is caught closer by; this is for faults of ours: waiters must not wait for ever.
            let _ = catch_unwind(AssertUnwindSafe(|| committer.commit(batch)));
            // Before anybody is told, so that who has flushed finds it counted.
            self.busy_ns.fetch_add(began.elapsed().as_nanos() as u64, Ordering::Relaxed);
            self.queue.made(writes);
        }
    }

    fn telemetry(&self, index: usize, queue_capacity: usize) -> WorkerTelemetry {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let core = self.core.load(Ordering::Relaxed);
        let (writes, queue) = (&self.counters, &self.queue.counters);
        WorkerTelemetry {
            name: name_of(index),
            core: (core != UNPINNED).then_some(core),
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
            busy: Duration::from_nanos(load(&self.busy_ns)),
        }
    }
}

impl<K, V> Workers for Crew<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn dismiss(&self) -> bool {
        self.is_dismissed.store(true, Ordering::Relaxed);
        self.workers.iter().for_each(|worker| worker.queue.close());
        let is_one_of_them = self.is_worker_thread();
        let threads = std::mem::take(&mut *self.threads.lock());
        if !is_one_of_them && self.process == process::id() {
            // They do not panic, and if they did, the store would have no use for that.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        !is_one_of_them
    }

    fn telemetry(&self) -> Vec<WorkerTelemetry> {
        self.workers.iter().enumerate().map(|(index, worker)| worker.telemetry(index, self.queue_capacity)).collect()
    }
}

fn is_any_worker() -> bool {
    WORKS_FOR.with(Cell::get) != 0
}

fn name_of(index: usize) -> String {
    format!("autoshard-worker-{index}")
}
