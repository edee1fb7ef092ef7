//! A tour of all shards, by slots: how iteration and bulk operations meet each entry once, whatever is cut over meanwhile.
//!
//! A tour takes a slot that it has not visited, enters that slot's shard, and marks all slots of the shard as visited. An
//! entry belongs to one slot for ever, so an entry that is met in one shard and then migrates to another is passed over
//! there, because its slot is marked; and no entry is missed, because every slot is visited in the end.
#![forbid(unsafe_code)]

use autoshard_tuning::SlotId;

use crate::directory::Directory;

/// Which slots have been visited.
pub(crate) struct Tour {
    visited: Box<[u64]>,
    slots: u32,
    /// All slots below this are visited.
    next: u32,
}

/// Which of a shard's slots a tour has not visited before.
pub(crate) enum Fresh {
    /// All: the common case, in which no entry's slot need be computed.
    All,
    /// Those in this set: some of the shard's slots were visited in another shard.
    Some(Box<[u64]>),
}

impl Fresh {
    pub(crate) fn contains(&self, slot: SlotId) -> bool {
        match self {
            Self::All => true,
            Self::Some(slots) => is_set(slots, u32::from(slot)),
        }
    }
}

fn is_set(words: &[u64], slot: u32) -> bool {
    words[slot as usize / 64] >> (slot % 64) & 1 == 1
}

fn set(words: &mut [u64], slot: u32) {
    words[slot as usize / 64] |= 1 << (slot % 64);
}

impl Tour {
    pub(crate) fn new(directory: &Directory) -> Self {
        let slots = directory.slots();
        Self { visited: vec![0; slots.div_ceil(64) as usize].into_boxed_slice(), slots, next: 0 }
    }

    /// Whether a slot was visited.
    #[cfg(feature = "rayon")]
    pub(crate) fn has_visited(&self, slot: SlotId) -> bool {
        is_set(&self.visited, u32::from(slot))
    }

    /// A slot that was not visited; `None` at the tour's end.
    pub(crate) fn next_slot(&mut self) -> Option<SlotId> {
        while self.next < self.slots && is_set(&self.visited, self.next) {
            self.next += 1;
        }
        (self.next < self.slots).then_some(self.next as SlotId)
    }

    /// Marks all slots of the shard that has this slot, and tells which of them were not visited. The caller is inside that
    /// shard, and `owned` is its number of slots.
    pub(crate) fn visit(&mut self, directory: &Directory, slot: SlotId, owned: u32) -> Fresh {
        debug_assert!(owned > 0, "a shard that serves owns slots");
        let shard = directory.shard(slot);
        let mut found = 0;
        let mut known = Vec::new();
        let mut fresh = Vec::new();
        // A shard's slots mostly lie side by side, so the search starts at this one and ends with the last.
        let from = u32::from(slot);
        for candidate in (from..self.slots).chain(0..from) {
            if found == owned {
                break;
            }
            if directory.shard(candidate as SlotId) == shard {
                found += 1;
                if is_set(&self.visited, candidate) { known.push(candidate) } else { fresh.push(candidate) }
            }
        }
        fresh.iter().for_each(|&slot| set(&mut self.visited, slot));
        if known.is_empty() {
            return Fresh::All;
        }
        let mut words = vec![0; self.visited.len()].into_boxed_slice();
        fresh.iter().for_each(|&slot| set(&mut words, slot));
        Fresh::Some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_fresh_once_however_shards_change_on_the_way() {
        let directory = Directory::new(64);
        directory.lay_out(|| (0..64).map(|slot| slot / 16).collect());
        let mut tour = Tour::new(&directory);
        let first = tour.next_slot().expect("nothing was visited");
        assert!(matches!(tour.visit(&directory, first, 16), Fresh::All));
        // Slots that were visited and others come together in one shard.
        (8..24).for_each(|slot| directory.assign(slot, 9));
        let mut seen = [0; 64];
        (0..16).for_each(|slot: usize| seen[slot] += 1);
        while let Some(slot) = tour.next_slot() {
            let owned = directory.shards().iter().filter(|&&shard| Some(shard) == directory.shard(slot)).count() as u32;
            let shard = directory.shard(slot);
            let fresh = tour.visit(&directory, slot, owned);
            for slot in (0..64u16).filter(|&slot| directory.shard(slot) == shard && fresh.contains(slot)) {
                seen[usize::from(slot)] += 1;
            }
        }
        assert_eq!(seen, [1; 64]);
    }
}
