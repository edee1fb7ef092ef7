//! Cells: the shards that a thread is inside, how, how often, and where it got in.
//!
//! # Orderings
//!
//! A cell is written by its owner alone. It is announced and cleared with Release stores, so that whoever reads it
//! with Acquire and finds the shard gone from it also sees all that the owner did inside (the revoker's side of the
//! biased lock). With the neutral lock, only the owner reads its cells, for which no ordering is needed.

use std::panic::Location;

use crate::sync::{
    OnceLock,
    atomic::{AtomicPtr, AtomicU64, Ordering},
};

/// Cells of a block; a thread that is inside more shards at once is rare and may be slower.
const CELLS: usize = 4;

const KIND_BITS: u32 = 2;
const DEPTH_BITS: u32 = 24;
const DEPTH_ONE: u64 = 1 << KIND_BITS;
const DEPTH_MAX: u64 = (1 << DEPTH_BITS) - 1;
const UID_SHIFT: u32 = KIND_BITS + DEPTH_BITS;

/// Greatest id of a shard that fits a cell: 2.7 × 10¹¹ shards in the life of a process.
pub(crate) const UID_MAX: u64 = (1 << (u64::BITS - UID_SHIFT)) - 1;

/// How a thread is inside a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Shared = 1,
    Exclusive = 2,
}

/// Where a guard was taken; `None` for operations that end before they return.
pub(crate) type Place = Option<&'static Location<'static>>;

/// What a cell says: the shard's never-reused id, the depth of entry, the kind. 0 is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word(u64);

impl Word {
    fn new(uid: u64, kind: Kind) -> Self {
        debug_assert!(uid <= UID_MAX);
        Self(uid << UID_SHIFT | DEPTH_ONE | kind as u64)
    }

    fn uid(self) -> u64 {
        self.0 >> UID_SHIFT
    }

    fn kind(self) -> Kind {
        if self.0 & ((1 << KIND_BITS) - 1) == Kind::Exclusive as u64 { Kind::Exclusive } else { Kind::Shared }
    }

    fn depth(self) -> u64 {
        self.0 >> KIND_BITS & DEPTH_MAX
    }

    fn can_deepen(self, uid: u64, kind: Kind) -> bool {
        self.0 != 0 && self.uid() == uid && self.kind() == kind && self.depth() < DEPTH_MAX
    }

    fn deeper(self) -> Self {
        Self(self.0 + DEPTH_ONE)
    }

    fn shallower(self) -> Self {
        if self.depth() == 1 { Self(0) } else { Self(self.0 - DEPTH_ONE) }
    }

    fn with_kind(self, kind: Kind) -> Self {
        Self(self.0 & !((1 << KIND_BITS) - 1) | kind as u64)
    }
}

