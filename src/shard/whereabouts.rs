//! Where a shard's table lies, as somebody last noted it: good for prefetching, and for nothing else.
//!
//! Whoever has found a key's header must enter the shard before he may read the table's address, and where that takes an atomic
//! read-modify-write or a fence, the processor begins none of the loads behind it before it is done: a lock's line that is on its way
//! from another core, and the entry's line, are waited for one after the other. The note here is in a line that hardly anybody
//! writes, so that the entry's lines are asked for before the lock is, and arrive meanwhile.
//!
//! The note may be old, and then names memory that has been freed. Prefetches of it do nothing: they fault nowhere, and change
//! nothing but caches. hashbrown's layout (a byte of control for each bucket, and the buckets before them, backwards) is relied
//! upon for nothing else; the test below tells if it changes.

use std::ptr;

use hashbrown::HashTable;

use crate::sync::unmodelled::{AtomicPtr, AtomicUsize, Ordering};

/// Where the first control byte is, and the number of buckets less one.
pub(super) struct Whereabouts {
    control: AtomicPtr<u8>,
    mask: AtomicUsize,
}

impl Whereabouts {
    pub(super) fn new() -> Self {
        Self { control: AtomicPtr::new(ptr::null_mut()), mask: AtomicUsize::new(0) }
    }

    /// Notes where a table is, unless that is known; of an empty one, that it is not.
    ///
    /// For those inside the shard. Readers may do so at the same time: all of them note the same.
    pub(super) fn note<T>(&self, table: &HashTable<T>) {
        if !self.is_of_size_of(table) {
            self.note_anew(table);
        }
    }

    /// Whether a table of so many buckets was noted; of an empty one, never.
    #[inline]
    pub(super) fn is_of_size_of<T>(&self, table: &HashTable<T>) -> bool {
        self.mask.load(Ordering::Relaxed) == table.num_buckets().wrapping_sub(1)
    }

    /// As [`note`](Self::note), where the table may be another one of the same size.
    #[cold]
    pub(super) fn note_anew<T>(&self, table: &HashTable<T>) {
        let any = table.iter_buckets().next().and_then(|index| Some((index, table.get_bucket(index)?)));
        let (control, mask) = match any {
            Some((index, item)) => (ptr::from_ref(item).wrapping_add(index + 1), table.num_buckets() - 1),
            None => (ptr::null(), 0),
        };
        self.control.store(control.cast::<u8>().cast_mut(), Ordering::Relaxed);
        self.mask.store(mask, Ordering::Relaxed);
    }

    /// Asks for the lines in which a look-up of the hash begins: of its control byte, and of the bucket that the entry is in unless others
    /// came first.
    #[inline(always)]
    pub(super) fn prefetch<T>(&self, hash: u64) {
        let index = hash as usize & self.mask.load(Ordering::Relaxed);
        let control: *const u8 = self.control.load(Ordering::Relaxed);
        prefetch(control.wrapping_add(index));
        prefetch(bucket::<T>(control, index).cast());
    }
}

/// The buckets lie before the control bytes, the first one last.
#[inline(always)]
fn bucket<T>(control: *const u8, index: usize) -> *const T {
    control.cast::<T>().wrapping_sub(index + 1)
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn prefetch(place: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch has no effect on anything but caches, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
}

/// Other processors have no prefetch that stable Rust could name.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn prefetch(_: *const u8) {}

#[cfg(test)]
impl Whereabouts {
    /// Whether the note is right about each item.
    pub(super) fn are_those_of<T>(&self, table: &HashTable<T>) -> bool {
        let control: *const u8 = self.control.load(Ordering::Relaxed);
        let is_found = |index| table.get_bucket(index).is_some_and(|item| ptr::eq(item, bucket(control, index)));
        self.mask.load(Ordering::Relaxed) + 1 == table.num_buckets() && table.iter_buckets().all(is_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_where_the_note_says() {
        let whereabouts = Whereabouts::new();
        let mut table = HashTable::new();
        for number in 0..1000_u64 {
            let hash = |number: &u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            table.insert_unique(hash(&number), number, hash);
            whereabouts.note(&table);
            assert!(whereabouts.are_those_of(&table), "{} items", table.len());
        }
    }

    #[test]
    fn of_an_empty_table_nothing_is_known() {
        let whereabouts = Whereabouts::new();
        let mut table = HashTable::with_capacity(100);
        whereabouts.note(&table);
        assert!(!whereabouts.are_those_of(&table));
        table.insert_unique(7, 7_u32, |_| 7);
        whereabouts.note(&table);
        assert!(whereabouts.are_those_of(&table));
    }
}
