//! Looking up.

use std::{
    hash::{BuildHasher, Hash},
    panic::Location,
};

use equivalent::Equivalent;

use super::{Store, access::inside};
use crate::{
    mapref::{
        ItemWrite,
        one::{Ref, RefMut},
    },
    shard::{Errand, Item, Operation, Stay, Visitor},
    try_result::TryResult,
};

/// Keys that [`Store::get_many`] asks for ahead of their turn: about as many misses as a core has under way at once.
const AHEAD: usize = 8;

impl<K: Eq + Hash, V, S: BuildHasher> Store<K, V, S> {
    /// The key's entry, by shared reference. The shard is locked for reading while the guard lives.
    ///
    /// # Panics
    ///
    /// If this thread holds the shard for writing.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a".to_string(), 1);
    /// assert_eq!(*store.get("a").unwrap(), 1);
    /// assert!(store.get("b").is_none());
    /// ```
    #[inline]
    #[track_caller]
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<Ref<'_, K, V>> {
        let hash = self.hash(key);
        let errand = Errand::Guard(Location::caller());
        if let Some(shard) = self.enter_shared_at_once(hash, errand) {
            if let Some(item) = shard.find_here(hash, key) {
                return Some(Ref::new(shard, item));
            }
            let is_here_or_nowhere = !shard.is_marked();
            shard.leave();
            if is_here_or_nowhere {
                return None;
            }
        }
        self.get_patiently(hash, key, errand)
    }

    #[cold]
    #[inline(never)]
    fn get_patiently<Q: Hash + Equivalent<K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
        errand: Errand,
    ) -> Option<Ref<'_, K, V>> {
        let shard = self.enter_shared(hash, errand)?;
        let item = shard.find(hash, key)?;
        Some(Ref::new(shard, item))
    }

    /// The key's entry, by exclusive reference. The shard is locked for writing while the guard lives.
    ///
    /// # Panics
    ///
    /// If this thread holds the shard already.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", 1);
    /// *store.get_mut("a").unwrap() += 1;
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_mut<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<RefMut<'_, K, V>> {
        let hash = self.hash(key);
        let errand = Errand::Guard(Location::caller());
        let found = inside!(self.write(hash, errand), |mut shard| {
            match shard.find(hash, key) {
                Some(found) => Some(RefMut::new(ItemWrite::new(shard, found, hash))),
                None => {
                    shard.leave_as_long();
                    None
                }
            }
        });
        found?
    }

    /// As [`get`](Self::get), but does not wait: it says so where the shard is locked.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", 1);
    /// let guard = store.get_mut("a");
    /// assert!(store.try_get("a").is_locked());
    /// drop(guard);
    /// assert!(store.try_get("a").is_present());
    /// ```
    #[track_caller]
    pub fn try_get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> TryResult<Ref<'_, K, V>> {
        let hash = self.hash(key);
        let visitor = Visitor::new(self.count(hash, false), Errand::Guard(Location::caller()));
        let Ok(shard) = self.body.try_enter_shared(hash, visitor) else { return TryResult::Locked };
        let found = shard.and_then(|shard| shard.find(hash, key).map(|item| Ref::new(shard, item)));
        found.map_or(TryResult::Absent, TryResult::Present)
    }

    /// As [`get_mut`](Self::get_mut), but does not wait: it says so where the shard is locked.
    #[track_caller]
    pub fn try_get_mut<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> TryResult<RefMut<'_, K, V>> {
        let hash = self.hash(key);
        let visitor = Visitor::new(self.count(hash, true), Errand::Guard(Location::caller()));
        let Ok(shard) = self.body.try_enter_exclusive(hash, visitor) else { return TryResult::Locked };
        let found = shard.and_then(|mut shard| {
            let found = shard.find(hash, key)?;
            Some(RefMut::new(ItemWrite::new(shard, found, hash)))
        });
        found.map_or(TryResult::Absent, TryResult::Present)
    }

    /// What the function makes of the key's entry. The shard is locked for reading while it runs.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", vec![1, 2, 3]);
    /// assert_eq!(store.view("a", |_, list| list.len()), Some(3));
    /// ```
    #[inline]
    pub fn view<Q: Hash + Equivalent<K> + ?Sized, R>(&self, key: &Q, f: impl FnOnce(&K, &V) -> R) -> Option<R> {
        self.look_up(&Operation { name: "view", stay: Stay::Long }, self.hash(key), key, f)
    }

    #[inline(always)]
    fn look_up<Q, R>(&self, operation: &'static Operation, hash: u64, key: &Q, f: impl FnOnce(&K, &V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if let Some(shard) = self.enter_shared_at_once(hash, Errand::Operation(operation)) {
            if let Some(item) = shard.find_here(hash, key) {
                // SAFETY: the item is of the shard, which is held, shared, until the end.
                let (key, value) = unsafe { (item.as_ref().key(), item.as_ref().value()) };
                let answer = f(key, value);
                shard.leave();
                return Some(answer);
            }
            let is_here_or_nowhere = !shard.is_marked();
            shard.leave();
            if is_here_or_nowhere {
                return None;
            }
        }
        self.look_up_patiently(operation, hash, key, f)
    }

    #[cold]
    #[inline(never)]
    fn look_up_patiently<Q, R>(
        &self,
        operation: &'static Operation,
        hash: u64,
        key: &Q,
        f: impl FnOnce(&K, &V) -> R,
    ) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let shard = self.enter_shared(hash, Errand::Operation(operation))?;
        let item = shard.find(hash, key)?;
        // SAFETY: as in `look_up`.
        let (key, value) = unsafe { (item.as_ref().key(), item.as_ref().value()) };
        Some(f(key, value))
    }

    /// A clone of the key's value.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", 1);
    /// assert_eq!(store.get_cloned("a"), Some(1));
    /// ```
    #[inline]
    pub fn get_cloned<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V>
    where
        V: Clone,
    {
        self.clone_of(self.hash(key), key)
    }

    #[inline(always)]
    fn clone_of<Q: Hash + Equivalent<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<V>
    where
        V: Clone,
    {
        self.look_up(&Operation { name: "get_cloned", stay: Stay::Brief }, hash, key, |_, value| value.clone())
    }

    /// Clones of many keys' values, in the keys' order. Each key is looked up by itself, so the answers need not be of one moment.
    ///
    /// Meant for entries that are not in the processor's caches: while one is looked up, those of the next few keys are on their way.
    /// What that gains has not been measured.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert(1, "one");
    /// assert_eq!(store.get_many([&1, &2]), [Some("one"), None]);
    /// ```
    pub fn get_many<'q, Q>(&self, keys: impl IntoIterator<Item = &'q Q>) -> Vec<Option<V>>
    where
        Q: Hash + Equivalent<K> + ?Sized + 'q,
        V: Clone,
    {
        let keys: Vec<(u64, &Q)> = keys.into_iter().map(|key| (self.hash(key), key)).collect();
        let ask_for = |hash| self.control.prefetch::<Item<K, V>>(hash);
        keys.iter().take(AHEAD).for_each(|&(hash, _)| ask_for(hash));
        let look_up = |(index, &(hash, key)): (usize, &(u64, &'q Q))| {
            if let Some(&(ahead, _)) = keys.get(index + AHEAD) {
                ask_for(ahead);
            }
            self.clone_of(hash, key)
        };
        keys.iter().enumerate().map(look_up).collect()
    }

    /// Whether the key is there.
    #[inline]
    pub fn contains_key<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> bool {
        self.look_up(&Operation { name: "contains_key", stay: Stay::Brief }, self.hash(key), key, |_, _| ()).is_some()
    }
}
