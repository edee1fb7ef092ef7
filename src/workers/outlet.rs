//! A worker's way to its sink: attempts, pauses, and what is given up.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{
    Batch, Sink, SinkError, Sinks,
    batch::message_of,
    sink::{DeadLetters, SinkRules},
};
use crate::{
    control::Control,
    sync::{
        atomic::{AtomicU64, Ordering},
        thread::sleep,
    },
    telemetry::EventKind,
};

/// Counters since the worker was started.
#[derive(Default)]
pub(super) struct SinkCounters {
    pub(super) batches: AtomicU64,
    pub(super) failures: AtomicU64,
    pub(super) dead_letters: AtomicU64,
}

pub(super) struct Outlet<K, V> {
    worker: usize,
    sink: Box<dyn Sink<K, V>>,
    rules: SinkRules,
    dead_letters: DeadLetters<K, V>,
    next_number: u64,
}

impl<K: 'static, V: 'static> Outlet<K, V> {
    pub(super) fn new(worker: usize, sinks: &mut Sinks<K, V>) -> Self {
        let (sink, dead_letters) = (sinks.make(worker), sinks.dead_letters.clone());
        Self { worker, sink, rules: sinks.rules, dead_letters, next_number: 0 }
    }
}

impl<K, V> Outlet<K, V> {
    /// Hands entries on; says how many are given up.
    pub(super) fn hand_on(&mut self, entries: Vec<(K, Option<V>)>, counters: &SinkCounters, control: &Control) -> u64 {
        if entries.is_empty() {
            return 0;
        }
        let batch = Batch { worker: self.worker, number: self.next_number, entries };
        self.next_number += 1;
        let mut pause = self.rules.pause;
        for attempt in 1.. {
            let Err(error) = self.offer(&batch) else { break };
            counters.failures.fetch_add(1, Ordering::Relaxed);
            if attempt >= self.rules.attempts || error.forbids_retry() {
                return self.give_up(batch, error, counters, control);
            }
            sleep(pause);
            pause = pause.saturating_mul(2).min(self.rules.pause_max);
        }
        counters.batches.fetch_add(1, Ordering::Relaxed);
        // Keys and values of the user's, whose `Drop` may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(batch)));
        0
    }

    fn offer(&mut self, batch: &Batch<K, V>) -> Result<(), SinkError> {
        // What a panic leaves of the sink is the sink's own affair; it is told so.
        catch_unwind(AssertUnwindSafe(|| self.sink.commit(batch))).unwrap_or_else(|payload| {
            let message = message_of(&*payload);
            let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
            Err(SinkError::new(format!("it panicked: {message}")))
        })
    }

    fn give_up(&self, batch: Batch<K, V>, error: SinkError, counters: &SinkCounters, control: &Control) -> u64 {
        let entries = batch.entries.len() as u64;
        counters.dead_letters.fetch_add(entries, Ordering::Relaxed);
        control.announce(EventKind::SinkFailed { entries, message: error.to_string() });
        let _ = catch_unwind(AssertUnwindSafe(|| (self.dead_letters)(batch, error)));
        entries
    }
}
