//! What a store shows of itself.

use std::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::Store;
use crate::{
    presence,
    shard::{Operation, Stay, Visitor},
    telemetry::{Events, HotKeyShare, Telemetry},
    tuner,
};

/// A frequently accessed key; from [`Store::hot_keys`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HotKey<K> {
    /// The key; `None` if it is not in the store (any more), or the store was built without clones.
    pub key: Option<K>,
    /// The key's hash.
    pub hash: u64,
    /// Its slot.
    pub slot: u16,
    /// Best estimate of its share of all accesses, 0 to 1.
    pub share: f64,
    /// Lower bound of the share, at 99.9 % confidence.
    pub share_lower: f64,
    /// Upper bound of the share, at 99.9 % confidence.
    pub share_upper: f64,
    /// Share of its accesses that only read, 0 to 1.
    pub read_share: f64,
    /// Whether it counts as hot: its share may be above the policy's threshold, and is above half of that for certain.
    pub hot: bool,
}

impl<K> HotKey<K> {
    fn new(key: Option<K>, share: &HotKeyShare) -> Self {
        Self {
            key,
            hash: share.hash,
            slot: share.slot,
            share: share.share,
            share_lower: share.share_lower,
            share_upper: share.share_upper,
            read_share: share.read_share,
            hot: share.hot,
        }
    }
}

impl<K, V, S> Store<K, V, S> {
    /// All that the store knows of itself, at this moment. Locks no shard.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert(1, 1);
    /// let telemetry = store.telemetry();
    /// assert_eq!(telemetry.entries, 1);
    /// assert!(telemetry.shards.len() >= 1);
    /// ```
    pub fn telemetry(&self) -> Telemetry {
        self.control.telemetry()
    }

    /// A stream of what happens: decisions, migrations, rejected policies. It begins with the oldest event that is kept, and never slows
    /// the store: a slow reader loses the oldest events, and is told how many.
    pub fn events(&self) -> Events {
        self.control.tuning().journal.subscribe()
    }

    /// Shards at this moment; 0 before the first entry.
    pub fn shard_count(&self) -> usize {
        self.control.shard_count()
    }
}

impl<K, V, S: BuildHasher> Store<K, V, S> {
    /// The shard that a key belongs to at this moment, whether or not the key is in the store, by its number in
    /// [`telemetry`](Self::telemetry); `None` before the first entry. Numbers are reused.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("key", 1);
    /// let shard = store.shard_of("key").expect("there is an entry");
    /// assert!(store.telemetry().shards.iter().any(|known| known.id == shard));
    /// ```
    pub fn shard_of<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<u16> {
        self.control.directory.shard(self.control.directory.slot(self.body.hasher.hash_one(key)))
    }
}

impl<K: Hash, V, S: BuildHasher> Store<K, V, S> {
    /// The most frequently accessed keys, greatest share first, as far as samples tell by now. The policy says how many at most.
    ///
    /// Each key is looked up by its hash and cloned, under its shard's shared lock.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("popular", 1);
    /// (0..100_000).for_each(|_| drop(store.get("popular")));
    /// assert_eq!(store.hot_keys()[0].key, Some("popular"));
    /// ```
    pub fn hot_keys(&self) -> Vec<HotKey<K>> {
        tuner::collect();
        let estimates = self.control.tuning().brain.lock().hot_keys();
        let shares = estimates.iter().map(|estimate| self.control.hot_key_share(estimate));
        shares.map(|share| HotKey::new(self.key_of(share.hash), &share)).collect()
    }

    /// A clone of the key that has this hash.
    fn key_of(&self, hash: u64) -> Option<K> {
        let clones = self.body.functions().clones?;
        let visitor = Visitor::passing(presence::current(), &Operation { name: "hot_keys", stay: Stay::Brief });
        let shard = self.body.enter_shared(hash, visitor)?;
        let contents = shard.contents();
        let mut here = contents.table.iter_hash(hash).map(|item| item.key());
        if let Some(key) = here.find(|key| self.body.hasher.hash_one(key) == hash) {
            return Some((clones.key)(key));
        }
        let moved = contents.mark.as_deref()?.find_moved(hash, |key| self.body.hasher.hash_one(key) == hash)?;
        // SAFETY: the item is of the shard, which is held.
        Some((clones.key)(unsafe { moved.as_ref() }.key()))
    }
}
