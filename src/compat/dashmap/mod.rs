//! What stands in for the crate `dashmap`, version 6, under its names: one line of a program changes. What the candidates of version 7 add
//! is there, too.
//!
//! ```
//! use autoshard::compat::dashmap::{DashMap, DashSet}; // was: use dashmap::{DashMap, DashSet};
//!
//! let visits = DashMap::new();
//! *visits.entry("ada").or_insert(0) += 1;
//! assert_eq!(*visits.get("ada").unwrap(), 1);
//!
//! let seen = DashSet::new();
//! assert!(seen.insert("ada"));
//! ```
//!
//! A [`DashMap`] is a [`Store`](crate::Store), to which it dereferences, in the form that asks nothing of its keys and values beyond
//! `Eq + Hash`: entries migrate by being moved, in short steps, on the threads that use the map. Where keys and values are
//! `Clone + Send + Sync + 'static`, a [`Store`](crate::Store) leaves that work to a thread of its own.
//!
//! What differs, and why: `docs/migrating-from-dashmap.md`. The feature `raw-api` has no counterpart.

mod map;
#[cfg(feature = "rayon")]
pub mod rayon;
mod read_only;
#[cfg(feature = "serde")]
mod serde;
mod set;
mod traits;

/// Iterators over maps.
pub mod iter {
    pub use crate::iter::{Iter, IterMut, OwningIter};
}

/// Iterators over sets.
pub mod iter_set {
    pub use super::set::{Iter, OwningIter};
}

/// Guards of entries of maps.
pub mod mapref {
    pub use crate::mapref::{entry, entry_ref, multiple, one};
}

/// Guards of keys of sets.
pub mod setref {
    /// The guard of a key that was looked up.
    pub mod one {
        pub use super::super::set::Ref;
    }
    /// The guard of a key that an iterator has met.
    pub mod multiple {
        pub use super::super::set::RefMulti;
    }
}

/// What the methods give that do not wait.
pub mod try_result {
    pub use crate::try_result::TryResult;
}

pub use map::DashMap;
pub use read_only::ReadOnlyView;
pub use set::DashSet;

pub use crate::{Entry, Equivalent, OccupiedEntry, TryReserveError, VacantEntry};
