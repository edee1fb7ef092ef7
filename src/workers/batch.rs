//! A batch of staged writes, folded by key and made.
//!
//! Writes to one key become one: what a later `Set` or `Remove` makes void is dropped, and merges run in order, in one stay in the shard.
//! Delegated operations are not folded: what came before one is made before it, and what comes after begins anew.
//! Nothing of a key is ever out of order. Every call of the user's code is caught, so that it costs its own write and no
//! other; a panic in the `Eq` or `Hash` of a key costs what was folded for that key.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    cell::Cell,
    collections::VecDeque,
    hash::{BuildHasher, Hash},
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use hashbrown::HashTable;

use super::{Delegation, Merge, place, queue::Queue};
use crate::{
    Entry, Store,
    migration::{Clones, panic_message},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    telemetry::EventKind,
};

/// What a staged write does to its key.
pub(crate) enum Change<K, V> {
    Set(V),
    Remove,
    /// Changes the value that is there; if there is none, inserts the other.
    Merge {
        insert: Option<V>,
        merge: Merge<V>,
    },
    /// Whatever an operation does that was delegated.
    Operate(Delegation<K, V>),
}

/// A staged write.
pub(crate) struct Write<K, V> {
    /// The key's, by the store's hasher.
    pub(crate) hash: u64,
    pub(crate) key: K,
    pub(crate) change: Change<K, V>,
}

/// Counters since the worker was started.
#[derive(Default)]
pub(super) struct WriteCounters {
    pub(super) committed: AtomicU64,
    pub(super) coalesced: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) panics: AtomicU64,
}

/// What is left of the writes to one key.
struct Folded<K, V> {
    hash: u64,
    key: K,
    /// What the key is made before anything is merged: a value, or none; otherwise what it is in the store.
    base: Option<Option<V>>,
    merges: Vec<(Option<V>, Merge<V>)>,
    writes: u64,
    /// In place of all that: an operation.
    operation: Option<Delegation<K, V>>,
}

/// What became of the writes to one key so far.
#[derive(Default)]
struct Tally {
    made: Cell<u64>,
    lost: Cell<u64>,
}

impl Tally {
    /// All that are not lost are made.
    fn finish(&self, writes: u64) {
        self.made.set(writes - self.lost.get());
    }
}

/// What a worker has taken out of its queue. No other thread looks at it, and no code of the user's runs under its lock.
pub(super) struct InHand<K, V> {
    waiting: VecDeque<Folded<K, V>>,
    /// The hashes of keys that are being written: one, or two in a flush by the code of the first.
    making: Vec<u64>,
    /// Writes that flushes took out of the queue in passing.
    taken: usize,
    notes: Notes<K, V>,
}

/// What is to be handed on.
pub(super) struct Notes<K, V> {
    pub(super) entries: Vec<(K, Option<V>)>,
    /// Entries that could not be cloned, by a panic, after they were made.
    pub(super) missing: u64,
}

impl<K, V> Notes<K, V> {
    fn new() -> Self {
        Self { entries: Vec::new(), missing: 0 }
    }
}

impl<K, V> InHand<K, V> {
    pub(super) fn new() -> Mutex<Self> {
        Mutex::new(Self { waiting: VecDeque::new(), making: Vec::new(), taken: 0, notes: Notes::new() })
    }

    /// The next that may be made: not to a key that is being written, whose turn is later.
    fn begin(&mut self) -> Option<Folded<K, V>> {
        let at = self.waiting.iter().position(|folded| !self.making.contains(&folded.hash))?;
        let folded = self.waiting.remove(at)?;
        self.making.push(folded.hash);
        Some(folded)
    }
}

pub(super) struct Committer<'a, K, V, S> {
    pub(super) store: &'a Store<K, V, S>,
    pub(super) counters: &'a WriteCounters,
    pub(super) in_hand: &'a Mutex<InHand<K, V>>,
    /// If what is made is handed on.
    pub(super) clones: Option<Clones<K, V>>,
}

