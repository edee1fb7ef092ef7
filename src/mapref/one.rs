//! Guards of one entry.

use std::{
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use super::ItemWrite;
pub use super::mapped::{MappedRef, MappedRefMut};
use crate::shard::{Item, ShardRead};

/// A shared reference to an entry; its shard is locked for reading while it lives.
///
/// Others may read the shard meanwhile; who wants to write to it waits. Reading again under one's own `Ref` works, whoever
/// waits; writing to the same shard panics instead of waiting for oneself, and in builds with debug assertions
/// [so does writing to any other](crate::Store#deadlocks). It is not `Send`, so the compiler
/// refuses to hold one across an `await` that may move to another thread.
///
/// A `Ref` that is forgotten leaves its shard locked for ever.
///
/// ```compile_fail,E0277
/// fn spawn<T: Send>(_task: impl Future<Output = T> + Send) {}
///
/// let store: autoshard::compat::dashmap::DashMap<u64, u64> = Default::default();
/// spawn(async {
///     let entry = store.get(&1);
///     std::future::ready(()).await; // the task may go on in another thread, which does not hold the shard
///     drop(entry);
/// });
/// ```
///
/// ```
/// let store = autoshard::Store::new();
/// store.insert("a", 1);
/// let entry = store.get("a").unwrap();
/// assert_eq!((entry.key(), *entry), (&"a", 1));
/// ```
pub struct Ref<'a, K, V> {
    shard: ShardRead<'a, K, V>,
    item: NonNull<Item<K, V>>,
    /// The thread that took the guard must drop it: its presence line has the record.
    not_send: PhantomData<*const ()>,
}

// SAFETY: `&Ref` gives `&K` and `&V` and nothing else.
unsafe impl<K: Sync, V: Sync> Sync for Ref<'_, K, V> {}

impl<'a, K, V> Ref<'a, K, V> {
    /// `item` was found in `shard`.
    #[inline]
    pub(crate) fn new(shard: ShardRead<'a, K, V>, item: NonNull<Item<K, V>>) -> Self {
        Self { shard, item, not_send: PhantomData }
    }

    /// The key.
    #[inline]
    pub fn key(&self) -> &K {
        // SAFETY: the item stays where it is while the shard is held.
        unsafe { self.item.as_ref() }.key()
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> &V {
        // SAFETY: as above; the shard is held, so nobody writes.
        unsafe { self.item.as_ref().value() }
    }

    /// Key and value.
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }

    /// Narrows the reference to a part of the value.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", (1, 2));
    /// let second = store.get("a").unwrap().map(|pair| &pair.1);
    /// assert_eq!(*second, 2);
    /// ```
    pub fn map<F, T: ?Sized>(self, f: F) -> MappedRef<'a, K, V, T>
    where
        F: FnOnce(&V) -> &T,
    {
        let value: *const T = f(self.value());
        MappedRef::new(self.shard, self.item, value)
    }

    /// Narrows the reference to a part of the value, if it is there.
    ///
    /// # Errors
    ///
    /// The guard itself, where `f` finds nothing.
    pub fn try_map<F, T: ?Sized>(self, f: F) -> Result<MappedRef<'a, K, V, T>, Self>
    where
        F: FnOnce(&V) -> Option<&T>,
    {
        match f(self.value()).map(std::ptr::from_ref) {
            Some(value) => Ok(MappedRef::new(self.shard, self.item, value)),
            None => Err(self),
        }
    }
}

impl<K, V> Deref for Ref<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ref").field("key", self.key()).field("value", self.value()).finish()
    }
}

/// An exclusive reference to an entry; its shard is locked for writing while it lives.
///
/// Everybody else who wants the shard waits. Entering the same shard again from the same thread panics instead of
/// waiting for oneself, and in builds with debug assertions [so does writing to any other](crate::Store#deadlocks). It
/// is not `Send`; a forgotten one leaves its shard locked for ever.
///
/// ```
/// let store = autoshard::Store::new();
/// store.insert("a", 1);
/// *store.get_mut("a").unwrap() += 1;
/// assert_eq!(store.get_cloned("a"), Some(2));
/// ```
pub struct RefMut<'a, K, V> {
    item: ItemWrite<'a, K, V>,
}

impl<'a, K, V> RefMut<'a, K, V> {
    #[inline]
    pub(crate) fn new(item: ItemWrite<'a, K, V>) -> Self {
        Self { item }
    }

    /// The key.
    pub fn key(&self) -> &K {
        self.item.key()
    }

    /// The value.
    pub fn value(&self) -> &V {
        self.item.value()
    }

    /// The value, to be changed.
    pub fn value_mut(&mut self) -> &mut V {
        self.item.value_mut()
    }

    /// Key and value.
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }

    /// Key and value, the latter to be changed.
    pub fn pair_mut(&mut self) -> (&K, &mut V) {
        self.item.pair_mut()
    }

    /// Goes over to a shared reference, without anybody coming between.
    pub fn downgrade(self) -> Ref<'a, K, V> {
        let (shard, item) = self.item.downgrade();
        Ref::new(shard, item)
    }

    /// Narrows the reference to a part of the value.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// store.insert("a", (1, 2));
    /// *store.get_mut("a").unwrap().map(|pair| &mut pair.1) = 3;
    /// assert_eq!(store.get_cloned("a"), Some((1, 3)));
    /// ```
    pub fn map<F, T: ?Sized>(mut self, f: F) -> MappedRefMut<'a, K, V, T>
    where
        F: FnOnce(&mut V) -> &mut T,
    {
        let value: *mut T = f(self.value_mut());
        MappedRefMut::new(self.item, value)
    }

    /// Narrows the reference to a part of the value, if it is there.
    ///
    /// # Errors
    ///
    /// The guard itself, where `f` finds nothing.
    pub fn try_map<F, T: ?Sized>(mut self, f: F) -> Result<MappedRefMut<'a, K, V, T>, Self>
    where
        F: FnOnce(&mut V) -> Option<&mut T>,
    {
        match f(self.value_mut()).map(std::ptr::from_mut) {
            Some(value) => Ok(MappedRefMut::new(self.item, value)),
            None => Err(self),
        }
    }
}

impl<K, V> Deref for RefMut<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K, V> DerefMut for RefMut<'_, K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut V {
        self.value_mut()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for RefMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefMut").field("key", self.key()).field("value", self.value()).finish()
    }
}
