//! Models: the library's own code, run under schedules that a model checker chooses.
//!
//! * `RUSTFLAGS="--cfg autoshard_shuttle -C debug-assertions" cargo test --release --package autoshard-protocols`: whole
//!   [migrations](migration) and [staged writes](workers), by shuttle, on randomly chosen schedules. It knows sequential consistency alone, so it
//!   cannot see a wrong memory ordering.
//! * `RUSTFLAGS="--cfg autoshard_loom" cargo test --release --package autoshard-protocols`: what rests on memory [orderings] alone, and the
//!   biased [lock] of shards, by loom, on all schedules (or all with few preemptions) and all values that the C11 model lets a
//!   load return.
//!
//! With `--cfg autoshard_mutants` beside either, `survival` gives the models a library with one fault after the other, which they have to
//! notice. In any build without a model checker there is nothing here.
#![cfg(any(autoshard_loom, autoshard_shuttle))]

#[cfg(autoshard_loom)]
mod library;
#[cfg(autoshard_loom)]
mod lock;
#[cfg(autoshard_shuttle)]
mod migration;
#[cfg_attr(not(all(autoshard_loom, autoshard_mutants)), expect(dead_code, reason = "not all of it has its place here"))]
#[cfg(any(autoshard_loom, autoshard_mutants))]
#[path = "../../src/mutants.rs"]
mod mutants;
#[cfg(autoshard_loom)]
mod orderings;
#[cfg(autoshard_mutants)]
mod survival;
#[cfg(autoshard_loom)]
mod sync;
#[cfg(autoshard_shuttle)]
mod workers;

#[cfg(autoshard_loom)]
use library::{migration, presence, shard};
