//! Holdings: how a thread is inside a shard, as those are told who would wait for it.
#![forbid(unsafe_code)]

use std::panic::Location;

use super::word::Kind;

/// One shard that a thread is inside.
#[derive(Clone, Copy)]
pub(crate) struct Holding {
    /// The shard's id in the process.
    pub(crate) uid: u64,
    pub(crate) kind: Kind,
    pub(crate) by: Holder,
}

/// What keeps a thread inside a shard.
#[derive(Clone, Copy)]
pub(crate) enum Holder {
    /// A guard of one entry, taken there.
    Guard(&'static Location<'static>),
    /// An iterator that was made there, or what it has yielded.
    Iterator(&'static Location<'static>),
    /// An operation that has not returned yet.
    Operation,
}
