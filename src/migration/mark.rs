//! The mark on a source: how those who write there keep the targets in step.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use autoshard_tuning::ShardId;

use super::{
    functions::Functions,
    shadow::{Mode, Shadow, TargetLock},
};
use crate::{
    mutants::{Mutant, is_on},
    presence::Kind,
    shard::Item,
    sync::{Arc, atomic::Ordering},
};

/// A source's mark. Made and taken off under the source's exclusive lock.
pub(crate) struct Mark<K, V> {
    pub(crate) shadow: Arc<Shadow>,
    pub(crate) functions: Functions<K, V>,
    /// The shard that it is on.
    pub(crate) source: ShardId,
    /// Entries of this source that are in targets (hand-over).
    pub(crate) moved: usize,
    /// How far [`fetch_back`](Self::fetch_back) has come: the target by its place in the list, and the bucket.
    pub(super) fetched: (usize, usize),
}

impl<K, V> Mark<K, V> {
    pub(crate) fn new(shadow: Arc<Shadow>, functions: Functions<K, V>, source: ShardId) -> Self {
        Self { shadow, functions, source, moved: 0, fetched: (0, 0) }
    }

    /// Locks the target of a hash. The caller is inside the marked source. `None` if the hash has none: it is not of a source,
    /// so a `Hash` contradicts itself; that gives the migration up.
    pub(crate) fn target(&self, hash: u64, kind: Kind) -> Option<TargetLock<'_, K, V>> {
        let Some(target) = self.shadow.target(hash) else {
            self.shadow.abort("a key's Hash contradicts itself");
            return None;
        };
        // SAFETY: the mark is a source's of this store, and whoever has a reference to it is inside that source.
        Some(unsafe { TargetLock::new(self.shadow.header(target), kind) })
    }

    /// Copies an item of this source to its target, unless that has the key already (dual-write); `true` if it had not.
    /// The caller holds the source shared, so nobody writes the item meanwhile.
    pub(crate) fn copy(&self, item: &Item<K, V>) -> bool {
        let hash = self.functions.hash(item.key());
        let Some(target) = self.target(hash, Kind::Shared) else { return false };
        let known =
            target.contents().table.find(hash, |other| (self.functions.equal)(item.key(), other.key())).is_some();
        drop(target);
        let (false, Some(clones)) = (known, self.functions.clones) else { return false };
        // SAFETY: the source is held shared, so there is no mutable reference to its values.
        let value = (clones.value)(unsafe { item.value() });
        self.insert_new(place_of_copy(hash), Item::new((clones.key)(item.key()), value));
        if is_on(Mutant::CopiesDoubled) {
            // SAFETY: as above.
            let again = (clones.value)(unsafe { item.value() });
            self.insert_new(hash, Item::new((clones.key)(item.key()), again));
        }
        true
    }

    /// Applies to the target what was just written to the source (dual-write). Returns what it displaced, to be dropped
    /// by the caller once it has left the source. A panic in the user's functions gives the migration up, and harms
    /// neither the source nor the caller.
    pub(crate) fn mirror_write(&self, hash: u64, item: &Item<K, V>) -> Option<V> {
        let clones = self.functions.clones?;
        self.mirror(|| {
            // SAFETY: the caller is inside the item's source exclusively and has no mutable reference any more.
            let value = (clones.value)(unsafe { item.value() });
            let mut target = self.target(hash, Kind::Exclusive)?;
            if let Some(found) =
                target.contents_mut().table.find_mut(hash, |other| (self.functions.equal)(item.key(), other.key()))
            {
                return Some(std::mem::replace(found.own_value_mut(), value));
            }
            drop(target);
            let key = (clones.key)(item.key());
            self.insert_new(hash, Item::new(key, value));
            None
        })
    }

    /// Applies to the target that the source no longer has the key (dual-write). As [`mirror_write`](Self::mirror_write).
    pub(crate) fn mirror_remove(&self, hash: u64, key: &K) -> Option<Item<K, V>> {
        self.mirror(|| {
            let mut target = self.target(hash, Kind::Exclusive)?;
            let found = target.contents_mut().table.find_entry(hash, |other| (self.functions.equal)(key, other.key()));
            found.ok().map(|found| found.remove().0)
        })
    }

    /// Adds an entry that the target does not have. It may grow (dual-write only: nobody has references into it).
    pub(crate) fn insert_new(&self, hash: u64, item: Item<K, V>) {
        let Some(mut target) = self.target(hash, Kind::Exclusive) else { return };
        let header = target.header();
        let functions = self.functions;
        target.contents_mut().table.insert_unique(hash, item, |entry| {
            header.note_rehash();
            functions.hash(entry.key())
        });
    }

    fn mirror<T>(&self, apply: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.shadow.mode != Mode::DualWrite || self.shadow.is_aborted() {
            return None;
        }
        self.shadow.dual_writes.fetch_add(1, Ordering::Relaxed);
        catch_unwind(AssertUnwindSafe(apply)).unwrap_or_else(|panic| {
            let message = panic_message(&*panic).unwrap_or(SILENT_PANIC);
            self.shadow.abort(&format!("the user's code panicked while a write was copied: {message}"));
            None
        })
    }
}

/// The hash by which an item is put into its target: its own.
pub(super) fn place_of_copy(hash: u64) -> u64 {
    // The same slot, and another tag.
    if is_on(Mutant::CopiesMisplaced) { hash ^ 1 << 63 } else { hash }
}

/// Stands for what a panic said that said nothing.
pub(super) const SILENT_PANIC: &str = "without a message";

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
}
