//! What a thread is told that would wait for itself.
#![forbid(unsafe_code)]

use crate::presence::{Kind, Place};

/// Panics.
#[cold]
pub(super) fn refuse_waiting_for_oneself(wanted: Kind, place: Place, held: Kind, taken: Place) -> ! {
    let wanted = describe(wanted, place, "by an operation", "for a guard at");
    let held = describe(held, taken, "by an operation that is still running", "by the guard taken at");
    panic!(
        "this thread would wait for itself: it wants a shard {wanted}, which it holds {held}. Drop the guard first, \
         or do the work inside one operation"
    )
}

fn describe(kind: Kind, place: Place, nowhere: &str, at: &str) -> String {
    let kind = match kind {
        Kind::Shared => "for reading",
        Kind::Exclusive => "for writing",
    };
    match place {
        Some(place) => format!("{kind} {at} {place}"),
        None => format!("{kind} {nowhere}"),
    }
}
