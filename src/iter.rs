//! Iteration.
//!
//! By slots: each entry that is there throughout is met exactly once, whatever migrates meanwhile. One
//! shard at a time is locked, for as long as the iterator is in it or a guard from it lives.
//!
//! Where an iterator stands is noted (`presence/stand.rs`) with the thread that calls `next`, so that a thread which writes
//! there is told that it would wait for itself. Not in a cell, as for guards of one entry: iterators, and what they yield, are
//! `Send`, and cells are written by their own threads alone. So each thread that calls `next` shares one `Held` with the
//! guards that it is given.

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    marker::PhantomData,
    panic::Location,
    ptr::NonNull,
    vec,
};

use hashbrown::{HashTable, hash_table};

use crate::{
    Store,
    mapref::multiple::{Held, RefMulti, RefMutMulti},
    presence::{self, Kind, Standing},
    shard::{Errand, Item, ShardRead, ShardWrite, Visitor},
    sync::Arc,
    tour::{Fresh, Tour},
};

/// The items of one shard that are still to come. The shard is held for as long as this lives.
pub(crate) struct Stretch<'a, K, V, G> {
    held: Arc<Held<G>>,
    table: hash_table::Iter<'a, Item<K, V>>,
    /// Items that a hand-over has moved already.
    moved: vec::IntoIter<NonNull<Item<K, V>>>,
    fresh: Fresh,
}

impl<'a, K, V, G> Stretch<'a, K, V, G> {
    /// The next item that the tour has not met elsewhere.
    pub(crate) fn next<S>(&mut self, store: &Store<K, V, S>) -> Option<NonNull<Item<K, V>>>
    where
        K: Hash,
        S: BuildHasher,
    {
        loop {
            let item = self.table.next().map(NonNull::from).or_else(|| self.moved.next())?;
            // SAFETY: the item is of the shard that `self.held` holds.
            if matches!(self.fresh, Fresh::All) || self.fresh.contains(store.slot_of(unsafe { item.as_ref() }.key())) {
                return Some(item);
            }
        }
    }

    /// The calling thread's part in the shard, for a guard; the iterator's is that one's, too, from now on.
    pub(crate) fn hold(&mut self) -> Arc<Held<G>> {
        if let Some(held) = self.held.handed_to(presence::current()) {
            self.held = Arc::new(held);
        }
        Arc::clone(&self.held)
    }
}

impl<'a, K, V> Stretch<'a, K, V, ShardRead<'a, K, V>> {
    /// What is fresh in a shard that was entered for an iterator made there.
    pub(crate) fn shared(shard: ShardRead<'a, K, V>, fresh: Fresh, place: &'static Location<'static>) -> Self {
        let moved = shard.contents().mark.as_deref().map_or_else(Vec::new, |mark| mark.moved_items()).into_iter();
        // SAFETY: the contents are initialised, and the shard is held, in `held` next to the iterator, which is gone before it
        // (`Stretch`); so the table does not change. The store, in which it lies, is borrowed for `'a`.
        let table = unsafe { &(*shard.header().opaque.get::<K, V>()).table }.iter();
        let uid = shard.header().lock.uid();
        let held = Arc::new(Held::new(shard, Standing::begin(presence::current(), uid, Kind::Shared, place)));
        Self { held, table, moved, fresh }
    }
}

impl<'a, K, V> Stretch<'a, K, V, ShardWrite<'a, K, V>> {
    /// What is fresh in a shard that was entered for an iterator made there. A migration of the shard is given up.
    pub(crate) fn exclusive(mut shard: ShardWrite<'a, K, V>, fresh: Fresh, place: &'static Location<'static>) -> Self {
        shard.abandon_migration("iter_mut holds one of the shards");
        // SAFETY: as in `shared`; the items' values are in cells, and each item is given out once.
        let table = unsafe { &(*shard.header().opaque.get::<K, V>()).table }.iter();
        let uid = shard.header().lock.uid();
        let held = Arc::new(Held::new(shard, Standing::begin(presence::current(), uid, Kind::Exclusive, place)));
        Self { held, table, moved: Vec::new().into_iter(), fresh }
    }
}

