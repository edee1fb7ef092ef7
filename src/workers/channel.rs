//! Sinks that send batches down a channel.
#![forbid(unsafe_code)]

use std::sync::mpsc::SyncSender;

use super::{Batch, Sink, SinkError};

/// Sends batches down a channel of the standard library: a bounded one, so that a receiver that is too slow slows its writers, and not
/// memory grows. A batch is confirmed once it is in the channel, *not* once it was received. If the receiver is gone, batches become dead letters.
///
/// ```
/// use std::sync::mpsc::sync_channel;
/// use autoshard::{ChannelSink, Sinks, Store};
///
/// let (sender, receiver) = sync_channel(16);
/// let sinks = Sinks::new(move |_worker| ChannelSink::new(sender.clone()));
/// let store = Store::builder().workers(1).build_with_sinks(sinks)?;
/// store.stage("a", 1)?;
/// store.flush_durable()?;
/// assert_eq!(receiver.recv()?.entries(), [("a", Some(1))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChannelSink<K, V>(SyncSender<Batch<K, V>>);

impl<K, V> ChannelSink<K, V> {
    /// By the channel's end for senders.
    pub fn new(sender: SyncSender<Batch<K, V>>) -> Self {
        Self(sender)
    }
}

impl<K: Clone + Send, V: Clone + Send> Sink<K, V> for ChannelSink<K, V> {
    fn commit(&mut self, batch: &Batch<K, V>) -> Result<(), SinkError> {
        self.0.send(batch.clone()).map_err(|_| SinkError::fatal("the channel has no receiver any more"))
    }
}

/// As [`ChannelSink`], for a receiver in tokio's async code. Needs the feature `tokio`.
///
/// ```
/// use autoshard::{Sinks, Store, TokioSink};
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let (sender, mut receiver) = tokio::sync::mpsc::channel(16);
/// let sinks = Sinks::new(move |_worker| TokioSink::new(sender.clone()));
/// let store = Store::builder().workers(1).build_with_sinks(sinks)?;
/// runtime.block_on(async {
///     store.stage("a", 1)?;
///     store.flush_durable_async().await?;
///     assert_eq!(receiver.recv().await.expect("a batch").entries(), [("a", Some(1))]);
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "tokio")]
#[derive(Clone, Debug)]
pub struct TokioSink<K, V>(tokio::sync::mpsc::Sender<Batch<K, V>>);

#[cfg(feature = "tokio")]
impl<K, V> TokioSink<K, V> {
    /// By the channel's end for senders.
    pub fn new(sender: tokio::sync::mpsc::Sender<Batch<K, V>>) -> Self {
        Self(sender)
    }
}

#[cfg(feature = "tokio")]
impl<K: Clone + Send, V: Clone + Send> Sink<K, V> for TokioSink<K, V> {
    fn commit(&mut self, batch: &Batch<K, V>) -> Result<(), SinkError> {
        // Workers are no threads of a runtime, so they may block.
        let sent = self.0.blocking_send(batch.clone());
        sent.map_err(|_| SinkError::fatal("the channel has no receiver any more"))
    }
}
