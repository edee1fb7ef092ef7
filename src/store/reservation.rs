//! Room in advance.
#![forbid(unsafe_code)]

use std::{
    error::Error,
    fmt,
    hash::{BuildHasher, Hash},
};

use super::Store;
use crate::{
    migration::capacity_for,
    shard::{Operation, Stay},
};

impl<K: Eq + Hash, V, S: BuildHasher> Store<K, V, S> {
    /// Makes room for so many more entries, or says that there is no memory for them.
    ///
    /// Each shard gets room for its part of them, by its share of the slots, with a margin for chance: if hashes are spread
    /// evenly, none of them has to grow. It does not last: a migration makes its shards as large as their entries need, so
    /// reserve right before you insert. One shard at a time is locked, for as long as rebuilding its table takes.
    ///
    /// # Errors
    ///
    /// If there is no memory for so many. The store is whole; some of its shards may have got their part.
    ///
    /// ```
    /// let mut store: autoshard::Store<u64, u64> = autoshard::Store::new();
    /// store.try_reserve(1000)?;
    /// assert!(store.capacity() >= 1000);
    ///
    /// let error = store.try_reserve(usize::MAX).unwrap_err();
    /// assert_eq!(error.additional, usize::MAX);
    /// # Ok::<(), autoshard::TryReserveError>(())
    /// ```
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.body.lay_out();
        let slots_all = self.control.directory.slots() as usize;
        let mut reserved = Ok(());
        self.each_shard(&Operation { name: "try_reserve", stay: Stay::Long }, |shard, _| {
            if reserved.is_ok() {
                let room = capacity_for(additional, shard.header().slots() as usize, slots_all);
                reserved = shard.try_reserve(room, self.rehash()).map_err(|_| TryReserveError { additional });
                shard.header().note_reserved();
            }
        });
        reserved
    }
}

/// There is no memory for what was to be reserved; from [`Store::try_reserve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TryReserveError {
    /// The entries that room was asked for.
    pub additional: usize,
}

impl fmt::Display for TryReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no memory for {} more entries; the store serves with what it has", self.additional)
    }
}

impl Error for TryReserveError {}
