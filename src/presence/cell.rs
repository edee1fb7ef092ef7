//! Cells: the shards that a thread is inside, how, how often, and where it got in.
//!
//! # Orderings
//!
//! A cell is written by its owner alone. It is announced and cleared with Release stores, so that whoever reads it
//! with Acquire and finds the shard gone from it also sees all that the owner did inside (the revoker's side of the
//! shard's lock).

use std::{panic::Location, ptr};

use super::{
    holding::{Holder, Holding},
    word::{Kind, Word},
};
use crate::{
    mutants::{Mutant, is_on, unless_relaxed},
    sync::{
        atomic::{AtomicPtr, AtomicU64, Ordering},
        leak, store_and_fence,
    },
};

/// Cells of a block, so many that they and the countdown fill a cache line; a thread that is inside more shards at once is
/// rare and may be slower. Models have blocks that are soon full.
const CELLS: usize = if cfg!(autoshard_loom) { 1 } else { 3 };

/// Where a guard was taken; `None` for operations that end before they return.
type Place = Option<&'static Location<'static>>;

/// One entry of a thread into a shard, or none.
#[derive(Default)]
pub(crate) struct Cell {
    word: AtomicU64,
    /// Where the guard was taken, if the word says that this is current.
    place: AtomicPtr<Location<'static>>,
}

/// A block of a line's cells. Most threads never need a second one; further blocks are the spill list.
#[derive(Default)]
#[repr(C)]
pub(crate) struct Cells {
    cells: [Cell; CELLS],
    spill: AtomicPtr<Cells>,
}

/// Of a line, which is never freed, so that it stays valid in thread-local destructors.
pub(crate) type CellRef = &'static Cell;

impl Cell {
    /// What it says; for its owner, or while that one is known to wait.
    #[inline]
    pub(crate) fn read(&self) -> Word {
        Word(self.word.load(Ordering::Relaxed))
    }

    /// Says something; for its owner.
    #[inline]
    pub(crate) fn write(&self, word: Word) {
        self.word.store(word.0, Ordering::Release);
    }

    /// Says something, and does not go on before everybody can see it; for its owner.
    #[inline]
    pub(crate) fn write_and_fence(&self, word: Word) {
        if is_on(Mutant::EntryNotFenced) {
            return self.write(word);
        }
        store_and_fence(&self.word, word.0);
    }

    /// Says nothing any more; for its owner.
    #[inline]
    pub(crate) fn clear(&self) {
        self.word.store(0, unless_relaxed(Mutant::ClearedRelaxed, Ordering::Release));
    }

    /// Keeps where the guard was taken; before the word is written that says so.
    #[inline]
    pub(crate) fn keep_place(&self, place: &'static Location<'static>) {
        self.place.store(ptr::from_ref(place).cast_mut(), Ordering::Relaxed);
    }

    /// How its owner is inside the shard that it says; for the owner, or while that one is known to wait. Others may be told parts of what
    /// it said at different times.
    pub(crate) fn holding(&self) -> Holding {
        let (uid, kind) = (self.read().uid(), self.read().kind());
        Holding { uid, kind, by: self.place().map_or(Holder::Operation, Holder::Guard) }
    }

    /// Where the guard was taken.
    fn place(&self) -> Place {
        if !self.read().is_placed() {
            return None;
        }
        // SAFETY: null, or made of a `&'static Location` by `keep_place`, which has stored one by now if the owner asks.
        unsafe { self.place.load(Ordering::Relaxed).as_ref() }
    }
}

impl Cells {
    /// The first cell: the one that is free unless the owner holds a guard.
    #[inline]
    pub(crate) fn first(&'static self) -> CellRef {
        &self.cells[0]
    }

    /// Whether the owner is inside no shard at all, and has not been inside many at once; for the owner. Quicker than
    /// [`is_empty`](Self::is_empty).
    #[inline]
    pub(crate) fn are_free(&self) -> bool {
        let words = self.cells.iter().fold(0, |words, cell| words | cell.read().0);
        words == 0 && self.spill.load(Ordering::Relaxed).is_null()
    }

    /// An empty cell; for the owner.
    pub(crate) fn vacant(&'static self) -> CellRef {
        let mut block = self;
        loop {
            if let Some(cell) = block.cells.iter().find(|cell| cell.read().is_empty()) {
                return cell;
            }
            block = block.next_or_new();
        }
    }

    fn next_or_new(&'static self) -> &'static Self {
        let next = self.next().unwrap_or_else(|| leak(Self::default()));
        // Release: pairs with the Acquire in `next`, by which a revoker finds the block made.
        self.spill.store(ptr::from_ref(next).cast_mut(), Ordering::Release);
        next
    }

    fn next(&self) -> Option<&'static Self> {
        // SAFETY: null, or made of a block that is never freed (`next_or_new`).
        unsafe { self.spill.load(Ordering::Acquire).as_ref() }
    }

