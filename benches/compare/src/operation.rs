//! What the maps are put to, made before a clock starts.

use std::sync::Arc;

/// What is done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Get,
    Insert,
    Remove,
    Update,
    /// A get and an update, counted as one operation, as YCSB counts it.
    ReadModifyWrite,
}

/// One operation on one key.
#[derive(Clone, Debug)]
pub(crate) struct Operation<K> {
    pub(crate) kind: Kind,
    pub(crate) key: K,
}

/// How far the threads go through their operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Again and again until the time is up; before the counted time comes as much of the same, uncounted, as the plan says.
    Cycle,
    /// Each operation once, however long that takes. There is nothing to warm up with: the map's way from its start to its end is
    /// what is measured.
    Once,
}

/// Which operations must find their key (or none, where they insert); otherwise the map is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hits {
    /// All of them.
    All,
    /// So many of each thread's.
    OfThread(Vec<u64>),
    /// It depends on who comes first.
    Open,
}

/// A workload's keys and operations, the same for every map.
#[derive(Debug)]
pub(crate) struct Prepared<K> {
    /// Entries that the map is told to make room for.
    pub(crate) capacity: usize,
    /// The keys that are in the map at first; cells that share a map have them in common.
    pub(crate) present: Arc<[K]>,
    /// The operations of each thread.
    pub(crate) operations: Vec<Vec<Operation<K>>>,
    pub(crate) extent: Extent,
    pub(crate) hits: Hits,
}
