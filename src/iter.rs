//! Iteration.
//!
//! By slots: each entry that is there throughout is met exactly once, whatever migrates meanwhile. One
//! shard at a time is locked, for as long as the iterator is in it or a guard from it lives.

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    marker::PhantomData,
    ptr::NonNull,
    vec,
};

use hashbrown::{HashTable, hash_table};

use crate::{
    Store,
    mapref::multiple::{Held, RefMulti, RefMutMulti},
    presence::{self, Iteration},
    shard::{Item, ShardRead, ShardWrite},
    sync::Arc,
    tour::{Fresh, Tour},
};

/// The items of one shard that are still to come. The shard is held for as long as this lives.
struct Stretch<'a, K, V, G> {
    shard: Arc<Held<G>>,
    table: hash_table::Iter<'a, Item<K, V>>,
    /// Items that a hand-over has moved already.
    moved: vec::IntoIter<NonNull<Item<K, V>>>,
    fresh: Fresh,
}

impl<'a, K, V, G> Stretch<'a, K, V, G> {
    /// The next item that the tour has not met elsewhere.
    fn next<S>(&mut self, store: &Store<K, V, S>) -> Option<NonNull<Item<K, V>>>
    where
        K: Hash,
        S: BuildHasher,
    {
        loop {
            let item = self.table.next().map(NonNull::from).or_else(|| self.moved.next())?;
            // SAFETY: the item is of the shard that `self.shard` holds.
            if matches!(self.fresh, Fresh::All) || self.fresh.contains(store.slot_of(unsafe { item.as_ref() }.key())) {
                return Some(item);
            }
        }
    }
}

/// Iterates over entries by shared reference; from [`Store::iter`].
///
/// Not a snapshot: entries inserted or removed meanwhile may or may not be met. While it stands in a shard, those who want to write
/// there wait; do not write to the store between two calls of `next`, which may wait for the iterator itself.
///
/// The thread that made it may go on reading the store, whoever waits to write. One that was handed the iterator may not where it
/// stands: with a writer waiting between the two, it would wait for itself.
pub struct Iter<'a, K, V, S = RandomState> {
    store: &'a Store<K, V, S>,
    tour: Tour,
    stretch: Option<Stretch<'a, K, V, ShardRead<'a, K, V>>>,
}

// SAFETY: it gives guards that are `Send` under these bounds, and shares the store.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Send for Iter<'_, K, V, S> {}
// SAFETY: `&Iter` gives nothing but a clone, which is as the iterator itself.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for Iter<'_, K, V, S> {}

impl<'a, K, V, S> Iter<'a, K, V, S> {
    pub(crate) fn new(store: &'a Store<K, V, S>) -> Self {
        Self { store, tour: Tour::new(&store.control().directory), stretch: None }
    }

    /// Enters the next shard; `None` at the end.
    fn next_stretch(&mut self) -> Option<Stretch<'a, K, V, ShardRead<'a, K, V>>> {
        let slot = self.tour.next_slot()?;
        let line = presence::current();
        let shard = self.store.body().enter_to_iterate(slot, line)?;
        let fresh = self.tour.visit(&self.store.control().directory, slot, shard.header().slots());
        let moved = shard.contents().mark.as_deref().map_or_else(Vec::new, |mark| mark.moved_items()).into_iter();
        // SAFETY: the contents are initialised, and the shard is held, in `shard` next to the iterator, which is gone before it
        // (`Stretch`); so the table does not change. The store, in which it lies, is borrowed for `'a`.
        let table = unsafe { &(*shard.header().opaque.get::<K, V>()).table }.iter();
        let shard = Arc::new(Held { _shard: shard, _iteration: Iteration::begin(line) });
        Some(Stretch { shard, table, moved, fresh })
    }
}

