//! What a thread is told that would wait for itself.
#![forbid(unsafe_code)]

use super::circle::Link;
use crate::presence::{Kind, Place};

/// Panics.
#[cold]
pub(super) fn refuse_waiting_for_oneself(wanted: Kind, place: Place, held: Kind, taken: Place) -> ! {
    let (wanted, held) = (describe_wanted(wanted, place), describe_held(held, taken));
    panic!(
        "this thread would wait for itself: it wants a shard {wanted}, which it holds {held}. Drop the guard first, \
         or do the work inside one operation"
    )
}

/// Panics.
#[cold]
pub(super) fn refuse_circle(links: &[Link]) -> ! {
    let mut story = String::new();
    for (index, Link { wanted, held }) in links.iter().enumerate() {
        let waiter = if index == 0 { "this thread" } else { "; that one" };
        let holder = if index + 1 == links.len() { "this thread" } else { "another thread" };
        let (wanted, held) = (describe_wanted(wanted.0, wanted.1), describe_held(held.0, held.1));
        story.push_str(&format!("{waiter} wants a shard {wanted}, which {holder} holds {held}"));
    }
    panic!(
        "{} threads would wait for one another for ever, so this one gives up: {story}. Drop one guard before taking the next, \
         or take them in the same order everywhere",
        links.len()
    )
}

fn describe_wanted(kind: Kind, place: Place) -> String {
    describe(kind, place, "by an operation", "for a guard at")
}

fn describe_held(kind: Kind, place: Place) -> String {
    describe(kind, place, "by an operation that is still running", "by the guard taken at")
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
