//! Guards of a part of an entry's value.

use std::{
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use super::ItemWrite;
use crate::shard::{Item, ShardRead};

/// A shared reference to a part of a value; made by [`Ref::map`](super::one::Ref::map).
pub struct MappedRef<'a, K, V, T: ?Sized> {
    shard: ShardRead<'a, K, V>,
    item: NonNull<Item<K, V>>,
    value: *const T,
    not_send: PhantomData<*const ()>,
}

// SAFETY: `&MappedRef` gives `&K` and `&T` and nothing else; `V` is asked for since the part may lead back to it.
unsafe impl<K: Sync, V: Sync, T: Sync + ?Sized> Sync for MappedRef<'_, K, V, T> {}

impl<'a, K, V, T: ?Sized> MappedRef<'a, K, V, T> {
    /// `value` points into the value of `item`, which was found in `shard`, or lives longer.
    pub(super) fn new(shard: ShardRead<'a, K, V>, item: NonNull<Item<K, V>>, value: *const T) -> Self {
        Self { shard, item, value, not_send: PhantomData }
    }

    /// The key.
    pub fn key(&self) -> &K {
        // SAFETY: the item stays where it is while the shard is held.
        unsafe { self.item.as_ref() }.key()
    }

    /// The part of the value.
    pub fn value(&self) -> &T {
        // SAFETY: it was made from a reference that is good for as long as the shard is held.
        unsafe { &*self.value }
    }

    /// The key and the part of the value.
    pub fn pair(&self) -> (&K, &T) {
        (self.key(), self.value())
    }

    /// Narrows the reference further.
    pub fn map<F, T2: ?Sized>(self, f: F) -> MappedRef<'a, K, V, T2>
    where
        F: FnOnce(&T) -> &T2,
    {
        let value: *const T2 = f(self.value());
        MappedRef::new(self.shard, self.item, value)
    }

    /// Narrows the reference further, if there is something.
    ///
    /// # Errors
    ///
    /// The guard itself, where `f` finds nothing.
    pub fn try_map<F, T2: ?Sized>(self, f: F) -> Result<MappedRef<'a, K, V, T2>, Self>
    where
        F: FnOnce(&T) -> Option<&T2>,
    {
        match f(self.value()).map(std::ptr::from_ref) {
            Some(value) => Ok(MappedRef::new(self.shard, self.item, value)),
            None => Err(self),
        }
    }
}

impl<K, V, T: ?Sized> Deref for MappedRef<'_, K, V, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value()
    }
}

impl<K: fmt::Debug, V, T: fmt::Debug + ?Sized> fmt::Debug for MappedRef<'_, K, V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappedRef").field("key", self.key()).field("value", &self.value()).finish()
    }
}

impl<K, V, T: fmt::Display + ?Sized> fmt::Display for MappedRef<'_, K, V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

impl<K, V, T: AsRef<U> + ?Sized, U: ?Sized> AsRef<U> for MappedRef<'_, K, V, T> {
    fn as_ref(&self) -> &U {
        self.value().as_ref()
    }
}

/// An exclusive reference to a part of a value; made by [`RefMut::map`](super::one::RefMut::map).
///
/// It keeps its whole entry, so that what was written reaches the target of a migration when the guard is dropped.
pub struct MappedRefMut<'a, K, V, T: ?Sized> {
    item: ItemWrite<'a, K, V>,
    value: *mut T,
}

// SAFETY: `&MappedRefMut` gives `&K` and `&T` and nothing else; `V` is asked for since the part may lead back to it.
unsafe impl<K: Sync, V: Sync, T: Sync + ?Sized> Sync for MappedRefMut<'_, K, V, T> {}

impl<'a, K, V, T: ?Sized> MappedRefMut<'a, K, V, T> {
    /// `value` points into the value of `item`, or lives longer; nobody else has a reference to it.
    pub(super) fn new(item: ItemWrite<'a, K, V>, value: *mut T) -> Self {
        Self { item, value }
    }

    /// The key.
    pub fn key(&self) -> &K {
        self.item.key()
    }

    /// The part of the value.
    pub fn value(&self) -> &T {
        // SAFETY: it was made from an exclusive reference that is good for as long as the shard is held, and `&self`
        // excludes `value_mut`.
        unsafe { &*self.value }
    }

    /// The part of the value, to be changed.
    pub fn value_mut(&mut self) -> &mut T {
        // SAFETY: as above, and `&mut self` excludes any other reference through this guard.
        unsafe { &mut *self.value }
    }

    /// The key and the part of the value.
    pub fn pair(&self) -> (&K, &T) {
        (self.key(), self.value())
    }

    /// The key and the part of the value, the latter to be changed.
    pub fn pair_mut(&mut self) -> (&K, &mut T) {
        // SAFETY: as `value_mut`; the part is of the value, which does not overlap the key.
        (self.item.key(), unsafe { &mut *self.value })
    }

    /// Narrows the reference further.
    pub fn map<F, T2: ?Sized>(mut self, f: F) -> MappedRefMut<'a, K, V, T2>
    where
        F: FnOnce(&mut T) -> &mut T2,
    {
        let value: *mut T2 = f(self.value_mut());
        MappedRefMut::new(self.item, value)
    }

    /// Narrows the reference further, if there is something.
    ///
    /// # Errors
    ///
    /// The guard itself, where `f` finds nothing.
    pub fn try_map<F, T2: ?Sized>(mut self, f: F) -> Result<MappedRefMut<'a, K, V, T2>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut T2>,
    {
        match f(self.value_mut()).map(std::ptr::from_mut) {
            Some(value) => Ok(MappedRefMut::new(self.item, value)),
            None => Err(self),
        }
    }
}

impl<K, V, T: ?Sized> Deref for MappedRefMut<'_, K, V, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value()
    }
}

impl<K, V, T: ?Sized> DerefMut for MappedRefMut<'_, K, V, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value_mut()
    }
}

impl<K: fmt::Debug, V, T: fmt::Debug + ?Sized> fmt::Debug for MappedRefMut<'_, K, V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappedRefMut").field("key", self.key()).field("value", &self.value()).finish()
    }
}
