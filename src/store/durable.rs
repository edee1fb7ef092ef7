//! Staged writes that sinks have confirmed.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, Hash};

use super::{Store, stage::is_inside_a_shard};
use crate::workers::{DurableFlush, DurableFlushError};

impl<K, V, S> Store<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Waits until the workers' [sinks](crate::Sinks) have confirmed all that was staged before, by anybody whose call had returned. What was lost to a
    /// panic or to `drop_oldest` is not waited for, as in [`flush`](Self::flush). Waits as long as a sink does that never returns;
    /// [`flush_durable_async`](Self::flush_durable_async) can be given up.
    ///
    /// # Errors
    ///
    /// [`DeadLettered`](DurableFlushError::DeadLettered) if any entry was given up since the store was built: from the first one on, each call says how many
    /// there are in all. The others: there is nothing to wait for, or this thread must not wait; nothing is known then.
    ///
    /// ```
    /// use std::sync::mpsc::sync_channel;
    /// use autoshard::{ChannelSink, DurableFlushError, Sinks, Store};
    ///
    /// let (sender, receiver) = sync_channel(16);
    /// let sinks = Sinks::new(move |_worker| ChannelSink::new(sender.clone()));
    /// let store = Store::builder().workers(1).build_with_sinks(sinks)?;
    /// store.stage("a", 1)?;
    /// assert_eq!(store.flush_durable(), Ok(()));
    /// drop(receiver);
    /// store.stage("a", 2)?;
    /// assert!(matches!(store.flush_durable(), Err(DurableFlushError::DeadLettered { entries: 1, .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flush_durable(&self) -> Result<(), DurableFlushError> {
        let Some(crew) = self.crew() else { return Err(DurableFlushError::NoSink) };
        if is_inside_a_shard() {
            return Err(DurableFlushError::InsideShard);
        }
        crew.flush_durable()
    }

    /// As [`flush_durable`](Self::flush_durable), without a thread that waits: a future, for any executor. What counts as staged before is settled, and
    /// workers hurry, when this is called. It borrows nothing; awaited by who holds a guard, it may never be ready.
    pub fn flush_durable_async(&self) -> DurableFlush {
        self.crew().map_or_else(DurableFlush::refused, |crew| crew.flush_durable_later())
    }
}
