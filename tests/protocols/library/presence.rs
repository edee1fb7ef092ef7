//! Presence: cells and roll as they are, and lines with nothing else in them. Samples are no matter of the lock; who has a line, a
//! model says itself.

#[path = "../../../src/presence/cell.rs"]
mod cell;
#[path = "../../../src/presence/roll.rs"]
mod roll;
#[expect(dead_code, reason = "not all of the lock is modelled")]
#[path = "../../../src/presence/word.rs"]
mod word;

pub(crate) use cell::{CellRef, Place};
pub(crate) use line::{Line, add_line, lines};
pub(crate) use word::{Kind, MODE_BITS, UID_SHIFT, Word};

mod line {
    use super::{cell::Cells, roll::Roll};
    use crate::{
        shard::owned_tag,
        sync::{leak, statics},
    };

    statics! {
        static LINES: Roll = Roll::new();
    }

    /// As the library's, for the lock's purposes.
    pub(crate) struct Line {
        pub(crate) cells: Cells,
        pub(crate) owned_tag: u64,
        pub(crate) index: u32,
    }

    impl Line {
        pub(crate) fn holds_guard(&self) -> bool {
            !self.cells.is_empty()
        }

        /// No revocation is timed.
        pub(crate) fn is_one_in(&self, _: u32) -> bool {
            false
        }
    }

    /// A line for a thread, on the roll.
    pub(crate) fn add_line() -> &'static Line {
        LINES.find_or_add(|_| false, |index| leak(Line { cells: Cells::default(), owned_tag: owned_tag(index), index }))
    }

    pub(crate) fn lines() -> impl Iterator<Item = &'static Line> {
        LINES.iter()
    }
}
