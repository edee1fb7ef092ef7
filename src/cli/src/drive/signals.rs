//! What the conductor and the load threads tell each other.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crossbeam_utils::CachePadded;

use crate::latency::Latencies;

/// The phase to work on, told to every load thread, and what each of them reports.
#[derive(Debug)]
pub(crate) struct Signals {
    /// The number of phases once the run is over.
    phase: CachePadded<AtomicUsize>,
    reports: Vec<CachePadded<Report>>,
}

/// What one load thread tells the conductor, once a batch.
#[derive(Debug)]
pub(crate) struct Report {
    operations: AtomicU64,
    latencies: Mutex<Latencies>,
}

impl Signals {
    /// For so many threads, at the first phase.
    pub(crate) fn new(threads: usize) -> Self {
        let report = || Report { operations: AtomicU64::new(0), latencies: Mutex::new(Latencies::new()) };
        Self {
            phase: CachePadded::new(AtomicUsize::new(0)),
            reports: (0..threads).map(|_| CachePadded::new(report())).collect(),
        }
    }

    // Relaxed throughout: these are signals and statistics; what the run comes to is handed over when threads are joined.

    /// The phase to work on.
    pub(crate) fn phase(&self) -> usize {
        self.phase.load(Ordering::Relaxed)
    }

    /// Begins a phase; one past the last ends the run.
    pub(crate) fn begin_phase(&self, phase: usize) {
        self.phase.store(phase, Ordering::Relaxed);
    }

    /// All that was done so far, and the latencies taken since the last call.
    pub(crate) fn collect(&self) -> (u64, Latencies) {
        let mut latencies = Latencies::new();
        let mut operations = 0;
        for report in &self.reports {
            operations += report.operations.load(Ordering::Relaxed);
            latencies.absorb(&mut report.latencies());
        }
        (operations, latencies)
    }

    /// What thread `thread` tells.
    pub(crate) fn report(&self, thread: usize) -> &Report {
        &self.reports[thread]
    }
}

impl Report {
    /// Tells how much the thread has done in all, and the latencies that it took since it told last, which it drains.
    pub(crate) fn tell(&self, operations: u64, taken: &mut Vec<Duration>) {
        self.operations.store(operations, Ordering::Relaxed);
        if !taken.is_empty() {
            let mut latencies = self.latencies();
            taken.drain(..).for_each(|latency| latencies.record(latency));
        }
    }

    fn latencies(&self) -> MutexGuard<'_, Latencies> {
        // A histogram is whole after every addition, whoever panicked while holding it.
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
