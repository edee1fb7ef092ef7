//! The read-only view: a store in which nothing changes, and which therefore needs no locks.
//!
//! Whoever has the view owns the store, so there are neither callers nor guards of theirs (those that were forgotten do
//! nothing any more); the store is [closed](crate::body::Body::close), so that no step of a migration runs. One that was
//! under way stands still, and look-ups follow it as they do in a store that serves: a source is complete in itself
//! (dual-write), or together with what of it is in targets (hand-over).

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    ptr::NonNull,
};

use equivalent::Equivalent;

use crate::{
    Store,
    shard::{Contents, Header, Item},
};

#[cfg(test)]
mod tests;

/// A store that nobody can change, and whose entries are therefore had by plain references; from [`Store::into_read_only`].
///
/// A look-up takes no lock: a hash, two dependent loads and a look-up in a hashbrown table, whatever the number of
/// threads. (Where a hand-over was under way, the keys that it had moved take a second look-up, under a shared lock for
/// which nobody ever waits.) Nothing is sampled, and the tuner does not know of the store, until
/// [`into_inner`](Self::into_inner) gives it back.
///
/// ```
/// let store = autoshard::Store::new();
/// store.insert("a".to_string(), 1);
/// let view = store.into_read_only();
/// let value: Option<&i32> = view.get("a");
/// assert_eq!(value, Some(&1));
///
/// let store = view.into_inner();
/// store.insert("b".to_string(), 2);
/// ```
pub struct ReadOnlyView<K, V, S = RandomState> {
    /// Closed for as long as it is in here.
    store: Store<K, V, S>,
}

impl<K, V, S> Store<K, V, S> {
    /// Makes the store one that nobody can change, and whose entries are therefore had by plain references, without locks.
    ///
    /// Copies nothing, whatever the number of entries; waits for the step of a migration that may be under way in the
    /// background. Workers make what was staged, and end: afterwards, the store has none. The rest of that migration is left for [`ReadOnlyView::into_inner`]; until then, the memory that it has
    /// taken stays taken.
    ///
    /// # Panics
    ///
    /// If it is called by code of a key or value (`Clone`, `Eq`, `Hash` or `Drop`) from within a step of this store's own
    /// migration, or, in a process that was forked off, if such a step was under way at the fork; or in one of its own workers.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (0..100).map(|key| (key, key * 2)).collect();
    /// let view = store.into_read_only();
    /// std::thread::scope(|scope| {
    ///     for _ in 0..4 {
    ///         scope.spawn(|| assert_eq!(view.get(&7), Some(&14)));
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn into_read_only(self) -> ReadOnlyView<K, V, S> {
        assert!(self.control().dismiss_workers(), "a store cannot be made read-only by one of its own workers");
        self.body().close();
        assert!(
            self.body().migrator.try_lock().is_some(),
            "a store cannot be made read-only while a step of its own migration is under way: this was called from \
             within it, or the process was forked off meanwhile"
        );
        ReadOnlyView { store: self }
    }
}

impl<K, V, S> ReadOnlyView<K, V, S> {
    /// Gives the store back, which tunes itself again; a migration that stood still goes on. Copies nothing.
    ///
    /// ```
    /// let view = autoshard::Store::<u64, u64>::new().into_read_only();
    /// let store = view.into_inner();
    /// assert_eq!(store.insert(1, 2), None);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Store<K, V, S> {
        self.store.body().open();
        self.store
    }

    /// The store, for those who only read.
    #[cfg(feature = "rayon")]
    pub(crate) fn store(&self) -> &Store<K, V, S> {
        &self.store
    }

    /// Entries. Takes time in proportion to the number of shards.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = [(1, 2)].into_iter().collect();
    /// assert_eq!(store.into_read_only().len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there are no entries; as [`len`](Self::len).
    ///
    /// ```
    /// assert!(autoshard::Store::<u64, u64>::new().into_read_only().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// Entries that the tables have room for; as [`len`](Self::len).
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = [(1, 2)].into_iter().collect();
    /// assert!(store.into_read_only().capacity() >= 1);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.store.capacity()
    }

    /// Iterates over entries, in no order.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (1..4).map(|key| (key, key * key)).collect();
    /// let view = store.into_read_only();
    /// assert!(view.iter().all(|(key, value)| key * key == *value));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.store.control().headers.serving().flat_map(|(_, header)| {
            let contents = self.contents(header);
            let moved = contents.mark.as_deref().map_or_else(Vec::new, |mark| mark.moved_items());
            let moved: Vec<&Item<K, V>> = moved.into_iter().map(|item| self.item(item)).collect();
            contents.table.iter().chain(moved).map(|item| self.pair(item))
        })
    }

    /// Iterates over keys, in no order.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (1..4).map(|key| (key, key * key)).collect();
    /// assert_eq!(store.into_read_only().keys().sum::<i32>(), 6);
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Iterates over values, in no order.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = (1..4).map(|key| (key, key * key)).collect();
    /// assert_eq!(store.into_read_only().values().sum::<i32>(), 14);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// What a shard holds, without its lock.
    fn contents(&self, header: &Header) -> &Contents<K, V> {
        // SAFETY: the header is one of this store's that serve, so its contents are initialised and of these types. The view
        // owns the store, and no step runs in it (`into_read_only`), so nobody changes them, nor has a mutable reference,
        // while it is borrowed.
        unsafe { &*header.opaque.get() }
    }

    /// An item of this store that a mark has led to.
    fn item(&self, item: NonNull<Item<K, V>>) -> &Item<K, V> {
        // SAFETY: it was found in a target, which changes as little as any other shard (`contents`), and so is where it was.
        unsafe { item.as_ref() }
    }

    /// Key and value of an item of this store.
    fn pair<'a>(&'a self, item: &'a Item<K, V>) -> (&'a K, &'a V) {
        // SAFETY: nobody else gives out a reference to a value of this store while the view is borrowed (`contents`).
        (item.key(), unsafe { item.value() })
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> ReadOnlyView<K, V, S> {
    /// The key's value.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = [("a", 1)].into_iter().collect();
    /// let view = store.into_read_only();
    /// assert_eq!(view.get("a"), Some(&1));
    /// assert_eq!(view.get("b"), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<&V> {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The key, as the store has it, and its value.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = [("a", 1)].into_iter().collect();
    /// assert_eq!(store.into_read_only().get_key_value("a"), Some((&"a", &1)));
    /// ```
    #[inline]
    #[must_use]
    pub fn get_key_value<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<(&K, &V)> {
        let control = self.store.control();
        let hash = self.store.hasher().hash_one(key);
        let shard = control.directory.shard(control.directory.slot(hash))?;
        let contents = self.contents(control.headers.get(shard));
        let item = match contents.table.find(hash, |item| key.equivalent(item.key())) {
            Some(item) => item,
            None => self.item(contents.mark.as_deref()?.find_moved(hash, |other| key.equivalent(other))?),
        };
        Some(self.pair(item))
    }

    /// Whether the key is there.
    ///
    /// ```
    /// let store: autoshard::Store<_, _> = [("a", 1)].into_iter().collect();
    /// assert!(store.into_read_only().contains_key("a"));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains_key<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> bool {
        self.get_key_value(key).is_some()
    }
}

/// A view of a copy of its own, of all entries. It has the policy of the original.
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Clone for ReadOnlyView<K, V, S> {
    fn clone(&self) -> Self {
        let copy = self.store.empty_alike();
        for (key, value) in self.iter() {
            copy.insert(key.clone(), value.clone());
        }
        copy.into_read_only()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for ReadOnlyView<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