/// Iterates over entries by shared reference; from [`Store::iter`].
///
/// Not a snapshot: entries inserted or removed meanwhile may or may not be met. While it stands in a shard, those who want to write
/// there wait. A thread that writes where its own iterator stands, or holds what it has yielded, panics (after it has waited for some
/// milliseconds) and says where the iterator was made: so do not write to the store between two calls of `next`.
///
/// The thread that calls `next` may go on reading the store, whoever waits to write. Iterator and guards may go to other threads; what
/// is moved counts as the thread's that called `next`, until another one does. So one that was handed a guard or an iterator, and has not
/// called `next` since, is not told that it would wait for itself, but does; and with a writer waiting in between, a read is enough for that.
pub struct Iter<'a, K, V, S = RandomState> {
    store: &'a Store<K, V, S>,
    /// Where it was made.
    place: &'static Location<'static>,
    tour: Tour,
    stretch: Option<Stretch<'a, K, V, ShardRead<'a, K, V>>>,
}

// SAFETY: it gives guards that are `Send` under these bounds, and shares the store.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Send for Iter<'_, K, V, S> {}
// SAFETY: `&Iter` gives nothing but a clone, which is as the iterator itself.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for Iter<'_, K, V, S> {}

impl<'a, K, V, S> Iter<'a, K, V, S> {
    pub(crate) fn new(store: &'a Store<K, V, S>, place: &'static Location<'static>) -> Self {
        Self { store, place, tour: Tour::new(&store.control().directory), stretch: None }
    }

    /// Enters the next shard; `None` at the end.
    fn next_stretch(&mut self) -> Option<Stretch<'a, K, V, ShardRead<'a, K, V>>> {
        let slot = self.tour.next_slot()?;
        let visitor = Visitor::new(presence::current(), Errand::Iterator(self.place));
        let shard = self.store.body().enter_to_iterate(slot, visitor)?;
        let fresh = self.tour.visit(&self.store.control().directory, slot, shard.header().slots());
        Some(Stretch::shared(shard, fresh, self.place))
    }
}

/// A clone begins from the start, as DashMap's does.
impl<K, V, S> Clone for Iter<'_, K, V, S> {
    fn clone(&self) -> Self {
        Self::new(self.store, self.place)
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> Iterator for Iter<'a, K, V, S> {
    type Item = RefMulti<'a, K, V>;

    fn next(&mut self) -> Option<RefMulti<'a, K, V>> {
        loop {
            if let Some(stretch) = &mut self.stretch
                && let Some(item) = stretch.next(self.store)
            {
                return Some(RefMulti::new(stretch.hold(), item));
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
    /// Where it was made.
    place: &'static Location<'static>,
    tour: Tour,
    stretch: Option<Stretch<'a, K, V, ShardWrite<'a, K, V>>>,
}

// SAFETY: it gives guards that are `Send` under these bounds, and shares the store.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Send for IterMut<'_, K, V, S> {}
// SAFETY: `&IterMut` gives nothing.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for IterMut<'_, K, V, S> {}

impl<'a, K, V, S> IterMut<'a, K, V, S> {
    pub(crate) fn new(store: &'a Store<K, V, S>, place: &'static Location<'static>) -> Self {
        store.control().revoke_together();
        Self { store, place, tour: Tour::new(&store.control().directory), stretch: None }
    }

    fn next_stretch(&mut self) -> Option<Stretch<'a, K, V, ShardWrite<'a, K, V>>> {
        let slot = self.tour.next_slot()?;
        let visitor = Visitor::new(presence::current(), Errand::Iterator(self.place));
        let shard = self.store.body().enter_to_iterate_mut(slot, visitor)?;
        let fresh = self.tour.visit(&self.store.control().directory, slot, shard.header().slots());
        Some(Stretch::exclusive(shard, fresh, self.place))
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> Iterator for IterMut<'a, K, V, S> {
    type Item = RefMutMulti<'a, K, V>;

    fn next(&mut self) -> Option<RefMutMulti<'a, K, V>> {
        loop {
            if let Some(stretch) = &mut self.stretch
                && let Some(item) = stretch.next(self.store)
            {
                return Some(RefMutMulti::new(stretch.hold(), item));
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
