//! The places of all shards of a store.
//!
//! Headers never move and are never freed while their store lives, so an operation reaches a shard without any memory
//! reclamation: the worst that a stale index leads to is a lock that does not guard the key, which the check of the
//! directory after entry notices.
//!
//! They lie in two blocks: one for the few shards that a small store has, and one for all others, with room for as many as the
//! policy allows, of which no more is touched than is used. Both addresses are at hand before the id is, so that an operation
//! waits for nothing but the id. (With blocks that double, so that none is too large, the block depends on the id's logarithm; that
//! way took a fifth off the throughput of reads and of writes in the cache.)

use std::{hint::assert_unchecked, mem::MaybeUninit, ptr};

use autoshard_tuning::ShardId;

use super::header::Header;
use crate::sync::{
    Mutex,
    atomic::{AtomicPtr, AtomicUsize, Ordering},
};

/// Headers in the first block: the shards that a fresh store has on four cores. 3 KiB.
const FEW: usize = 16;

/// All headers of one store.
pub(crate) struct Headers {
    /// Ids below [`FEW`]; null until the first is in use.
    few: AtomicPtr<Header>,
    /// All others: the block's address less `FEW` headers, so that it can be indexed by id.
    many: AtomicPtr<Header>,
    /// Ids that were ever in use; headers below it exist.
    used: AtomicUsize,
    /// Ids in use at a time, at most.
    limit: usize,
    /// Ids of shards that are gone. Held by whoever hands ids out.
    returned: Mutex<Vec<ShardId>>,
}

/// Room for so many headers, none of which is there yet.
fn allocate(length: usize) -> *mut Header {
    Box::into_raw(Box::<[Header]>::new_uninit_slice(length)).cast()
}

/// Frees what `allocate` gave for this length.
///
/// # Safety
///
/// It is freed once, and not used any more.
unsafe fn free(start: *mut Header, length: usize) {
    let block = ptr::slice_from_raw_parts_mut(start.cast::<MaybeUninit<Header>>(), length);
    // SAFETY: made from a box of this type and length, as the caller vouches.
    drop(unsafe { Box::from_raw(block) });
}

impl Headers {
    /// Room for `limit` shards at a time, targets of a migration included.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            few: AtomicPtr::new(ptr::null_mut()),
            many: AtomicPtr::new(ptr::null_mut()),
            used: AtomicUsize::new(0),
            limit: limit.min(ShardId::MAX as usize + 1),
            returned: Mutex::new(Vec::new()),
        }
    }

    /// The header of a shard whose id was handed out by [`take`](Self::take), now or in the past.
    #[inline(always)]
    pub(crate) fn get(&self, id: ShardId) -> &Header {
        debug_assert!(usize::from(id) < self.used.load(Ordering::Relaxed));
        let place = self.place(usize::from(id));
        // SAFETY: ids come from `take`, which made the header before it handed the id out; blocks live as long as `self`. So the
        // place is none but the header's, which the compiler would otherwise look into where it keeps an `Option` of it.
        unsafe {
            assert_unchecked(!place.is_null());
            &*place
        }
    }

    /// Where the header of an id is. Inside the id's block, if that exists.
    #[inline(always)]
    fn place(&self, id: usize) -> *mut Header {
        // Acquire pairs with the Release in `make`: whoever learned of the id sees the block. Both are loaded, so that neither
        // load waits for the id.
        let (few, many) = (self.few.load(Ordering::Acquire), self.many.load(Ordering::Acquire));
        let base = if id < FEW { few } else { many };
        base.wrapping_add(id)
    }

    /// Ids that were ever in use are below this.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    /// All headers that were ever in use, with their ids.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ShardId, &Header)> {
        (0..self.used()).map(|id| (id as ShardId, self.get(id as ShardId)))
    }

    /// The shards that own slots, with their ids.
    pub(crate) fn serving(&self) -> impl Iterator<Item = (ShardId, &Header)> {
        self.all().filter(|(_, header)| header.slots() > 0)
    }

    /// Hands out an id for a new shard; `fresh` tells whether its header was never used before. `None` at the limit.
    pub(crate) fn take(&self) -> Option<(ShardId, bool)> {
        let mut returned = self.returned.lock();
        if let Some(id) = returned.pop() {
            self.get(id).renew();
            return Some((id, false));
        }
        let id = self.used.load(Ordering::Relaxed);
        if id == self.limit {
            return None;
        }
        self.make(id);
        self.used.store(id + 1, Ordering::Release);
        self.get(id as ShardId).renew();
        Some((id as ShardId, true))
    }

    /// Makes the header of an id that is next to come into use, and its block, if it is the first there.
    fn make(&self, id: usize) {
        if id == 0 {
            self.few.store(allocate(FEW), Ordering::Release);
        }
        if id == FEW {
            self.many.store(allocate(self.limit - FEW).wrapping_sub(FEW), Ordering::Release);
        }
        // SAFETY: the id's block exists, since ids come into use in order; nobody knows of the id yet.
        unsafe { self.place(id).write(Header::new()) };
    }

    /// Takes the id of a retired shard back.
    pub(crate) fn give_back(&self, id: ShardId) {
        self.returned.lock().push(id);
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        let used = self.used();
        for id in 0..used {
            // SAFETY: made by `make`, and dropped once, here.
            unsafe { self.place(id).drop_in_place() };
        }
        if used > 0 {
            // SAFETY: made by `make` with id 0.
            unsafe { free(self.few.load(Ordering::Relaxed), FEW) };
        }
        if used > FEW {
            // SAFETY: made by `make` with id `FEW`, and stored less `FEW`.
            unsafe { free(self.many.load(Ordering::Relaxed).wrapping_add(FEW), self.limit - FEW) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_a_place_of_its_own_that_never_moves() {
        let headers = Headers::new(5000);
        let mut places = Vec::new();
        while let Some((id, fresh)) = headers.take() {
            assert!(fresh);
            places.push(std::ptr::from_ref(headers.get(id)) as usize);
        }
        assert_eq!(places.len(), 5000);
        for (id, place) in places.iter().enumerate() {
            assert_eq!(std::ptr::from_ref(headers.get(id as ShardId)) as usize, *place);
        }
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= size_of::<Header>()));
    }

    #[test]
    fn an_id_given_back_is_a_new_shard() {
        let headers = Headers::new(2);
        let (id, _) = headers.take().expect("below the limit");
        let uid = headers.get(id).lock.uid();
        headers.give_back(id);
        assert_eq!(headers.take(), Some((id, false)));
        assert_ne!(headers.get(id).lock.uid(), uid);
    }
}
