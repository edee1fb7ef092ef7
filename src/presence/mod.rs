//! Presence: what a thread says of itself, in a cache line of its own.
//!
//! Each thread that uses a store has one [`Line`]: a few [cells](cell) that name the shards it is inside, a countdown
//! to its next sample, the [ring](ring) that keeps its samples until they are collected, and the [stands](stand) of its
//! iterators. Nobody else writes to the line's first half, so keeping it current costs a store to memory that the thread's own
//! core holds anyway.
//!
//! # Roles
//!
//! * The *owner* is the thread that a line is lent to. It alone writes cells, countdown and the ring's head.
//! * A *revoker*, of which there may be many, reads the cells of all lines ([`lines`]) after it has closed a shard to
//!   announcements (the shard's lock says how).
//! * The *collector*, one at a time ([`collect`]), reads rings and writes their tails.
//!
//! # Life of a line
//!
//! Lines are never freed, so a guard may point at its cell for as long as it lives, in thread-local destructors too.
//! When a thread ends, its line is handed back; it is lent again only once all its cells are empty (a forgotten guard
//! keeps its line out of use for ever, as it keeps its shard locked). In a thread whose thread-locals are gone,
//! [`current`] answers `None`: shards are then entered without being recorded, and nothing is sampled.

mod cell;
mod holding;
mod line;
mod ring;
mod roll;
mod stand;
mod word;

pub(crate) use cell::{Cell, CellRef};
pub(crate) use holding::{Holder, Holding};
pub(crate) use line::{
    Line, Pulse, SAMPLE_MEAN_FIRST, collect, current, current_if_any, lines, lines_lent, sample_mean, samples_lost,
    samples_missed, set_sample_mean,
};
pub(crate) use ring::Sample;
pub(crate) use stand::Standing;
pub(crate) use word::{Kind, MODE_BITS, UID_MAX, UID_SHIFT, Word};
