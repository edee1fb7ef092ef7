//! Operations that workers carry out.
#![forbid(unsafe_code)]

use std::{
    borrow::ToOwned,
    hash::{BuildHasher, Hash},
    panic::{AssertUnwindSafe, catch_unwind},
};

use equivalent::Equivalent;

use super::{Store, stage::is_inside_a_shard};
use crate::{
    Entry,
    sync::Arc,
    workers::{Change, Crew, DelegateError, Delegated, DelegatedBatch, Write},
};

impl<K, V, S> Store<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Has the worker that owns the key's shard run this function on the key's entry, soon, without lingering; the result comes by a future, for any executor,
    /// or by [`wait`](Delegated::wait). The worker is in the shard until the function drops the entry, or what it made of it.
    ///
    /// The operation has its place in the worker's queue when this returns: what a caller delegates and [stages](Self::stage) for a
    /// key is done in that order. Dropped before the worker has begun with it, the future takes the function back, unrun; so nothing is done for who does not wait.
    /// What is not awaited is better staged.
    ///
    /// A full queue is met by the policy's `workers.full`. Under `block`, this never waits, but the operation does, in line, and so does its future: what the same
    /// caller then stages or delegates comes after it. Under `reject`, the future is ready at once, with [`Full`](DelegateError::Full). Under `drop_oldest`, the
    /// operation is taken in, and whatever is lost for that, if it is an operation, says so ([`Lost`](DelegateError::Lost)).
    ///
    /// A panic in the function is an error to the future, not a panic; it is counted, and raises an event
    /// ([`StagedWritePanicked`](crate::telemetry::EventKind::StagedWritePanicked)); what the function changed by then stays changed. The end of the store
    /// carries out what waits, and futures become ready. Workers' [sinks](crate::Sinks) are told what the operation left of the key, even if it has changed nothing.
    /// [`flush`](Self::flush) covers operations that do not wait for room.
    ///
    /// Without workers, or on one of them, the function is run at once, in place, with the same result: on a worker, so, *before* what waits in its queue. (A worker
    /// that is inside a shard delegates as any other thread.) Awaited by who holds a guard, the future may never be ready.
    ///
    /// Costs a hash, an owned key, an allocation for the function and its result, and a lock of the queue that workers and callers share.
    ///
    /// # Panics
    ///
    /// As [`entry`](Self::entry) where there are no workers, but into the future; and in the key's `Hash` and `to_owned`.
    ///
    /// ```
    /// let store = autoshard::Store::builder().workers(1).build()?;
    /// let visits = store.on_owner("home", |entry| {
    ///     let mut visits = entry.or_insert(0);
    ///     *visits += 1;
    ///     *visits
    /// });
    /// assert_eq!(visits.wait()?, 1); // or `visits.await?`
    /// # let _: autoshard::Store<String, u64> = store;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_owner<Q, F, R>(&self, key: &Q, f: F) -> Delegated<R>
    where
        Q: Hash + Equivalent<K> + ToOwned<Owned = K> + ?Sized,
        F: FnOnce(Entry<'_, K, V>) -> R + Send + 'static,
        R: Send + 'static,
    {
        match self.crew_to_ask() {
            None => self.operate(key.to_owned(), f),
            Some(crew) => {
                let hash = self.hash(key);
                let owner = crew.owner_of(self.control.directory.slot(hash));
                let delegated = self.delegate(crew, hash, key.to_owned(), f);
                crew.hurry(owner);
                delegated
            }
        }
    }

    /// As [`on_owner`](Self::on_owner), on several keys: each worker is given its keys one after another, and is woken once. Each operation
    /// is one of its own; those of one worker come in the order of the keys, and between workers there is no order.
    ///
    /// ```
    /// let store = autoshard::Store::builder().workers(2).build()?;
    /// let logins = store.on_owners([7, 8, 7], |entry| {
    ///     let mut logins = entry.or_insert(0);
    ///     *logins += 1;
    ///     *logins
    /// });
    /// assert_eq!(logins.wait(), [Ok(1), Ok(1), Ok(2)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_owners<F, R>(&self, keys: impl IntoIterator<Item = K>, f: F) -> DelegatedBatch<R>
    where
        F: Fn(Entry<'_, K, V>) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let Some(crew) = self.crew_to_ask() else {
            return DelegatedBatch::new(keys.into_iter().map(|key| self.operate(key, &f)).collect());
        };
        let function = Arc::new(f);
        let mut by_owner: Vec<_> = keys
            .into_iter()
            .enumerate()
            .map(|(at, key)| {
                let hash = self.hash(&key);
                (crew.owner_of(self.control.directory.slot(hash)), at, hash, key)
            })
            .collect();
        by_owner.sort_unstable_by_key(|&(owner, at, ..)| (owner, at));
        let mut operations = Vec::with_capacity(by_owner.len());
        let mut owners = Vec::new();
        for (owner, at, hash, key) in by_owner {
            let function = Arc::clone(&function);
            operations.push((at, self.delegate(crew, hash, key, move |entry: Entry<'_, K, V>| function(entry))));
            if owners.last() != Some(&owner) {
                owners.push(owner);
            }
        }
        owners.into_iter().for_each(|owner| crew.hurry(owner));
        operations.sort_unstable_by_key(|&(at, _)| at);
        DelegatedBatch::new(operations.into_iter().map(|(_, operation)| operation).collect())
    }

    /// None if this thread does the work itself.
    fn crew_to_ask(&self) -> Option<&Crew<K, V>> {
        self.crew().filter(|crew| !crew.is_worker_thread() || is_inside_a_shard())
    }

    fn delegate<F, R>(&self, crew: &Crew<K, V>, hash: u64, key: K, f: F) -> Delegated<R>
    where
        F: FnOnce(Entry<'_, K, V>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let slot = self.control.directory.slot(hash);
        let (mut delegated, operation) = Delegated::new(f);
        match crew.delegate(slot, Write { hash, key, change: Change::Operate(operation) }) {
            Ok(waiting_room) => {
                delegated.wait_in(waiting_room);
                delegated
            }
            Err(_) => Delegated::over(Err(DelegateError::Full)),
        }
    }

    fn operate<R: Send + 'static>(&self, key: K, f: impl FnOnce(Entry<'_, K, V>) -> R) -> Delegated<R> {
        // What a panic leaves in the store is whole; what it leaves of what the function has is gone with it.
        let result = catch_unwind(AssertUnwindSafe(|| f(self.entry(key))));
        Delegated::over(result.map_err(|payload| DelegateError::of_panic(&*payload)))
    }
}
