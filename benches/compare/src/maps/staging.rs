//! Our own store with workers: what is inserted is staged for them.

use ::autoshard::{BuildError, DurableSink, Sinks, Store, StoreBuilder};

use super::{Handle, Hasher, Map, Ours};
use crate::value::{Key, Value};

/// A store whose inserts return once they are staged. Everything else is done at once, as with [`Ours`].
pub(crate) struct Staging<K, V>(pub(crate) Ours<K, V>);

impl<K: Key, V: Value> Staging<K, V> {
    /// With batches of so many writes.
    pub(crate) fn with_batch(capacity: usize, batch: u32) -> Result<Self, BuildError> {
        builder(capacity).set("workers.batch", batch).build().map(Self)
    }

    /// With one worker, whose shards' locks are all in this mode, if they can be.
    pub(crate) fn with_bias(capacity: usize, bias: &str) -> Result<Self, BuildError> {
        builder(capacity).workers(1).set("lock.bias", bias).build().map(Self)
    }
}

impl Staging<u64, u64> {
    /// With batches that are kept in a file, and queues of so many writes.
    pub(crate) fn durable(sink: DurableSink<u64, u64>, batch: u32, queue: u32) -> Result<Self, BuildError> {
        let sinks = Sinks::new(move |_| sink.clone());
        builder(0).set("workers.batch", batch).set("workers.queue", queue).build_with_sinks(sinks).map(Self)
    }
}

fn builder(capacity: usize) -> StoreBuilder<Hasher> {
    Store::builder().hasher(Hasher::default()).capacity(capacity).set("workers.enabled", true)
}

impl<K: Key, V: Value> Map<K, V> for Staging<K, V> {
    type Handle<'map> = &'map Self;

    fn with_capacity(capacity: usize) -> Self {
        Self(builder(capacity).build().expect("workers.enabled may be true"))
    }

    fn handle(&self) -> &Self {
        self
    }
}

impl<K: Key, V: Value> Handle<K, V> for &Staging<K, V> {
    #[inline]
    fn get<R>(&mut self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        Handle::get(&mut &self.0, key, f)
    }

    /// Whether it is staged: what was there before is not known yet.
    #[inline]
    fn insert(&mut self, key: K, value: V) -> bool {
        self.0.stage(key, value).is_ok()
    }

    #[inline]
    fn update(&mut self, key: &K, change: impl Fn(&mut V)) -> bool {
        Handle::update(&mut &self.0, key, change)
    }

    #[inline]
    fn remove(&mut self, key: &K) -> bool {
        Handle::remove(&mut &self.0, key)
    }

    fn len(&mut self) -> usize {
        Handle::len(&mut &self.0)
    }

    fn for_each(&mut self, f: impl FnMut(&K, &V)) {
        Handle::for_each(&mut &self.0, f);
    }
}
