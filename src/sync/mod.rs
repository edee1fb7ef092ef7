//! The only place that names atomics, locks, threads and the clock of migrations, so that a model checker can put its own in
//! their place.
//!
//! [`real`] is what everybody gets. Under `cfg(autoshard_shuttle)`, [`model`] takes its place: the same names, made of
//! shuttle's, so that `tests/protocols` runs the code as it is under schedules of shuttle's choosing.
//! `cfg(autoshard_loom)` leaves this as it is: loom is given single files of the library instead.

#[cfg(not(autoshard_shuttle))]
mod barrier;
#[cfg(autoshard_shuttle)]
mod model;
#[cfg(not(autoshard_shuttle))]
mod real;

#[cfg(autoshard_shuttle)]
pub(crate) use model::*;
/// A mutex that is held for a few instructions, none of which anybody else could come in between: models do not see it.
pub(crate) use parking_lot::Mutex as LeafMutex;
pub(crate) use parking_lot::lock_api::{
    RawRwLock as RawShared, RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed,
    RawRwLockTimed,
};
#[cfg(not(autoshard_shuttle))]
pub(crate) use real::*;
pub(crate) use std::sync::{Arc, Weak};

/// Of what nothing depends on, so that models need not see it.
pub(crate) mod unmodelled {
    pub(crate) use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
}
