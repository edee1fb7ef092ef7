//! Stores whose locks are in a mode that the policy forces, and whose accesses are sampled at a rate that it fixes.

use std::{hash::BuildHasher, hint::black_box};

use autoshard::{Store, telemetry::BiasCounts};

/// Modes that a policy can force.
pub(crate) const BIASES: [&str; 4] = ["neutral", "fenced", "asymmetric", "owned"];

/// Mean number of accesses of which one is sampled where sampling is as good as off: the most that the policy allows.
pub(crate) const RARELY: u32 = 65_536;

/// Shards of a forced store. The same everywhere, so that figures do not depend on the machine's cores.
const SHARDS: u32 = 8;

/// Look-ups between looks at whether sampling has come to its rate. A store is known to the tuner only after some samples, and a
/// thread draws at a new rate from its next sample on.
const LOOKUPS: u64 = 10_000;

/// Look-ups after which that is given up: several times what the tuner takes to know a store that is rarely sampled.
const LOOKUPS_MAX: u64 = 64_000_000;

/// What is forced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forced {
    pub(crate) bias: &'static str,
    /// Accesses of which one is sampled, in the mean.
    pub(crate) sample_every: u32,
}

impl Forced {
    /// A store with these keys, each its own value; `None` where the mode is not to be had: the machine has no heavy barrier, or the
    /// environment, which is above all, forces another.
    ///
    /// No other store may live, since one countdown serves all of a thread's.
    pub(crate) fn store<S>(self, hasher: S, keys: &[u64]) -> Option<Store<u64, u64, S>>
    where
        S: BuildHasher + Send + Sync + 'static,
    {
        let builder = Store::builder().hasher(hasher).capacity(2 * keys.len()).set("tuner.strategy", "fixed");
        let builder = builder.set("shards.initial", SHARDS).set("lock.bias", self.bias);
        // Without a budget, the rate stays as it is.
        let builder = builder.set("hot_keys.sample_every", self.sample_every);
        let builder = builder.set("hot_keys.samples_per_s_max", 1_000_000_000);
        let store = builder.build().expect("the policy is valid");
        for &key in keys {
            store.insert(key, key);
        }
        self.reach_rate(&store);
        // Puts modes in place again that writes broke.
        store.tune_now();
        self.is_in_place(&store).then_some(store)
    }

    /// Looks keys up until the store's accesses are sampled at this rate. Where that is rare, it is not waited for that any were.
    fn reach_rate<S: BuildHasher>(self, store: &Store<u64, u64, S>) {
        for _ in 0..LOOKUPS_MAX / LOOKUPS {
            (0..LOOKUPS).for_each(|key| {
                black_box(store.get_cloned(&key));
            });
            store.tune_now();
            let sampling = store.telemetry().sampling;
            // The first may have come before the rate, the second has not.
            let is_drawn = self.sample_every == RARELY || sampling.samples >= 2;
            if is_drawn && sampling.sample_every == self.sample_every {
                return;
            }
        }
        panic!("one access in {} should be sampled by now", self.sample_every);
    }

    /// Whether all shards are in the mode.
    pub(crate) fn is_in_place<S: BuildHasher>(self, store: &Store<u64, u64, S>) -> bool {
        let BiasCounts { neutral, fenced, asymmetric, owned, .. } = store.telemetry().biases;
        let found = match self.bias {
            "neutral" => neutral,
            "fenced" => fenced,
            "asymmetric" => asymmetric,
            _ => owned,
        };
        found as usize == store.shard_count()
    }
}
