//! The generic part of a shard, kept in a header that is not generic.
//!
//! A header has room for exactly the words that [`Contents`] takes, whatever the types of key and value, because a
//! `HashTable` is a pointer and three counts. Who puts which type in is settled once per store: every access goes
//! through the store's own `Body<K, V, S>`, which is the only one that has its control block's headers with types.

use std::{
    cell::UnsafeCell,
    mem::{MaybeUninit, align_of, size_of},
};

use autoshard_tuning::ShardId;
use hashbrown::HashTable;

use super::item::Item;
use crate::migration::Mark;

/// What a shard holds: its table, and the mark that a migration has put on it as a source.
#[repr(C)]
pub(crate) struct Contents<K, V> {
    pub(crate) table: HashTable<Item<K, V>>,
    pub(crate) mark: Option<Box<Mark<K, V>>>,
    /// Of a hand-over's target, while it is one: the source that each bucket's item came from.
    #[expect(clippy::box_collection, reason = "one word, whatever the types")]
    pub(crate) owners: Option<Box<Vec<ShardId>>>,
}

impl<K, V> Contents<K, V> {
    pub(crate) fn empty() -> Self {
        Self { table: HashTable::new(), mark: None, owners: None }
    }
}

/// Words of [`Contents`].
const WORDS: usize = 6;

/// Room for a `Contents<K, V>` of any `K` and `V`.
#[repr(C)]
pub(crate) struct OpaqueCell {
    words: UnsafeCell<[MaybeUninit<usize>; WORDS]>,
}

// SAFETY: the cell gives nothing but a raw pointer. Those who use it stand for the rules of the types behind it:
// `ShardRead` and `ShardWrite` reach it under the shard's lock, and are `Send` and `Sync` as their types allow.
unsafe impl Sync for OpaqueCell {}
// SAFETY: as above; a control block goes to other threads, its contents only with the bounds that the store demands.
unsafe impl Send for OpaqueCell {}

impl OpaqueCell {
    pub(crate) const fn new() -> Self {
        Self { words: UnsafeCell::new([MaybeUninit::uninit(); WORDS]) }
    }

    /// Where the contents are. They are initialised once the store that owns the header has called
    /// [`initialise`](Self::initialise) with the same types.
    #[inline]
    pub(crate) fn get<K, V>(&self) -> *mut Contents<K, V> {
        const {
            assert!(size_of::<Contents<K, V>>() == WORDS * size_of::<usize>());
            assert!(align_of::<Contents<K, V>>() == align_of::<usize>());
        }
        self.words.get().cast()
    }

    /// Puts empty contents in.
    ///
    /// # Safety
    ///
    /// Nobody else has access to the cell, and there are no contents in it that would be leaked.
    pub(crate) unsafe fn initialise<K, V>(&self) {
        // SAFETY: the caller has the cell to itself; it is large and aligned enough by the assertions in `get`.
        unsafe { self.get::<K, V>().write(Contents::empty()) };
    }
}
