//! Which worker a thread is, if it is any, and whether it may flush where it stands.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::sync::thread_local;

/// A worker's thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The number of the store.
    pub(super) store: u32,
    pub(super) worker: usize,
    /// Whether all that it took out of its queue is made, in the making, or where an inline flush finds it.
    pub(super) may_flush: bool,
}

thread_local! {
    static PLACE: Cell<Option<Place>> = const { Cell::new(None) };
}

/// The calling thread's; none if it is not a worker.
pub(super) fn current() -> Option<Place> {
    PLACE.with(Cell::get)
}

/// The calling thread is this worker, for good.
pub(super) fn take(store: u32, worker: usize) {
    PLACE.with(|place| place.set(Some(Place { store, worker, may_flush: false })));
}

/// Allows a flush, or forbids it; says what it was before.
pub(super) fn allow_flush(may_flush: bool) -> bool {
    let Some(before) = current() else { return false };
    PLACE.with(|place| place.set(Some(Place { may_flush, ..before })));
    before.may_flush
}
