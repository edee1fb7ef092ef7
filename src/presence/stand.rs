//! Stands: the shards that iterators hold, noted with the threads that are at them.
//!
//! A guard of one entry is recorded in a [cell](super::cell), which its thread alone writes: so it is not `Send`. Iterators and what
//! they yield are, and may be dropped by any thread; what they hold is therefore noted apart, under a lock of its own, which is
//! taken once for each shard that is iterated over.
//!
//! # Whose a stand is
//!
//! That of the thread which called `next`: it has the iterator, and is given the guard. Where another thread calls `next`, the
//! iterator's stand is that one's from then on, and each guard that was yielded stays with the thread to which it was; a
//! stand ends with the last of the thread's guards, and the iterator, that were at the shard. What is moved without a call
//! cannot be seen. So a stand may be noted with a thread that has given it away already; it is looked at only by whoever has waited
//! for long, when one that was given away to be worked off has mostly ended.
#![forbid(unsafe_code)]

use std::panic::Location;

use super::{
    holding::{Holder, Holding},
    line::Line,
    word::Kind,
};
use crate::sync::{Mutex, time::Instant};

/// A shard, and an iterator that holds it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stand {
    uid: u64,
    kind: Kind,
    /// Where the iterator was made.
    place: &'static Location<'static>,
    /// When the iterator came there.
    since: Instant,
}

/// Where a thread's iterators stand.
pub(crate) struct Stands(Mutex<Vec<Stand>>);

impl Stands {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// How an iterator of the thread's is in this shard, if that excludes `kind`.
    pub(crate) fn barring(&self, uid: u64, kind: Kind) -> Option<Holding> {
        let stands = self.0.lock();
        let barring = stands.iter().find(|stand| stand.uid == uid && stand.kind.excludes(kind));
        barring.map(Stand::holding)
    }

    /// All of them.
    pub(crate) fn holdings(&self) -> Vec<Holding> {
        self.0.lock().iter().map(Stand::holding).collect()
    }

    /// All of them, each since when.
    pub(crate) fn since(&self) -> Vec<(Holding, Instant)> {
        self.0.lock().iter().map(|stand| (stand.holding(), stand.since)).collect()
    }
}

impl Stand {
    fn holding(&self) -> Holding {
        Holding { uid: self.uid, kind: self.kind, by: Holder::Iterator(self.place) }
    }
}

/// While it lives, the thread with this line has an iterator, or guards from it, in a shard.
pub(crate) struct Standing {
    line: Option<&'static Line>,
    stand: Stand,
}

impl Standing {
    /// Notes it with the thread that has this line; for one without, nobody knows of it.
    pub(crate) fn begin(line: Option<&'static Line>, uid: u64, kind: Kind, place: &'static Location<'static>) -> Self {
        Self::noted(line, Stand { uid, kind, place, since: Instant::now() })
    }

    fn noted(line: Option<&'static Line>, stand: Stand) -> Self {
        if let Some(line) = line {
            line.stands.0.lock().push(stand);
        }
        Self { line, stand }
    }

    /// The same, noted with the thread that has this line; `None` if it is noted there already.
    pub(crate) fn handed_to(&self, line: Option<&'static Line>) -> Option<Self> {
        let is_there = match (self.line, line) {
            (Some(one), Some(other)) => std::ptr::eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        (!is_there).then(|| Self::noted(line, self.stand))
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let Some(line) = self.line else { return };
        let mut stands = line.stands.0.lock();
        // Of several that are alike, any.
        if let Some(found) = stands.iter().rposition(|stand| *stand == self.stand) {
            stands.swap_remove(found);
        }
    }
}
