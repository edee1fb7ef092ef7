//! Staged writes.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    hash::{BuildHasher, Hash},
};

use super::Store;
use crate::{
    presence,
    workers::{Change, Crew, Flush, FlushError, Merge, StageFull, WorkerTelemetry, Write},
};

impl<K, V, S> Store<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Leaves it to a worker to set the key's value, soon: when `workers.batch` writes are waiting for that worker (64), or
    /// after `workers.linger_ms` (10 ms).
    ///
    /// Writes that a thread stages for a key are made in that order. Between threads there is no order, nor between keys, nor with writes
    /// that were not staged. Of several writes to a key in a batch only the outcome is ever visible. [`flush`](Self::flush) waits
    /// until all is; the end of the store makes what is left.
    ///
    /// Costs a hash and a place in the worker's queue; takes no lock while there is room and the worker is awake. A full queue
    /// is met by the policy's `workers.full`: the caller waits (`block`), or gets key and value back (`reject`), or the write that has waited longest
    /// is lost (`drop_oldest`), and counted. A thread that holds a guard, or is itself a worker, never waits, but gets them back.
    ///
    /// Workers are there if [`StoreBuilder::workers`](crate::StoreBuilder::workers) or the policy asked for them; otherwise this is an
    /// [`insert`](Self::insert), made at once, so that a program can do with or without.
    ///
    /// A panic in code of the key or value, in the worker, costs that write, is counted, and raises an event
    /// ([`StagedWritePanicked`](crate::telemetry::EventKind::StagedWritePanicked)).
    ///
    /// # Errors
    ///
    /// If the queue is full, as above.
    ///
    /// ```
    /// let store = autoshard::Store::builder().workers(2).build()?;
    /// for user in 0..1000 {
    ///     store.stage(user, "online")?;
    /// }
    /// store.flush()?;
    /// assert_eq!(store.len(), 1000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stage(&self, key: K, value: V) -> Result<(), StageFull<(K, V)>> {
        let Some(crew) = self.crew() else {
            self.insert(key, value);
            return Ok(());
        };
        self.stage_for(crew, key, Change::Set(value)).map_err(|write| match write.change {
            Change::Set(value) => StageFull::new((write.key, value)),
            _ => unreachable!("what is handed back is what was staged"),
        })
    }

    /// Leaves it to a worker to remove the key; otherwise as [`stage`](Self::stage).
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    ///
    /// ```
    /// let store = autoshard::Store::builder().workers(1).build()?;
    /// store.stage("a", 1)?;
    /// store.stage_remove("a")?;
    /// store.flush()?;
    /// assert!(store.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stage_remove(&self, key: K) -> Result<(), StageFull<K>> {
        let Some(crew) = self.crew() else {
            self.remove(&key);
            return Ok(());
        };
        self.stage_for(crew, key, Change::Remove).map_err(|write| StageFull::new(write.key))
    }

    /// Leaves it to a worker to change the key's value, if the key is there by then; otherwise as [`stage`](Self::stage), and the function as
    /// for [`update`](Self::update). It may be dropped without a call, where a later write in the same batch replaces what it would have changed. A panic in
    /// it leaves the value as the function left it.
    ///
    /// Allocates, for the function.
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    ///
    /// ```
    /// let store = autoshard::Store::builder().workers(1).build()?;
    /// store.stage("a", 1)?;
    /// store.stage_update("a", |value| *value += 1).map_err(|_| "full")?;
    /// store.flush()?;
    /// assert_eq!(store.get_cloned("a"), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stage_update(
        &self,
        key: K,
        merge: impl FnOnce(&mut V) + Send + 'static,
    ) -> Result<(), StageFull<(K, Merge<V>)>> {
        let Some(crew) = self.crew() else {
            self.update(&key, merge);
            return Ok(());
        };
        let change = Change::Merge { insert: None, merge: Box::new(merge) };
        self.stage_for(crew, key, change).map_err(|write| match write.change {
            Change::Merge { merge, .. } => StageFull::new((write.key, merge)),
            _ => unreachable!("what is handed back is what was staged"),
        })
    }

    /// Leaves it to a worker to change the key's value, or to insert this one if the key is not there by then; otherwise as
    /// [`stage_update`](Self::stage_update).
    ///
    /// # Errors
    ///
    /// As [`stage`](Self::stage).
    ///
    /// ```
    /// let store = autoshard::Store::builder().workers(1).build()?;
    /// for word in ["a", "b", "a"] {
    ///     store.stage_upsert(word, 1, |count| *count += 1).map_err(|_| "full")?;
    /// }
    /// store.flush()?;
    /// assert_eq!(store.get_cloned("a"), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stage_upsert(
        &self,
        key: K,
        insert: V,
        merge: impl FnOnce(&mut V) + Send + 'static,
    ) -> Result<(), StageFull<(K, V, Merge<V>)>> {
        let Some(crew) = self.crew() else {
            self.upsert(key, || insert, merge);
            return Ok(());
        };
        let change = Change::Merge { insert: Some(insert), merge: Box::new(merge) };
        self.stage_for(crew, key, change).map_err(|write| match write.change {
            Change::Merge { insert: Some(insert), merge } => StageFull::new((write.key, insert, merge)),
            _ => unreachable!("what is handed back is what was staged"),
        })
    }

    /// Waits until all that was staged before, by anybody whose call had returned, is visible, or lost to a panic or `drop_oldest`. Workers hurry.
    ///
    /// Called on one of the store's own workers, by code that a staged write runs outside a shard (a `Drop`, say), it waits for nobody: it makes what waits
    /// in that worker's own queue, on the spot, and has the other workers hurry. Writes to the key that is just being written are made after it.
    ///
    /// In a process that was forked off the one with the workers there is nothing to wait for: what is staged there is made at once, and
    /// what was staged before the fork is the other process's.
    ///
    /// # Errors
    ///
    /// If this thread holds a guard or an iterator, or is in a function that was handed to an operation; or if it is a worker, but for the case
    /// above: it might wait for itself.
    ///
    /// ```
    /// let store = autoshard::Store::builder().workers(1).build()?;
    /// store.stage(1, 2)?;
    /// store.flush()?;
    /// assert_eq!(store.get_cloned(&1), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flush(&self) -> Result<(), FlushError> {
        let Some(crew) = self.crew() else { return Ok(()) };
        if is_inside_a_shard() {
            return Err(FlushError::InsideShard);
        }
        crew.flush(self)
    }

    /// As [`flush`](Self::flush), without a thread that waits: a future, for any executor. What counts as staged before is settled, and workers
    /// hurry, when this is called. The future borrows nothing, and never fails; awaited by who holds a guard, it may never be ready.
    ///
    /// ```
    /// # fn block_on<F: Future>(future: F) -> F::Output {
    /// #     let mut future = std::pin::pin!(future);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop {
    /// #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
    /// #             return output;
    /// #         }
    /// #         std::thread::yield_now();
    /// #     }
    /// # }
    /// let store = autoshard::Store::builder().workers(1).build()?;
    /// store.stage(1, 2)?;
    /// block_on(async { store.flush_async().await });
    /// assert_eq!(store.get_cloned(&1), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flush_async(&self) -> Flush {
        self.crew().map_or_else(Flush::ready, Crew::flush_later)
    }

    fn stage_for(&self, crew: &Crew<K, V>, key: K, change: Change<K, V>) -> Result<(), Write<K, V>> {
        let hash = self.hash(&key);
        let slot = self.control.directory.slot(hash);
        crew.stage(slot, Write { hash, key, change }, !is_inside_a_shard())
    }

    pub(crate) fn crew(&self) -> Option<&Crew<K, V>> {
        let workers: &dyn Any = &**self.control.workers()?;
        workers.downcast_ref().filter(|crew: &&Crew<K, V>| crew.is_at_work())
    }
}

impl<K, V, S> Store<K, V, S> {
    /// The store's workers, as they are at this moment; none if nobody asked for any.
    ///
    /// ```
    /// let store: autoshard::Store<u64, u64> = autoshard::Store::builder().workers(2).build()?;
    /// assert_eq!(store.workers()[1].name, "autoshard-worker-1");
    /// # Ok::<(), autoshard::BuildError>(())
    /// ```
    pub fn workers(&self) -> Vec<WorkerTelemetry> {
        self.control.workers().map(|workers| workers.telemetry()).unwrap_or_default()
    }
}

/// Whether this thread has anything that a worker could be waiting for.
pub(crate) fn is_inside_a_shard() -> bool {
    presence::current_if_any().is_some_and(presence::Line::holds_guard)
}
