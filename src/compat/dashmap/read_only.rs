//! The read-only view, which gives back a map.
#![forbid(unsafe_code)]

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    ops::Deref,
};

use super::DashMap;

/// A map that nobody can change; from [`DashMap::into_read_only`]. Its methods are those of [`autoshard::ReadOnlyView`](crate::ReadOnlyView).
///
/// ```
/// let map = autoshard::compat::dashmap::DashMap::new();
/// map.insert("a", 1);
/// let view = map.into_read_only();
/// assert_eq!(view.get("a"), Some(&1));
/// assert_eq!(view.into_inner().insert("a", 2), Some(1));
/// ```
pub struct ReadOnlyView<K, V, S = RandomState> {
    view: crate::ReadOnlyView<K, V, S>,
}

impl<K, V, S> ReadOnlyView<K, V, S> {
    pub(super) fn of(view: crate::ReadOnlyView<K, V, S>) -> Self {
        Self { view }
    }

    /// Gives the map back. Copies nothing.
    #[must_use]
    pub fn into_inner(self) -> DashMap<K, V, S> {
        self.view.into_inner().into()
    }
}

impl<K, V, S> Deref for ReadOnlyView<K, V, S> {
    type Target = crate::ReadOnlyView<K, V, S>;

    #[inline]
    fn deref(&self) -> &crate::ReadOnlyView<K, V, S> {
        &self.view
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone> Clone for ReadOnlyView<K, V, S> {
    fn clone(&self) -> Self {
        Self { view: self.view.clone() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for ReadOnlyView<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view.fmt(f)
    }
}