impl<K: Eq + Hash, V, S: BuildHasher> Committer<'_, K, V, S> {
    /// Makes a batch, and what a flush in the user's code takes out of the queue meanwhile.
    pub(super) fn commit(&self, batch: Vec<Write<K, V>>) {
        self.in_hand.lock().making.clear();
        let folds = self.fold(batch);
        self.in_hand.lock().waiting.extend(folds);
        place::allow_flush(true);
        self.make_waiting();
        place::allow_flush(false);
    }

    /// Makes what is in hand, and what is in the queue at this moment: a flush by code that a write under way has called.
    pub(super) fn commit_inline(&self, queue: &Queue<Write<K, V>>) {
        // Such code in here may flush no more, or there would be no end to it.
        let before = place::allow_flush(false);
        self.make_waiting();
        let mut left = queue.len();
        while left > 0 {
            let batch = queue.take_at_once(left);
            if batch.is_empty() {
                break;
            }
            left -= batch.len();
            self.in_hand.lock().taken += batch.len();
            let folds = self.fold(batch);
            self.in_hand.lock().waiting.extend(folds);
            self.make_waiting();
        }
        place::allow_flush(before);
    }

    /// How many writes flushes took out of the queue since this was last asked.
    pub(super) fn taken_inline(&self) -> usize {
        mem::take(&mut self.in_hand.lock().taken)
    }

    /// What was noted since this was last asked.
    pub(super) fn notes(&self) -> Notes<K, V> {
        mem::replace(&mut self.in_hand.lock().notes, Notes::new())
    }

    /// What a sink is to know of a key.
    fn describe(&self, key: &K, value: Option<&V>) -> Option<(K, Option<V>)> {
        self.clones.map(|clones| ((clones.key)(key), value.map(clones.value)))
    }

    fn note(&self, description: Option<(K, Option<V>)>) {
        if let Some(description) = description {
            self.in_hand.lock().notes.entries.push(description);
        }
    }

    fn make_waiting(&self) {
        loop {
            // Not in the loop's head, where the lock would be held for a round.
            let next = self.in_hand.lock().begin();
            let Some(folded) = next else { break };
            let (writes, tally) = (folded.writes, Tally::default());
            let rest = || writes - tally.made.get() - tally.lost.get();
            self.guarded_for(rest, || self.make(folded, &tally));
            self.counters.committed.fetch_add(tally.made.get(), Ordering::Relaxed);
            self.in_hand.lock().making.pop();
        }
    }

    /// In the order in which the keys first came.
    fn fold(&self, batch: Vec<Write<K, V>>) -> Vec<Folded<K, V>> {
        let mut folds: Vec<Folded<K, V>> = Vec::with_capacity(batch.len());
        let mut index: HashTable<usize> = HashTable::with_capacity(batch.len());
        for Write { hash, key, change } in batch {
            let find = || index.find(hash, |&at| folds[at].hash == hash && folds[at].key == key).copied();
            let Some(found) = self.guarded(1, find) else {
                self.discard(key);
                self.discard(change);
                continue;
            };
            let is_operation = matches!(change, Change::Operate(_));
            let at = match found {
                Some(at) if !is_operation && folds[at].operation.is_none() => {
                    self.discard(key);
                    self.counters.coalesced.fetch_add(1, Ordering::Relaxed);
                    at
                }
                found => {
                    let new = folds.len();
                    match found.and_then(|before| index.find_mut(hash, |&at| at == before)) {
                        Some(at) => *at = new,
                        // There is room, so nothing is hashed again.
                        None => drop(index.insert_unique(hash, new, |&at| folds[at].hash)),
                    }
                    folds.push(Folded { hash, key, base: None, merges: Vec::new(), writes: 0, operation: None });
                    new
                }
            };
            let folded = &mut folds[at];
            folded.writes += 1;
            match change {
                Change::Merge { insert, merge } => folded.merges.push((insert, merge)),
                Change::Set(value) => self.replace(folded, Some(value)),
                Change::Remove => self.replace(folded, None),
                Change::Operate(operation) => folded.operation = Some(operation),
            }
        }
        folds
    }

    fn replace(&self, folded: &mut Folded<K, V>, value: Option<V>) {
        let before = folded.base.replace(value);
        self.discard(before);
        folded.merges.drain(..).for_each(|merge| self.discard(merge));
    }

    /// Makes what was folded.
    fn make(&self, folded: Folded<K, V>, tally: &Tally) {
        let Folded { key, base, merges, writes, operation, .. } = folded;
        if let Some(operation) = operation {
            return self.operate(key, operation, tally);
        }
        match base {
            Some(mut value) => {
                self.merge_all(&mut value, merges, tally);
                match value {
                    Some(value) => {
                        // A panic in here costs the write, which is not made yet.
                        let description = self.describe(&key, Some(&value));
                        let before = self.store.insert(key, value);
                        tally.finish(writes);
                        self.note(description);
                        self.discard(before);
                    }
                    None => {
                        let description = self.describe(&key, None);
                        let removed = self.store.remove(&key);
                        tally.finish(writes);
                        self.note(description);
                        if let Some((same, before)) = removed {
                            self.discard(same);
                            self.discard(before);
                        }
                        self.discard(key);
                    }
                }
            }
            None => match self.store.entry(key) {
                Entry::Occupied(mut entry) => {
                    let mut spare = Vec::new();
                    for (insert, merge) in merges {
                        spare.push(insert);
                        self.merge(entry.get_mut(), merge, tally);
                    }
                    tally.finish(writes);
                    // In here, or somebody else could have changed it.
                    match self.guarded(0, || self.describe(entry.key(), Some(entry.get()))) {
                        Some(description) => self.note(description),
                        None => self.in_hand.lock().notes.missing += 1,
                    }
                    drop(entry);
                    spare.into_iter().for_each(|value| self.discard(value));
                }
                Entry::Vacant(entry) => {
                    let mut value = None;
                    self.merge_all(&mut value, merges, tally);
                    if let Some(value) = value {
                        let description = self.describe(entry.key(), Some(&value));
                        let entry = entry.insert(value);
                        tally.finish(writes);
                        self.note(description);
                        drop(entry);
                    } else {
                        tally.finish(writes);
                        let key = entry.into_key();
                        self.discard(key);
                    }
                }
            },
        }
    }

    /// Carries out an operation. What it left of the key is noted after it: all staged and delegated writes to the key come by here, so
    /// that notes stay in their order; a direct write may be in it already.
    fn operate(&self, key: K, operation: Delegation<K, V>, tally: &Tally) {
        let noted = self.clones.map(|clones| (clones, (clones.key)(&key)));
        let done = catch_unwind(AssertUnwindSafe(|| operation.run(key, &mut |key| self.store.entry(key))));
        if let Some((clones, key)) = noted
            && !matches!(done, Ok(false))
        {
            match self.guarded(0, || self.store.view(&key, |_, value| (clones.value)(value))) {
                Some(value) => self.note(Some((key, value))),
                None => self.in_hand.lock().notes.missing += 1,
            }
        }
        match done {
            Ok(is_done) => tally.made.set(u64::from(is_done)),
            // Counted by the caller.
            Err(payload) => resume_unwind(payload),
        }
    }

    /// Merges into a value that is not in the store yet.
    fn merge_all(&self, value: &mut Option<V>, merges: Vec<(Option<V>, Merge<V>)>, tally: &Tally) {
        for (insert, merge) in merges {
            match value {
                Some(value) => {
                    self.merge(value, merge, tally);
                    self.discard(insert);
                }
                None => {
                    *value = insert;
                    self.discard(merge);
                }
            }
        }
    }

    fn merge(&self, value: &mut V, merge: Merge<V>, tally: &Tally) {
        if self.guarded(1, || merge(value)).is_none() {
            tally.lost.set(tally.lost.get() + 1);
        }
    }

    /// Drops something of the user's.
    pub(super) fn discard<T>(&self, unwanted: T) {
        self.guarded(0, || drop(unwanted));
    }

    /// Runs the user's code; `None` if it panicked, which costs so many writes.
    fn guarded<T>(&self, lost: u64, run: impl FnOnce() -> T) -> Option<T> {
        self.guarded_for(|| lost, run)
    }

    /// As [`guarded`](Self::guarded), where what a panic costs is known only after it.
    fn guarded_for<T>(&self, lost: impl FnOnce() -> u64, run: impl FnOnce() -> T) -> Option<T> {
        // What a panic leaves in the store is whole, and what else the function has is given up with it.
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => Some(result),
            Err(payload) => {
                let lost = lost();
                self.counters.panics.fetch_add(1, Ordering::Relaxed);
                self.counters.lost.fetch_add(lost, Ordering::Relaxed);
                self.store.control().announce(EventKind::StagedWritePanicked { lost, message: message_of(&*payload) });
                // A payload's own `Drop` may panic, too.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
                None
            }
        }
    }
}

/// What a panic said.
pub(super) fn message_of(payload: &(dyn Any + Send)) -> String {
    panic_message(payload).unwrap_or("it did not say why").to_owned()
}
