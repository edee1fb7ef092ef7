//! One cell of the comparison, and how long it is measured.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::Workload;
use crate::keys::Distribution;

/// One workload over so many keys by so many threads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    pub(crate) keys: usize,
    pub(crate) distribution: Distribution,
    pub(crate) threads: usize,
    /// The file, where one is replayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<PathBuf>,
}

/// How cells are measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Counted rounds of each map; one more goes before them to warm up the machine.
    pub(crate) rounds: usize,
    /// Time at the start of each round that is not counted: a store that tunes itself needs some.
    pub(crate) warm_up: Duration,
    /// Counted time of a round.
    pub(crate) length: Duration,
    /// Time without a sign of life after which a map counts as hung.
    pub(crate) patience: Duration,
    /// Keys and operations follow from it.
    pub(crate) seed: u64,
}

impl Settings {
    /// A seed for each thread, different from that of the keys.
    pub(crate) fn thread_seeds(&self, threads: usize) -> Vec<u64> {
        (1..=threads as u64).map(|thread| self.seed.wrapping_add(thread)).collect()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = self.trace.as_ref().and_then(|path| path.file_name()) {
            return write!(f, "{} of {}, {} keys, {} threads", self.workload, file.display(), self.keys, self.threads);
        }
        let plural = |count| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{}, {}, {} key{}, {} thread{}",
            self.workload,
            self.distribution,
            self.keys,
            plural(self.keys),
            self.threads,
            plural(self.threads)
        )
    }
}