    fn all(&self) -> impl Iterator<Item = &Cell> {
        std::iter::successors(Some(self), |block| block.next()).flat_map(|block| &block.cells)
    }

    /// The cell that says the owner is inside this shard; for the owner.
    pub(crate) fn find(&'static self, uid: u64) -> Option<CellRef> {
        self.all().find(|cell| !cell.read().is_empty() && cell.read().uid() == uid)
    }

    /// Whether the owner has announced that it is inside this shard, in a way that excludes `kind`; for anybody.
    pub(crate) fn bar(&self, uid: u64, kind: Kind) -> bool {
        self.barring(uid, kind).is_some()
    }

    /// The cell that says so; for anybody.
    pub(crate) fn barring(&self, uid: u64, kind: Kind) -> Option<&Cell> {
        self.all().find(|cell| {
            // Acquire: pairs with the Release in `clear`; what the owner did inside has been done.
            let word = Word(cell.word.load(unless_relaxed(Mutant::CellsReadRelaxed, Ordering::Acquire)));
            !word.is_empty() && word.uid() == uid && word.kind().excludes(kind)
        })
    }

    /// All shards that the owner is inside; for the owner, and for whoever can do with [what others are told](Cell::holding).
    pub(crate) fn holdings(&self) -> impl Iterator<Item = Holding> {
        self.all().filter(|cell| !cell.read().is_empty()).map(Cell::holding)
    }

    /// Whether the owner is inside no shard at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.all().all(|cell| cell.word.load(Ordering::Acquire) == 0)
    }
}

#[cfg(all(test, not(autoshard_loom)))]
mod tests {
    use super::*;
    use crate::presence::UID_SHIFT;

    /// Cells that are never freed, as a line's; kept where a leak checker finds them.
    fn cells() -> &'static Cells {
        static KEPT: parking_lot::Mutex<Vec<&'static Cells>> = parking_lot::Mutex::new(Vec::new());
        let cells = Box::leak(Box::default());
        KEPT.lock().push(cells);
        cells
    }

    fn enter(cells: &'static Cells, uid: u64, kind: Kind) -> CellRef {
        let cell = cells.vacant();
        cell.write(Word::of(uid << UID_SHIFT, kind));
        cell
    }

    #[test]
    fn more_shards_than_cells_spill_and_are_found() {
        let cells = cells();
        let refs: Vec<_> = (1..=10).map(|uid| enter(cells, uid, Kind::Exclusive)).collect();
        for uid in 1..=10 {
            assert!(ptr::eq(cells.find(uid).expect("it is inside"), refs[uid as usize - 1]), "shard {uid}");
            assert!(cells.bar(uid, Kind::Shared));
        }
        let (even, odd): (Vec<_>, Vec<_>) = refs.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
        even.into_iter().for_each(|(_, cell)| cell.clear());
        assert!(!cells.is_empty());
        odd.into_iter().for_each(|(_, cell)| cell.clear());
        assert!(cells.is_empty());
        let refs: Vec<_> = (1..=12).map(|uid| enter(cells, uid, Kind::Shared)).collect();
        assert_eq!(cells.all().count(), 4 * CELLS, "emptied cells are used again");
        refs.into_iter().for_each(Cell::clear);
    }

    #[test]
    fn readers_bar_writers_alone() {
        let cells = cells();
        let cell = enter(cells, 3, Kind::Shared);
        assert!(cells.bar(3, Kind::Exclusive) && !cells.bar(3, Kind::Shared) && !cells.bar(4, Kind::Exclusive));
        cell.clear();
        assert!(!cells.bar(3, Kind::Exclusive));
    }

    #[test]
    fn a_place_is_told_only_of_the_entry_that_it_belongs_to() {
        let cells = cells();
        let here = Location::caller();
        let word = Word::of(3 << UID_SHIFT, Kind::Shared);
        let cell = cells.first();
        cell.keep_place(here);
        cell.write(word.with_place());
        assert_eq!(cell.place(), Some(here));
        cell.clear();
        cell.write(word);
        assert_eq!(cell.place(), None);
        cell.clear();
    }

    #[test]
    fn levels_are_counted_and_keep_the_rest() {
        let word = Word::of(3 << UID_SHIFT, Kind::Shared).with_raw();
        assert!(word.is_outermost() && word.is_raw() && word.can_deepen());
        assert!(!word.deeper().is_outermost());
        assert_eq!(word.deeper().shallower(), word);
        assert_eq!(word.deeper().uid(), 3);
    }
}
