//! An entry in a table.

use std::cell::UnsafeCell;

/// A key and its value, as tables hold them.
///
/// The value is in a cell, because an item may be looked at by a thread that has no right to its value: in a hand-over,
/// two sources share a target, and a look-up for one of them compares keys of the other's items, while a guard of that
/// other source changes their values.
pub(crate) struct Item<K, V> {
    key: K,
    value: UnsafeCell<V>,
}

// SAFETY: `&Item` gives `&K`, and by its unsafe methods `&V` or `&mut V`, whose callers vouch for exclusion: as a lock's
// contents, for which `Sync` needs no more than this when both `Send` and `Sync` are asked of the value.
unsafe impl<K: Sync, V: Send + Sync> Sync for Item<K, V> {}

impl<K, V> Item<K, V> {
    #[inline]
    pub(crate) fn new(key: K, value: V) -> Self {
        Self { key, value: UnsafeCell::new(value) }
    }

    #[inline]
    pub(crate) fn key(&self) -> &K {
        &self.key
    }

    /// # Safety
    ///
    /// For as long as the reference lives, nobody has a mutable one: the caller is inside the item's source, or has the
    /// item to itself.
    #[inline]
    pub(crate) unsafe fn value(&self) -> &V {
        // SAFETY: as demanded.
        unsafe { &*self.value.get() }
    }

    /// # Safety
    ///
    /// For as long as the reference lives, nobody has another: the caller is inside the item's source exclusively, and hands
    /// out no second one.
    #[expect(clippy::mut_from_ref, reason = "exclusion is the lock's affair")]
    #[inline]
    pub(crate) unsafe fn value_mut(&self) -> &mut V {
        // SAFETY: as demanded.
        unsafe { &mut *self.value.get() }
    }

    /// The value of an item that the caller has to itself.
    pub(crate) fn own_value_mut(&mut self) -> &mut V {
        self.value.get_mut()
    }

    /// Key and value of an item that the caller has to itself.
    pub(crate) fn pair_mut(&mut self) -> (&K, &mut V) {
        (&self.key, self.value.get_mut())
    }

    #[inline]
    pub(crate) fn into_pair(self) -> (K, V) {
        (self.key, self.value.into_inner())
    }
}
