//! The places of all shards of a store.
//!
//! Headers never move and are never freed while their store lives, so an operation reaches a shard without any memory
//! reclamation: the worst that a stale index leads to is a lock that does not guard the key, which the check of the
//! directory after entry notices. Headers are allocated in chunks, each as large as all before it, as ids come into use.

use autoshard_tuning::ShardId;

use super::header::Header;
use crate::sync::{
    Mutex,
    atomic::{AtomicPtr, AtomicUsize, Ordering},
};

/// Headers in the first chunk: the shards of a fresh store on one core. With more cores these are a power of two, too, so
/// that none of the headers made for them is left over.
const FIRST_CHUNK: usize = 4;
/// Chunks, enough for every index that a `ShardId` can name.
const CHUNKS: usize = 15;
const _: () = assert!(FIRST_CHUNK << (CHUNKS - 1) == ShardId::MAX as usize + 1);

/// All headers of one store.
pub(crate) struct Headers {
    /// Each chunk's address less the indices before it, so that it can be indexed by id.
    chunks: [AtomicPtr<Header>; CHUNKS],
    /// Ids that were ever in use; headers below it exist.
    used: AtomicUsize,
    /// Ids in use at a time, at most.
    limit: usize,
    /// Ids of shards that are gone. Held by whoever hands ids out.
    returned: Mutex<Vec<ShardId>>,
}

/// Chunk of an id, and the first id of that chunk.
#[inline]
fn chunk_of(id: usize) -> (usize, usize) {
    // Never the logarithm of 0, for which a processor has no answer and a compiler a branch.
    let chunk = ((id | (FIRST_CHUNK - 1)).ilog2() - (FIRST_CHUNK - 1).ilog2()) as usize;
    (chunk, if chunk == 0 { 0 } else { FIRST_CHUNK << (chunk - 1) })
}

fn chunk_length(chunk: usize) -> usize {
    if chunk == 0 { FIRST_CHUNK } else { FIRST_CHUNK << (chunk - 1) }
}

impl Headers {
    /// Room for `limit` shards at a time, targets of a migration included.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            chunks: [const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNKS],
            used: AtomicUsize::new(0),
            limit: limit.min(ShardId::MAX as usize + 1),
            returned: Mutex::new(Vec::new()),
        }
    }

    /// The header of a shard whose id was handed out by [`take`](Self::take), now or in the past.
    #[inline]
    pub(crate) fn get(&self, id: ShardId) -> &Header {
        let id = usize::from(id);
        let (chunk, _) = chunk_of(id);
        // Acquire pairs with the Release in `take`: whoever learned of the id sees the headers made.
        let base = self.chunks[chunk].load(Ordering::Acquire);
        debug_assert!(!base.is_null() && id < self.used.load(Ordering::Relaxed));
        // SAFETY: ids come from `take`, which made the chunk before it handed the id out; chunks live as long as `self`.
        // The address is inside the chunk: `base` is its start less the ids before it.
        unsafe { &*base.wrapping_add(id) }
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
        let (chunk, first) = chunk_of(id);
        if self.chunks[chunk].load(Ordering::Relaxed).is_null() {
            let headers: Box<[Header]> = (0..chunk_length(chunk)).map(|_| Header::new()).collect();
            let base = Box::into_raw(headers).cast::<Header>().wrapping_sub(first);
            self.chunks[chunk].store(base, Ordering::Release);
        }
        self.used.store(id + 1, Ordering::Release);
        self.get(id as ShardId).renew();
        Some((id as ShardId, true))
    }

    /// Takes the id of a retired shard back.
    pub(crate) fn give_back(&self, id: ShardId) {
        self.returned.lock().push(id);
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        for (chunk, pointer) in self.chunks.iter().enumerate() {
            let base = pointer.load(Ordering::Relaxed);
            if base.is_null() {
                // Chunks come into use in order.
                break;
            }
            let first = if chunk == 0 { 0 } else { FIRST_CHUNK << (chunk - 1) };
            let start = std::ptr::slice_from_raw_parts_mut(base.wrapping_add(first), chunk_length(chunk));
            // SAFETY: `take` made the chunk from a box of this length, and stored it less `first`.
            drop(unsafe { Box::from_raw(start) });
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
