//! A concurrent key-value store that tunes itself.
//!
//! [`Store`] takes the place of a `DashMap` or an `RwLock<HashMap>`, with the same methods, and nobody chooses a shard count:
//!
//! ```
//! use autoshard::Store;
//!
//! let sessions = Store::new();
//! std::thread::scope(|scope| {
//!     for thread in 0..4 {
//!         let sessions = &sessions;
//!         scope.spawn(move || {
//!             for user in 0..1000 {
//!                 sessions.upsert(user, || 1, |visits| *visits += 1);
//!             }
//!             thread
//!         });
//!     }
//! });
//! assert_eq!(sessions.get_cloned(&7), Some(4));
//! assert_eq!(sessions.len(), 1000);
//! ```
//!
//! A program that uses `dashmap` changes one line, its import: [`compat::dashmap`] has that crate's names, and asks no more of keys and
//! values than it does.
//!
//! # What it does by itself
//!
//! * It starts with shards for the machine's cores, and counts who has to wait at which of them.
//! * It samples accesses, and knows its [hot keys](Store::hot_keys), with bounds on their shares.
//! * A background thread, one for all stores of the process, splits shards that are contended, isolates the slots of hot keys, and
//!   merges shards that have too little to do, while the store serves. Every such *migration* is verified before the directory names
//!   the new shards, and can be given up at any moment before that.
//! * It obeys a [policy](StoreBuilder): every knob has a default, and a file or the environment may override it; the
//!   [file](StoreBuilder#reload) also while the store runs.
//! * It [tells](Store::telemetry) what it sees, what it did and why, and why it did nothing; and, where something is wrong that it
//!   cannot mend, [what that is](Store::diagnose), by which evidence, and what helps.
//!
//! # What is guaranteed
//!
//! * Each operation on a key takes effect at one moment, whether or not the key's shard is being replaced.
//! * No caller waits for a migration longer than one step (100 µs by default), or for an attempt to cut over as long as that.
//! * A panic in a function that is handed in, or in a key's or value's own code, leaves the store whole. Two cost entries: one in
//!   the function given to `alter`, which owned the value; and one in a key's `Hash` while its table is rebuilt in place, as in
//!   a `HashMap`.
//! * Entries are destroyed by the threads that remove them or drop the store; only clones that a migration made are
//!   dropped in the background. [`Store`] says who can tell.
//!
//! # Features
//!
//! * `policy-file` (default): policies in TOML files.
//! * `pinning` (default): [workers](Store::stage) are pinned to cores.
//! * `durable`: a [sink](Sink) that keeps entries in a file, and stores that are restored from it (`StoreBuilder::build_durable`).
//! * `tokio`: a [sink](Sink) that is a channel of tokio's.
//! * `rayon`: parallel iterators, in the module `rayon`.
//! * `serde`: [telemetry] can be serialised; stores, guards, and the maps and sets of [`compat::dashmap`], both ways.

mod affinity;
mod body;
mod builder;
pub mod compat;
mod control;
mod directory;
#[cfg(feature = "durable")]
mod durable;
mod forks;
mod growth;
#[cfg(all(test, not(autoshard_shuttle)))]
mod hostile;
mod hot_keys;
pub mod iter;
mod layout;
pub mod mapref;
mod migration;
mod mutants;
mod policy;
mod presence;
#[cfg(feature = "rayon")]
pub mod rayon;
mod read_only;
mod shard;
mod store;
mod sync;
pub mod telemetry;
mod tour;
pub mod try_result;
mod tuner;
mod workers;

pub use autoshard_tuning::{Condition, Diagnosis, Figure, Finding, Policy, PolicyErrors};
pub use builder::{BuildError, StoreBuilder};
#[cfg(feature = "durable")]
pub use durable::{DurableFileError, DurableSink};
pub use equivalent::Equivalent;
pub use iter::{Iter, IterMut, OwningIter};
pub use mapref::{
    entry::{Entry, OccupiedEntry, VacantEntry},
    mapped::{MappedRef, MappedRefMut},
    multiple::{RefMulti, RefMutMulti},
    one::{Ref, RefMut},
};
pub use policy::{PolicyChange, PolicyLoadError};
pub use read_only::ReadOnlyView;
pub use store::{CompareExchangeError, HotKey, ReshardError, Store, TryReserveError, Tunable};
pub use try_result::TryResult;
#[cfg(feature = "tokio")]
pub use workers::TokioSink;
pub use workers::{
    Batch, ChannelSink, DelegateError, Delegated, DelegatedBatch, DurableFlush, DurableFlushError, Flush, FlushError,
    Merge, Sink, SinkError, Sinks, StageFull, WorkerTelemetry,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The guides for those who come from elsewhere: their examples run.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../docs/migrating-from-go.md")]
    struct Go;
    #[doc = include_str!("../docs/migrating-from-papaya.md")]
    struct Papaya;
    #[doc = include_str!("../docs/migrating-from-rwlock.md")]
    struct RwLock;
    #[doc = include_str!("../docs/migrating-from-scc.md")]
    struct Scc;
    #[cfg(feature = "durable")]
    #[doc = include_str!("../docs/workers.md")]
    struct Workers;
}
