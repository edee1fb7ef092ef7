//! Our own store, tuning itself but for the mode of its locks, which the policy forces: what the tuner's choice is held against.

use std::marker::PhantomData;

use ::autoshard::Store;
use rayon::iter::ParallelIterator;

use super::{Hasher, Map, Ours, add};
use crate::value::{Key, Value};

/// A mode, as the policy names it.
pub(super) trait Mode: Send + Sync + 'static {
    const NAME: &str;
}

pub(super) struct Neutral;

impl Mode for Neutral {
    const NAME: &str = "neutral";
}

pub(super) struct Fenced;

impl Mode for Fenced {
    const NAME: &str = "fenced";
}

/// Fenced, where the system has no heavy barrier.
pub(super) struct Asymmetric;

impl Mode for Asymmetric {
    const NAME: &str = "asymmetric";
}

/// Neutral, where the system has no heavy barrier or a shard has several users.
pub(super) struct Owned;

impl Mode for Owned {
    const NAME: &str = "owned";
}

/// As [`Ours`], with the mode.
pub(super) struct Forced<K, V, M>(Ours<K, V>, PhantomData<M>);

impl<K: Key, V: Value, M: Mode> Map<K, V> for Forced<K, V, M> {
    type Handle<'map> = &'map Ours<K, V>;

    fn with_capacity(capacity: usize) -> Self {
        let builder = Store::builder().hasher(Hasher::default()).capacity(capacity).set("lock.bias", M::NAME);
        Self(builder.build().expect("lock.bias takes the names of modes"), PhantomData)
    }

    fn handle(&self) -> &Ours<K, V> {
        &self.0
    }

    fn sum(&self, part: impl Fn(&K, &V) -> u64 + Sync) -> (u64, u64) {
        let entries = self.0.par_iter().map(|entry| (1, part(entry.key(), entry.value())));
        entries.reduce(|| (0, 0), add)
    }
}
