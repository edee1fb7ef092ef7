//! Migration: replacing n shards by m fresh ones that own the same slots, while the store serves.
//!
//! # Roles
//!
//! * The *migrator* is whoever takes the store's migrator lock to run a step: the tuner's thread, or a caller. One at a
//!   time, so a shard takes part in one migration at most.
//! * *Callers* enter the sources as ever. Those who write find the [`Mark`] there and keep the targets in step.
//! * The *targets* are headers that the directory does not name. Only those inside a source reach them, by its mark.
//!
//! # States
//!
//! ```text
//! prepare ─► backfill ─► verify ─► cut over ─► retire
//!    │          │ ▲        │ │ ▲      │
//!    │          │ └mismatch┘ │ └──────┘ a lock was not to be had: back off, try again
//!    └──────────┴────────────┴────────► abort ─► (retire the targets)
//! ```
//!
//! Each state advances in steps, bounded by time and checked per entry; between two steps the migrator holds no lock.
//!
//! # Collisions, and what settles them
//!
//! * *Write against copy* (dual-write): a writer holds the source exclusively while it changes source and target, the
//!   copy holds it shared, so for any one entry one comes wholly before the other. A copy that comes after the write finds
//!   the target's entry and lets it be; one that comes before is overwritten or removed by the write. A removed key is
//!   not resurrected, because the copy reads the source, where it no longer is.
//! * *Write against move* (hand-over): both hold the source exclusively.
//! * *Two sources, one target*: both sides reach the target under its own lock, a leaf: it is taken by those who hold a
//!   source's lock, for a few entries, and nothing is waited for under it.
//! * *Guard into a target* (hand-over): a guard's entry is protected by its source's lock; others may meanwhile insert
//!   into the same target, or remove their own entries from it, which moves nothing as long as the table does not grow.
//!   So in a hand-over targets never grow: one that is full gives the migration up.
//!   Whose an item is, is kept beside it ([`moved`]), and not asked of the user's `Hash` and `Eq`.
//! * *Rehash under the cursor*: bucket indices mean nothing once buckets have moved; every function handed to the table
//!   for rehashing counts in the header, and a cursor of another count starts again.
//! * *Operation against cut-over*: the directory changes only while all sources are held exclusively, and every operation
//!   reads it again after it has entered. An operation that waited at a source finds itself elsewhere and re-routes.
//! * *Arrival against cut-over*: the targets are held, too, while the directory changes, so that a tour that is led to one
//!   of them finds it with all of its slots.
//! * *Abort against anything*: a flag in the [`Shadow`], raised under a source's exclusive lock or by the migrator; looked at
//!   again under all exclusive locks before the directory changes. Targets are freed only once every source is unmarked,
//!   which takes its exclusive lock, so nobody is left who could reach them.
//!
//! # Orderings
//!
//! All hand-offs go through the shards' locks; what is atomic beside them are flags and counters. The layout sequence
//! (odd during a cut-over) pairs its Release with the Acquire of [`Control::length`](crate::control::Control::length).

mod backfill;
mod budget;
mod counters;
mod cut_over;
mod functions;
mod mark;
#[expect(clippy::module_inception, reason = "the noun is the module's")]
mod migration;
mod migrator;
mod moved;
mod pace;
mod retire;
mod shadow;
pub(crate) mod step_guard;
#[cfg(all(test, not(any(autoshard_loom, autoshard_shuttle))))]
mod tests;
mod undo;
mod verify;

pub(crate) use counters::MigrationCounters;
pub(crate) use functions::{Clones, Functions};
pub(crate) use mark::{Mark, panic_message};
pub(crate) use migration::capacity_for;
pub(crate) use migrator::{Migrator, Step};
pub(crate) use pace::Pace;
pub(crate) use retire::drop_table;
pub(crate) use shadow::Mode;
