//! What a thread is told that would wait for itself, or might another time.
#![forbid(unsafe_code)]

use super::{circle::Link, visitor::Errand};
use crate::presence::{Holder, Holding, Kind};

/// Panics.
#[cold]
pub(crate) fn refuse_waiting_for_oneself(wanted: Kind, errand: Errand, held: Holding) -> ! {
    let advice = match held.by {
        Holder::Guard(_) => "Drop the guard first, or do the work inside one operation",
        Holder::Operation => "What is handed to an operation must not use the same store",
        Holder::Iterator(_) => {
            "Drop the iterator and what it has yielded first: collect what is to be changed, and change it then, or use \
             `retain` or `iter_mut`. (If they were moved to another thread that is still at work with them, let that thread call `next` itself)"
        }
    };
    let (wanted, held) = (describe_wanted(wanted, errand), describe_held(held));
    panic!("this thread would wait for itself: it wants a shard {wanted}, which it holds {held}. {advice}")
}

/// Panics.
#[cold]
pub(super) fn refuse_circle(links: &[Link]) -> ! {
    let mut story = String::new();
    for (index, Link { wanted, held }) in links.iter().enumerate() {
        let waiter = if index == 0 { "this thread" } else { "; that one" };
        let holder = if index + 1 == links.len() { "this thread" } else { "another thread" };
        let (wanted, held) = (describe_wanted(wanted.0, wanted.1), describe_held(*held));
        story.push_str(&format!("{waiter} wants a shard {wanted}, which {holder} holds {held}"));
    }
    panic!(
        "{} threads would wait for one another for ever, so this one gives up: {story}. Drop one guard before taking the next, \
         or take them in the same order everywhere",
        links.len()
    )
}

/// Panics: a thread that is inside one shard wants to write to another of the same store.
#[cold]
pub(crate) fn refuse_luck(errand: Errand, held: Holding) -> ! {
    let (wanted, held) = (describe_wanted(Kind::Exclusive, errand), describe_held(held));
    panic!(
        "this thread wants a shard {wanted}, while it holds another one of the same store {held}. That works by luck: whenever \
         a merge has put both keys into one shard, the thread would wait for itself. Drop what it holds first, or use a \
         method that does not wait (`try_get_mut`, `try_entry`). Builds with debug assertions refuse this whatever the shards, others \
         where they are the same"
    )
}

fn describe_wanted(kind: Kind, errand: Errand) -> String {
    let kind = describe(kind);
    match errand {
        Errand::Guard(place) => format!("{kind} for a guard at {place}"),
        Errand::Iterator(place) => format!("{kind} for the iterator made at {place}"),
        Errand::Operation(operation) => format!("{kind} by `{}`", operation.name),
    }
}

fn describe_held(held: Holding) -> String {
    let kind = describe(held.kind);
    match held.by {
        Holder::Guard(place) => format!("{kind} by the guard taken at {place}"),
        Holder::Iterator(place) => format!("{kind} by the iterator made at {place}, or by what that has yielded"),
        Holder::Operation => format!("{kind} by an operation that is still running"),
    }
}

fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::Shared => "for reading",
        Kind::Exclusive => "for writing",
    }
}
