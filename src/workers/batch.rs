//! A batch of staged writes, folded by key and made.
//!
//! Writes to one key become one: what a later `Set` or `Remove` makes void is dropped, and merges run in order, in one stay in the shard.
//! Nothing of a key is ever out of order. Every call of the user's code is caught, so that it costs its own write and no
//! other; a panic in the `Eq` or `Hash` of a key costs what was folded for that key.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    hash::{BuildHasher, Hash},
    panic::{AssertUnwindSafe, catch_unwind},
};

use hashbrown::HashTable;

use super::Merge;
use crate::{
    Entry, Store,
    sync::atomic::{AtomicU64, Ordering},
    telemetry::EventKind,
};

/// What a staged write does to its key.
pub(crate) enum Change<V> {
    Set(V),
    Remove,
    /// Changes the value that is there; if there is none, inserts the other.
    Merge {
        insert: Option<V>,
        merge: Merge<V>,
    },
}

/// A staged write.
pub(crate) struct Write<K, V> {
    /// The key's, by the store's hasher.
    pub(crate) hash: u64,
    pub(crate) key: K,
    pub(crate) change: Change<V>,
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
}

pub(super) struct Committer<'a, K, V, S> {
    pub(super) store: &'a Store<K, V, S>,
    pub(super) counters: &'a WriteCounters,
}

impl<K: Eq + Hash, V, S: BuildHasher> Committer<'_, K, V, S> {
    pub(super) fn commit(&self, batch: Vec<Write<K, V>>) {
        for folded in self.fold(batch) {
            let writes = folded.writes;
            let Some(lost) = self.guarded(writes, || self.make(folded)) else { continue };
            self.counters.committed.fetch_add(writes - lost, Ordering::Relaxed);
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
            let at = match found {
                Some(at) => {
                    self.discard(key);
                    self.counters.coalesced.fetch_add(1, Ordering::Relaxed);
                    at
                }
                None => {
                    // There is room, so nothing is hashed again.
                    index.insert_unique(hash, folds.len(), |&at| folds[at].hash);
                    folds.push(Folded { hash, key, base: None, merges: Vec::new(), writes: 0 });
                    folds.len() - 1
                }
            };
            let folded = &mut folds[at];
            folded.writes += 1;
            match change {
                Change::Merge { insert, merge } => folded.merges.push((insert, merge)),
                Change::Set(value) => self.replace(folded, Some(value)),
                Change::Remove => self.replace(folded, None),
            }
        }
        folds
    }

    fn replace(&self, folded: &mut Folded<K, V>, value: Option<V>) {
        let before = folded.base.replace(value);
        self.discard(before);
        folded.merges.drain(..).for_each(|merge| self.discard(merge));
    }

    /// Makes what was folded; says how many of its writes are lost.
    fn make(&self, folded: Folded<K, V>) -> u64 {
        let Folded { key, base, merges, .. } = folded;
        match base {
            Some(mut value) => {
                let lost = self.merge_all(&mut value, merges);
                match value {
                    Some(value) => {
                        let before = self.store.insert(key, value);
                        self.discard(before);
                    }
                    None => {
                        if let Some((same, before)) = self.store.remove(&key) {
                            self.discard(same);
                            self.discard(before);
                        }
                        self.discard(key);
                    }
                }
                lost
            }
            None => match self.store.entry(key) {
                Entry::Occupied(mut entry) => {
                    let mut spare = Vec::new();
                    let mut lost = 0;
                    for (insert, merge) in merges {
                        spare.push(insert);
                        lost += u64::from(self.guarded(1, || merge(entry.get_mut())).is_none());
                    }
                    drop(entry);
                    spare.into_iter().for_each(|value| self.discard(value));
                    lost
                }
                Entry::Vacant(entry) => {
                    let mut value = None;
                    let lost = self.merge_all(&mut value, merges);
                    if let Some(value) = value {
                        drop(entry.insert(value));
                    } else {
                        let key = entry.into_key();
                        self.discard(key);
                    }
                    lost
                }
            },
        }
    }

    /// Merges into a value that is not in the store yet.
    fn merge_all(&self, value: &mut Option<V>, merges: Vec<(Option<V>, Merge<V>)>) -> u64 {
        let mut lost = 0;
        for (insert, merge) in merges {
            match value {
                Some(value) => {
                    lost += u64::from(self.guarded(1, || merge(value)).is_none());
                    self.discard(insert);
                }
                None => {
                    *value = insert;
                    self.discard(merge);
                }
            }
        }
        lost
    }

    /// Drops something of the user's.
    pub(super) fn discard<T>(&self, unwanted: T) {
        self.guarded(0, || drop(unwanted));
    }

    /// Runs the user's code; `None` if it panicked, which costs so many writes.
    fn guarded<T>(&self, lost: u64, run: impl FnOnce() -> T) -> Option<T> {
        // What a panic leaves in the store is whole, and what else the function has is given up with it.
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => Some(result),
            Err(payload) => {
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
fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it did not say why".to_owned())
}
