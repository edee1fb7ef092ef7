//! What is done to a store.

use std::{sync::Arc, time::Duration};

/// Phases of traffic, one after another.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Workload {
    /// What it is called.
    pub name: String,
    /// The phases.
    pub phases: Vec<Phase>,
}

/// A stretch in which the traffic is alike throughout.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Phase {
    /// What it is called.
    pub name: String,
    /// How long it is.
    pub length: Duration,
    /// The traffic; nobody does anything without.
    pub traffic: Option<Traffic>,
}

/// Threads that use the store.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Traffic {
    /// The threads.
    pub threads: u32,
    /// Entries in the store, each of which is as many keys.
    pub keys: u32,
    /// How often which key comes.
    pub popularity: Popularity,
    /// Keys that together have a share of all accesses of their own, each an equal part: how many, and that share.
    pub hot: (u32, f64),
    /// Moves the popular places to other keys.
    pub moved: u32,
    /// Share of operations that write, 0 to 1.
    pub write_share: f64,
    /// What a thread does between two operations, in nanoseconds; it keeps no core for it.
    pub pause_ns: f64,
}

/// How often which key comes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Popularity {
    /// Each as often as any other.
    Uniform,
    /// By Zipf's law with this exponent, 0 or more.
    Zipf(f64),
    /// As recorded: the keys' places in the order in which they were accessed.
    Recorded(Arc<[u32]>),
}

impl Workload {
    /// One phase of traffic.
    #[must_use]
    pub fn steady(name: &str, length: Duration, traffic: Traffic) -> Self {
        Self { name: name.to_owned(), phases: vec![Phase::new(name, length, Some(traffic))] }
    }

    /// So many phases, in order.
    #[must_use]
    pub fn new(name: &str, phases: Vec<Phase>) -> Self {
        Self { name: name.to_owned(), phases }
    }
}

impl Phase {
    /// A stretch of this traffic, or of none.
    #[must_use]
    pub fn new(name: &str, length: Duration, traffic: Option<Traffic>) -> Self {
        Self { name: name.to_owned(), length, traffic }
    }
}

impl Traffic {
    /// Reads of keys that all come alike, without a pause.
    ///
    /// `threads` and `keys` are taken as at least 1.
    #[must_use]
    pub fn reads(threads: u32, keys: u32) -> Self {
        Self {
            threads: threads.max(1),
            keys: keys.max(1),
            popularity: Popularity::Uniform,
            hot: (0, 0.0),
            moved: 0,
            write_share: 0.0,
            pause_ns: 0.0,
        }
    }

    /// The same with this share of writes.
    #[must_use]
    pub fn writing(self, write_share: f64) -> Self {
        Self { write_share, ..self }
    }

    /// The same with keys by Zipf's law.
    #[must_use]
    pub fn zipf(self, exponent: f64) -> Self {
        Self { popularity: Popularity::Zipf(exponent), ..self }
    }

    /// The same with so many keys that have this share of all accesses together.
    #[must_use]
    pub fn hot(self, keys: u32, share: f64) -> Self {
        Self { hot: (keys, share), ..self }
    }

    /// The same with other keys in the popular places.
    #[must_use]
    pub fn moved(self, by: u32) -> Self {
        Self { moved: by, ..self }
    }

    /// The same with pauses.
    #[must_use]
    pub fn pausing(self, pause_ns: f64) -> Self {
        Self { pause_ns, ..self }
    }

    /// Of a recording: places of keys, in the order in which they were accessed.
    #[must_use]
    pub fn recorded(self, places: Arc<[u32]>) -> Self {
        let keys = places.iter().max().map_or(1, |&place| place.saturating_add(1));
        Self { keys, popularity: Popularity::Recorded(places), ..self }
    }
}
