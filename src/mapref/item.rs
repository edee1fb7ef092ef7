//! An item held for writing, and the place of one that is not there: what all guards that can change an entry have inside.

use std::{marker::PhantomData, mem::ManuallyDrop, ptr::NonNull};

use crate::shard::{Found, Item, ShardRead, ShardWrite};

/// An item of a shard that is held exclusively. Once it is dropped, what was written in place has reached the target of a
/// migration, too: also if the user's code panicked half-way.
pub(crate) struct ItemWrite<'a, K, V> {
    /// Taken out once: by `into_shard`, with which this ends, or else by `drop`.
    shard: ManuallyDrop<ShardWrite<'a, K, V>>,
    found: Found<K, V>,
    hash: u64,
    /// The thread that took the guard must drop it: its presence line has the record.
    not_send: PhantomData<*const ()>,
}

// SAFETY: `&ItemWrite` gives `&K` and `&V` and nothing else.
unsafe impl<K: Sync, V: Sync> Sync for ItemWrite<'_, K, V> {}

impl<'a, K, V> ItemWrite<'a, K, V> {
    /// `found` was found or inserted in `shard`, under `hash`, and not removed since.
    #[inline]
    pub(crate) fn new(shard: ShardWrite<'a, K, V>, found: Found<K, V>, hash: u64) -> Self {
        Self { shard: ManuallyDrop::new(shard), found, hash, not_send: PhantomData }
    }

    #[inline]
    pub(crate) fn key(&self) -> &K {
        // SAFETY: the item stays where it is while the shard is held and nothing is removed from it.
        unsafe { self.found.item.as_ref() }.key()
    }

    #[inline]
    pub(crate) fn value(&self) -> &V {
        // SAFETY: as above; the shard is held exclusively, and `&self` excludes `value_mut`.
        unsafe { self.found.item.as_ref().value() }
    }

    #[inline]
    pub(crate) fn value_mut(&mut self) -> &mut V {
        // SAFETY: as above, and `&mut self` excludes any other reference through this guard, the shard's only one.
        unsafe { self.found.item.as_ref().value_mut() }
    }

    pub(crate) fn pair_mut(&mut self) -> (&K, &mut V) {
        // SAFETY: as `key` and `value_mut`; key and value do not overlap.
        let item = unsafe { self.found.item.as_ref() };
        // SAFETY: as `value_mut`.
        (item.key(), unsafe { item.value_mut() })
    }

    /// The shard without the item, for those who remove it.
    pub(crate) fn into_shard(self) -> (ShardWrite<'a, K, V>, Found<K, V>, u64) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, nor used any more but for what is copied.
        (unsafe { ManuallyDrop::take(&mut this.shard) }, this.found, this.hash)
    }

    /// Takes the item out, and leaves the shard.
    pub(crate) fn remove(self) -> Item<K, V> {
        let (mut shard, found, hash) = self.into_shard();
        let removed = shard.remove(hash, found);
        drop(shard);
        removed
    }

    /// Goes over to reading without leaving the shard.
    pub(crate) fn downgrade(self) -> (ShardRead<'a, K, V>, NonNull<Item<K, V>>) {
        let (mut shard, found, hash) = self.into_shard();
        // The target must have it before anybody can read it: later, a reader of the target would miss what others saw.
        shard.mirror_write(hash, found.item);
        (shard.downgrade(), found.item)
    }
}

impl<K, V> Drop for ItemWrite<'_, K, V> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: nobody took it before, since who does forgets `self`.
        let shard = unsafe { ManuallyDrop::take(&mut self.shard) };
        shard.leave_written(self.hash, self.found.item);
    }
}

/// The place of an item in a shard that is held exclusively.
pub(crate) struct Vacancy<'a, K, V> {
    shard: ShardWrite<'a, K, V>,
    hash: u64,
    /// As of [`ItemWrite`].
    not_send: PhantomData<*const ()>,
}

// SAFETY: `&Vacancy` gives nothing.
unsafe impl<K: Sync, V: Sync> Sync for Vacancy<'_, K, V> {}

impl<'a, K, V> Vacancy<'a, K, V> {
    /// The shard has room for one more item, and none of the key with this hash that is to come.
    pub(crate) fn new(shard: ShardWrite<'a, K, V>, hash: u64) -> Self {
        Self { shard, hash, not_send: PhantomData }
    }

    /// Inserts the item.
    pub(crate) fn fill(mut self, key: K, value: V) -> ItemWrite<'a, K, V> {
        let no_hasher = |_: &K| unreachable!("room was made when the entry was asked for");
        let found = self.shard.insert_new(self.hash, Item::new(key, value), no_hasher);
        ItemWrite::new(self.shard, found, self.hash)
    }
}
