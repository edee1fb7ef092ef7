//! Recording what threads do.
//!
//! **The clock** is a counter that every operation adds one to, before its call and after its return. If an operation's later time
//! is below another's earlier one, then the one counter's modifications are in that order, each reads from the one before, and
//! (acquiring and releasing) the first operation *happens before* the second in the sense of the memory model, whatever the
//! processor: the store must let the second see the first. So no verdict of the checker is an accident of clocks. An order that the counter
//! imposes on operations that overlapped in truth would only make the checker miss something.
//!
//! It costs two read-modify-writes of a shared line per operation. Nothing is added *inside* an operation, where a missing
//! fence would show; that a processor reorders one operation with the next of the same thread is what the recorder cannot see.
//! Records go to a buffer of each thread's own.

use std::{
    mem,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use rand::rngs::SmallRng;

use crate::{
    action::{Action, KEYS},
    churn::WORKERS,
    history::{Effect, Found, Record, Value},
    window::{Violation, check},
};

/// Operations of a thread between two looks at the progress of everything else.
pub(crate) const OPERATIONS_OF_ROUND: u64 = 50;

/// Most values that a thread writes.
const VALUES_OF_THREAD: u64 = 1_000_000_000;

/// What one thread did.
struct Log {
    thread: usize,
    values_written: u64,
    last_seen: [Value; KEYS as usize],
    /// By keys.
    records: [Vec<Record>; KEYS as usize],
}

/// Records what threads do.
pub(crate) struct Recorder {
    clock: AtomicU64,
    /// Each used by its thread alone, but for the end.
    logs: Vec<Mutex<Log>>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        let log = |thread| {
            let records = [const { Vec::new() }; KEYS as usize];
            Mutex::new(Log { thread, values_written: 0, last_seen: [None; KEYS as usize], records })
        };
        // One more than there are workers, for who looks at what they have left.
        Self { clock: AtomicU64::new(1), logs: (0..=WORKERS as usize).map(log).collect() }
    }

    /// Has a worker do a round of random operations.
    pub(crate) fn round(&self, thread: u64, random: &mut SmallRng, perform: impl Fn(&Action) -> Option<Effect>) {
        let mut log = self.logs[thread as usize].lock().expect("no other worker uses it");
        for _ in 0..OPERATIONS_OF_ROUND {
            log.values_written += 1;
            let value = (thread + 1) * VALUES_OF_THREAD + log.values_written;
            let action = Action::draw(random, value, |key| log.last_seen[key as usize]);
            self.record(&mut log, &action, &perform);
        }
    }

    /// Looks up every key, after all workers are done.
    pub(crate) fn look_up_all(&self, perform: impl Fn(&Action) -> Option<Effect>) {
        let mut log = self.logs[WORKERS as usize].lock().expect("nobody else uses it");
        for key in 0..KEYS {
            self.record(&mut log, &Action::get(key), &perform);
        }
    }

    /// Operations that were recorded, and are to be checked.
    pub(crate) fn operations(&mut self) -> u64 {
        let logs = self.logs.iter_mut().map(|log| log.get_mut().expect("all are done"));
        logs.flat_map(|log| &log.records).map(|records| records.len() as u64).sum()
    }

    /// Checks the history of each key; says how many operations overlapped with another on the same key.
    pub(crate) fn check(&mut self) -> Result<usize, Box<Violation>> {
        let check_key = |key| {
            let logs = self.logs.iter_mut().map(|log| log.get_mut().expect("all are done"));
            let history: Vec<Record> = logs.flat_map(|log| mem::take(&mut log.records[key])).collect();
            check(&history)
        };
        (0..KEYS as usize).map(check_key).sum()
    }

    fn record(&self, log: &mut Log, action: &Action, perform: impl Fn(&Action) -> Option<Effect>) {
        let called = self.tick();
        let effect = perform(action);
        let returned = self.tick();
        // `None` where a shard was locked, and the operation would not wait: that says nothing of the key.
        let Some(effect) = effect else { return };
        if let Some(value) = effect.left.or(match effect.found {
            Found::Is(value) => Some(value),
            Found::IsNot(_) => None,
        }) {
            log.last_seen[action.key as usize] = value;
        }
        let record = Record { thread: log.thread, name: action.kind.name(), effect, called, returned };
        log.records[action.key as usize].push(record);
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }
}
