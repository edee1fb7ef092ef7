//! The roll: all lines there are, to be gone through without a lock.
//!
//! # Orderings
//!
//! A revoker must not miss the line of a thread that it has not shut out. A new line is on the roll before its owner
//! announces anything, and both the owner (between its announcement and its look at the bias) and the revoker (between
//! its change of the bias and its look at the roll) execute a full fence or are stopped by a heavy barrier. So either the
//! revoker finds the line, or the owner finds the bias changed.

use std::ptr;

use super::line::Line;
use crate::sync::{
    Mutex,
    atomic::{AtomicPtr, Ordering},
    constant, leak,
};

/// Lines that there is room for at first.
const ROOM_MIN: usize = 16;

/// All lines there are.
pub(super) struct Roll {
    /// The current list. Lists are never freed: each is twice as long as the one before, so that all together take no more than
    /// twice the room of the last.
    list: AtomicPtr<List>,
    /// How many lines there are; locked by whoever adds one.
    length: Mutex<usize>,
}

struct List {
    /// They fill from the front; the rest are null.
    entries: Box<[AtomicPtr<Line>]>,
    /// What it took the place of: a slower thread may still read it, and leak checkers want to find it.
    _before: Option<&'static List>,
}

impl Roll {
    constant! {
        pub(super) fn new() -> Self {
            Self { list: AtomicPtr::new(ptr::null_mut()), length: Mutex::new(0) }
        }
    }

    fn list(&self) -> Option<&'static List> {
        // SAFETY: null, or made of a list that is never freed (`add`).
        unsafe { self.list.load(Ordering::Acquire).as_ref() }
    }

    fn entries(&self) -> &'static [AtomicPtr<Line>] {
        self.list().map_or(&[], |list| &list.entries)
    }

    /// All lines; those that are added meanwhile may be missed.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static Line> {
        // SAFETY: null, or made of a line that is never freed (`add`).
        self.entries().iter().map_while(|entry| unsafe { entry.load(Ordering::Acquire).as_ref() })
    }

    /// The first line that is taken, or a new one; one caller at a time.
    pub(super) fn find_or_add(
        &self,
        take: impl FnMut(&&'static Line) -> bool,
        make: impl FnOnce(u32) -> &'static Line,
    ) -> &'static Line {
        let mut length = self.length.lock();
        self.iter().find(take).unwrap_or_else(|| {
            let line = make(*length as u32);
            self.add(*length, line);
            *length += 1;
            line
        })
    }

    fn add(&self, index: usize, line: &'static Line) {
        let line = ptr::from_ref(line).cast_mut();
        // Release: pairs with the Acquire loads above; whoever finds a list or a line finds it made.
        if let Some(entry) = self.entries().get(index) {
            entry.store(line, Ordering::Release);
            return;
        }
        let known = self.entries().iter().map(|entry| entry.load(Ordering::Relaxed));
        let room = (index * 2).max(ROOM_MIN);
        let entries = known.chain([line]).chain(std::iter::repeat(ptr::null_mut())).take(room);
        let list = List { entries: entries.map(AtomicPtr::new).collect(), _before: self.list() };
        self.list.store(ptr::from_ref(leak(list)).cast_mut(), Ordering::Release);
    }
}

#[cfg(all(test, not(autoshard_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_on_the_roll_once_however_long_it_grows() {
        static ROLL: Roll = Roll::new();
        let roll = &ROLL;
        let lines: Vec<&Line> = (0..100).map(|_| roll.find_or_add(|_| false, |index| leak(Line::new(index)))).collect();
        assert_eq!(roll.iter().map(|line| line.index).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
        let again = roll.find_or_add(|line| line.index == 40, |_| unreachable!("there is one to take"));
        assert!(ptr::eq(again, lines[40]));
    }
}