/// A clone begins from the start, as DashMap's does.
impl<K, V, S> Clone for Iter<'_, K, V, S> {
    fn clone(&self) -> Self {
        Self::new(self.store)
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> Iterator for Iter<'a, K, V, S> {
    type Item = RefMulti<'a, K, V>;

    fn next(&mut self) -> Option<RefMulti<'a, K, V>> {
        loop {
            if let Some(stretch) = &mut self.stretch
                && let Some(item) = stretch.next(self.store)
            {
                return Some(RefMulti::new(Arc::clone(&stretch.shard), item));
            }
            // Leaves the one shard before it waits for the next.
            self.stretch = None;
            self.stretch = Some(self.next_stretch()?);
        }
    }
}

impl<K, V, S> fmt::Debug for Iter<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

/// Iterates over entries by exclusive reference; from [`Store::iter_mut`].
///
/// As [`Iter`], but while it stands in a shard nobody else gets in, and the migration of that shard, if one is under way, is
/// given up.
pub struct IterMut<'a, K, V, S = RandomState> {
    store: &'a Store<K, V, S>,
    tour: Tour,
    stretch: Option<Stretch<'a, K, V, ShardWrite<'a, K, V>>>,
}

// SAFETY: it gives guards that are `Send` under these bounds, and shares the store.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Send for IterMut<'_, K, V, S> {}
// SAFETY: `&IterMut` gives nothing.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for IterMut<'_, K, V, S> {}

impl<'a, K, V, S> IterMut<'a, K, V, S> {
    pub(crate) fn new(store: &'a Store<K, V, S>) -> Self {
        store.control().revoke_together();
        Self { store, tour: Tour::new(&store.control().directory), stretch: None }
    }

    fn next_stretch(&mut self) -> Option<Stretch<'a, K, V, ShardWrite<'a, K, V>>> {
        let slot = self.tour.next_slot()?;
        let line = presence::current();
        let mut shard = self.store.body().enter_to_iterate_mut(slot, line)?;
        shard.abandon_migration("iter_mut holds one of the shards");
        let fresh = self.tour.visit(&self.store.control().directory, slot, shard.header().slots());
        // SAFETY: as in `Iter::next_stretch`; the items' values are in cells, and each item is given out once.
        let table = unsafe { &(*shard.header().opaque.get::<K, V>()).table }.iter();
        let shard = Arc::new(Held { _shard: shard, _iteration: Iteration::begin(line) });
        Some(Stretch { shard, table, moved: Vec::new().into_iter(), fresh })
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> Iterator for IterMut<'a, K, V, S> {
    type Item = RefMutMulti<'a, K, V>;

    fn next(&mut self) -> Option<RefMutMulti<'a, K, V>> {
        loop {
            if let Some(stretch) = &mut self.stretch
                && let Some(item) = stretch.next(self.store)
            {
                return Some(RefMutMulti::new(Arc::clone(&stretch.shard), item));
            }
            self.stretch = None;
            self.stretch = Some(self.next_stretch()?);
        }
    }
}

impl<K, V, S> fmt::Debug for IterMut<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").finish_non_exhaustive()
    }
}

/// Iterates over entries by value; from [`Store::into_iter`](IntoIterator::into_iter).
pub struct OwningIter<K, V, S = RandomState> {
    tables: vec::IntoIter<HashTable<Item<K, V>>>,
    table: Option<hash_table::IntoIter<Item<K, V>>>,
    hasher: PhantomData<S>,
}

impl<K, V, S> OwningIter<K, V, S> {
    pub(crate) fn new(tables: Vec<HashTable<Item<K, V>>>) -> Self {
        Self { tables: tables.into_iter(), table: None, hasher: PhantomData }
    }
}

impl<K, V, S> Iterator for OwningIter<K, V, S> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        loop {
            if let Some(item) = self.table.as_mut().and_then(Iterator::next) {
                return Some(item.into_pair());
            }
            self.table = Some(self.tables.next()?.into_iter());
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let current = self.table.as_ref().map_or(0, ExactSizeIterator::len);
        let left = current + self.tables.as_slice().iter().map(HashTable::len).sum::<usize>();
        (left, Some(left))
    }
}

impl<K, V, S> ExactSizeIterator for OwningIter<K, V, S> {}

impl<K, V, S> fmt::Debug for OwningIter<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwningIter").finish_non_exhaustive()
    }
}
