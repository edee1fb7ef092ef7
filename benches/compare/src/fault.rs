//! What can be wrong with a map, or with measuring it.

use thiserror::Error;

use crate::trace::TraceError;

/// Why there is no figure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Fault {
    /// An operation that had to find its key did not, or found one that could not be there.
    #[error("of {operations} operations, {found} found their key instead of {expected}")]
    Hits { operations: u64, found: u64, expected: u64 },
    /// Entries are missing, or there are too many.
    #[error("it holds {found} entries instead of {expected}")]
    Entries { found: u64, expected: u64 },
    /// The map counts its entries wrongly.
    #[error("it says that it holds {found} entries, and holds {expected}")]
    Length { found: u64, expected: u64 },
    /// Updates were lost, or done twice.
    #[error("it holds {found} updates instead of {expected}")]
    Updates { found: u64, expected: u64 },
    /// Our store does not take its policy.
    #[error("its policy is refused: {0}")]
    Policy(String),
    /// Our store cannot replace its shards.
    #[error("its shards cannot be replaced: {0}")]
    Reshard(String),
    /// A trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The system has no threads for a pool.
    #[error("its pool cannot be made: {0}")]
    Pool(#[from] rayon::ThreadPoolBuildError),
    /// A file cannot be used.
    #[error("its file cannot be used: {0}")]
    File(#[from] std::io::Error),
    /// A thread that used the map panicked.
    #[error("a thread that used it panicked; its message is above")]
    Panicked,
}
