//! Models: the library's own code, run under schedules that a model checker chooses.
//!
//! * `RUSTFLAGS="--cfg autoshard_shuttle -C debug-assertions" cargo test --release --test protocols`: whole
//!   [migrations](migration), by shuttle, on randomly chosen schedules. It knows sequential consistency alone, so it
//!   cannot see a wrong memory ordering.
//! * `RUSTFLAGS="--cfg autoshard_loom" cargo test --release --test protocols`: the two parts that rest on memory
//!   [orderings] alone, by loom, on all schedules and all values that the C11 model lets a load return.
//!
//! In any other build there is nothing here.
#![cfg(any(autoshard_loom, autoshard_shuttle))]

#[cfg(autoshard_shuttle)]
mod migration;
#[cfg(autoshard_loom)]
mod orderings;
#[cfg(autoshard_loom)]
mod sync;
