//! Presence: cells, stands and roll as they are, and lines with nothing else in them. Samples are no matter of the lock; who has a line, a
//! model says itself.

#[expect(dead_code, reason = "nobody writes by luck")]
#[path = "../../../src/presence/cell.rs"]
mod cell;
#[expect(dead_code, reason = "nobody writes by luck")]
#[path = "../../../src/presence/holding.rs"]
mod holding;
#[path = "../../../src/presence/roll.rs"]
mod roll;
#[expect(dead_code, reason = "iterators are no matter of the lock")]
#[path = "../../../src/presence/stand.rs"]
mod stand;
#[expect(dead_code, reason = "not all of the lock is modelled")]
#[path = "../../../src/presence/word.rs"]
mod word;

pub(crate) use cell::{Cell, CellRef};
pub(crate) use holding::{Holder, Holding};
pub(crate) use line::{Line, add_line, lines};
pub(crate) use word::{Kind, MODE_BITS, UID_SHIFT, Word};

mod line {
    use super::{cell::Cells, roll::Roll, stand::Stands};
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
        pub(crate) stands: Stands,
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
        let make = |index| Line { cells: Cells::default(), stands: Stands::new(), owned_tag: owned_tag(index), index };
        LINES.find_or_add(|_| false, |index| leak(make(index)))
    }

    pub(crate) fn lines() -> impl Iterator<Item = &'static Line> {
        LINES.iter()
    }
}
