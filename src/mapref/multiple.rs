//! Guards that iteration yields: many of them share one lock.
//!
//! They have no cell in a presence line and so may go to other threads, and be dropped there.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use crate::{
    presence::{Line, Standing},
    shard::{Item, ShardRead, ShardWrite},
    sync::Arc,
};

/// A shard that iteration holds, as far as one thread has part in it: that one's guards share this, and the iterator, if that
/// thread was the last to call `next`.
pub(crate) struct Held<G> {
    /// Before the shard: nobody is told that he would wait for what is given back already.
    standing: Standing,
    shard: Arc<G>,
}

impl<G> Held<G> {
    pub(crate) fn new(shard: G, standing: Standing) -> Self {
        Self { standing, shard: Arc::new(shard) }
    }

    /// For the thread with this line; `None` if this is it.
    #[inline]
    pub(crate) fn handed_to(&self, line: Option<&'static Line>) -> Option<Self> {
        self.standing.handed_to(line).map(|standing| Self { standing, shard: Arc::clone(&self.shard) })
    }
}

/// A shared reference to an entry, from [`Store::iter`](crate::Store::iter); its shard is locked for reading while it, or
/// another one of the same shard, lives.
pub struct RefMulti<'a, K, V> {
    _held: Arc<Held<ShardRead<'a, K, V>>>,
    item: NonNull<Item<K, V>>,
}

// SAFETY: it gives `&K` and `&V`, and the lock may be given back by any thread.
unsafe impl<K: Sync, V: Sync> Send for RefMulti<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Sync, V: Sync> Sync for RefMulti<'_, K, V> {}

impl<'a, K, V> RefMulti<'a, K, V> {
    /// `item` is of the shard that is held.
    pub(crate) fn new(held: Arc<Held<ShardRead<'a, K, V>>>, item: NonNull<Item<K, V>>) -> Self {
        Self { _held: held, item }
    }

    /// The key.
    pub fn key(&self) -> &K {
        // SAFETY: the item stays where it is while the shard is held.
        unsafe { self.item.as_ref() }.key()
    }

    /// The value.
    pub fn value(&self) -> &V {
        // SAFETY: as above; the shard is held, so nobody writes.
        unsafe { self.item.as_ref().value() }
    }

    /// Key and value.
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }
}

impl<K, V> Deref for RefMulti<'_, K, V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for RefMulti<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefMulti").field("key", self.key()).field("value", self.value()).finish()
    }
}

/// An exclusive reference to an entry, from [`Store::iter_mut`](crate::Store::iter_mut); its shard is locked for writing
/// while it, or another one of the same shard, lives.
pub struct RefMutMulti<'a, K, V> {
    _held: Arc<Held<ShardWrite<'a, K, V>>>,
    item: NonNull<Item<K, V>>,
}

// SAFETY: it gives `&K` and `&mut V`, of an entry of its own, and the lock may be given back by any thread. The shard's
// displaced copies, which would be dropped with the lock, do not exist: iteration ends the shard's part in migrations.
unsafe impl<K: Sync, V: Send + Sync> Send for RefMutMulti<'_, K, V> {}
// SAFETY: `&RefMutMulti` gives `&K` and `&V`.
unsafe impl<K: Sync, V: Sync> Sync for RefMutMulti<'_, K, V> {}

impl<'a, K, V> RefMutMulti<'a, K, V> {
    /// `item` is of the shard that is held, and no other guard has it.
    pub(crate) fn new(held: Arc<Held<ShardWrite<'a, K, V>>>, item: NonNull<Item<K, V>>) -> Self {
        Self { _held: held, item }
    }

    /// The key.
    pub fn key(&self) -> &K {
        // SAFETY: the item stays where it is while the shard is held and nothing is removed from it.
        unsafe { self.item.as_ref() }.key()
    }

    /// The value.
    pub fn value(&self) -> &V {
        // SAFETY: as above; the item is this guard's alone, and `&self` excludes `value_mut`.
        unsafe { self.item.as_ref().value() }
    }

    /// The value, to be changed.
    pub fn value_mut(&mut self) -> &mut V {
        // SAFETY: as above, and `&mut self` excludes any other reference.
        unsafe { self.item.as_ref().value_mut() }
    }

    /// Key and value.
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }

    /// Key and value, the latter to be changed.
    pub fn pair_mut(&mut self) -> (&K, &mut V) {
        // SAFETY: as `key` and `value_mut`; key and value do not overlap.
        let item = unsafe { self.item.as_ref() };
        // SAFETY: as `value_mut`.
        (item.key(), unsafe { item.value_mut() })
    }
}

impl<K, V> Deref for RefMutMulti<'_, K, V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K, V> DerefMut for RefMutMulti<'_, K, V> {
    fn deref_mut(&mut self) -> &mut V {
        self.value_mut()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for RefMutMulti<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefMutMulti").field("key", self.key()).field("value", self.value()).finish()
    }
}