/// A block of a line's cells. Most threads never need a second one; further blocks are the spill list.
#[derive(Default)]
pub(crate) struct Cells {
    words: [AtomicU64; CELLS],
    places: [AtomicPtr<Location<'static>>; CELLS],
    spill: OnceLock<Box<Cells>>,
}

/// An entry in a line's cells, to be left by the guard that made it.
///
/// It borrows from a line, which is never freed, so that it stays valid in thread-local destructors.
#[derive(Clone, Copy)]
pub(crate) struct CellRef(&'static AtomicU64);

impl Cells {
    /// Records that the owner is inside the shard. Costs one store when the owner holds no other guard.
    #[inline]
    pub(crate) fn announce(&'static self, uid: u64, kind: Kind, place: Place) -> CellRef {
        if self.words[0].load(Ordering::Relaxed) == 0 {
            return self.fill(0, uid, kind, place);
        }
        self.announce_nested(uid, kind, place)
    }

    #[inline]
    fn fill(&'static self, index: usize, uid: u64, kind: Kind, place: Place) -> CellRef {
        let pointer = place.map_or(std::ptr::null_mut(), |place| std::ptr::from_ref(place).cast_mut());
        self.places[index].store(pointer, Ordering::Relaxed);
        self.words[index].store(Word::new(uid, kind).0, Ordering::Release);
        CellRef(&self.words[index])
    }

    /// Deepens the entry that is there, or fills an empty cell, in the first block that has either.
    #[cold]
    fn announce_nested(&'static self, uid: u64, kind: Kind, place: Place) -> CellRef {
        for cell in self.blocks().flat_map(|block| &block.words) {
            let word = Word(cell.load(Ordering::Relaxed));
            if word.can_deepen(uid, kind) {
                cell.store(word.deeper().0, Ordering::Release);
                return CellRef(cell);
            }
        }
        let mut block = self;
        loop {
            if let Some(index) = block.words.iter().position(|cell| cell.load(Ordering::Relaxed) == 0) {
                return block.fill(index, uid, kind, place);
            }
            block = block.spill.get_or_init(Box::default);
        }
    }

    fn blocks(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |block| block.spill.get().map(|spill| &**spill))
    }

    /// How and from where the owner is inside the shard, if it is; for the owner, after a first try to enter failed.
    pub(crate) fn find(&self, uid: u64) -> Option<(Kind, Place)> {
        let cells = self.blocks().flat_map(|block| block.words.iter().zip(&block.places));
        let mut words = cells.map(|(cell, place)| (Word(cell.load(Ordering::Relaxed)), place));
        let (word, place) = words.find(|(word, _)| word.0 != 0 && word.uid() == uid)?;
        // SAFETY: `fill` stored either null or a pointer made of a `&'static Location`.
        Some((word.kind(), unsafe { place.load(Ordering::Relaxed).as_ref() }))
    }

    /// Whether the owner is inside no shard at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks().flat_map(|block| &block.words).all(|cell| cell.load(Ordering::Acquire) == 0)
    }
}

impl CellRef {
    /// Takes the entry back, by one level.
    #[inline]
    pub(crate) fn leave(self) {
        let word = Word(self.0.load(Ordering::Relaxed));
        debug_assert!(word.0 != 0, "left a cell that was empty");
        self.0.store(word.shallower().0, Ordering::Release);
    }

    /// The owner went from exclusive to shared.
    pub(crate) fn downgrade(self) {
        self.0.store(Word(self.0.load(Ordering::Relaxed)).with_kind(Kind::Shared).0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells that are never freed, as a line's; kept where a leak checker finds them.
    fn cells() -> &'static Cells {
        static KEPT: parking_lot::Mutex<Vec<&'static Cells>> = parking_lot::Mutex::new(Vec::new());
        let cells = Box::leak(Box::default());
        KEPT.lock().push(cells);
        cells
    }

    #[test]
    fn nesting_deepens_one_cell_and_empties_it_again() {
        let cells = cells();
        let refs: Vec<_> = (0..3).map(|_| cells.announce(7, Kind::Shared, None)).collect();
        assert_eq!(cells.words.iter().filter(|cell| cell.load(Ordering::Relaxed) != 0).count(), 1);
        for cell in refs {
            assert!(cells.find(7).is_some());
            cell.leave();
        }
        assert!(cells.is_empty() && cells.find(7).is_none());
    }

    #[test]
    fn more_shards_than_cells_spill_and_are_found() {
        let cells = cells();
        let place = Some(Location::caller());
        let refs: Vec<_> = (1..=10).map(|uid| cells.announce(uid, Kind::Exclusive, place)).collect();
        for uid in 1..=10 {
            assert_eq!(cells.find(uid), Some((Kind::Exclusive, place)), "shard {uid}");
        }
        let (even, odd): (Vec<_>, Vec<_>) = refs.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
        even.into_iter().for_each(|(_, cell)| cell.leave());
        assert!(!cells.is_empty());
        odd.into_iter().for_each(|(_, cell)| cell.leave());
        assert!(cells.is_empty());
        let refs: Vec<_> = (1..=12).map(|uid| cells.announce(uid, Kind::Shared, place)).collect();
        assert_eq!(cells.blocks().count(), 3, "emptied cells are used again");
        refs.into_iter().for_each(CellRef::leave);
    }

    #[test]
    fn a_downgrade_changes_the_kind_and_nothing_else() {
        let cells = cells();
        let cell = cells.announce(3, Kind::Exclusive, None);
        cell.downgrade();
        assert_eq!(cells.find(3), Some((Kind::Shared, None)));
        cell.leave();
        assert!(cells.is_empty());
    }
}
