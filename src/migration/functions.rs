//! What a migration needs to do with keys and values.

/// How keys and values are cloned: for targets, and for sinks.
pub(crate) struct Clones<K, V> {
    pub(crate) key: fn(&K) -> K,
    pub(crate) value: fn(&V) -> V,
}

impl<K: Clone, V: Clone> Clones<K, V> {
    pub(crate) fn new() -> Self {
        Self { key: K::clone, value: V::clone }
    }
}

impl<K, V> Clone for Clones<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Clones<K, V> {}

/// What a migration needs to do with keys and values, captured as pointers where the bounds for it were at hand.
///
/// Guards have no hasher in their type and no bounds, and yet must keep a target in step when they are dropped.
pub(crate) struct Functions<K, V> {
    pub(crate) equal: fn(&K, &K) -> bool,
    hasher: *const (),
    hash: unsafe fn(*const (), &K) -> u64,
    /// Clones of keys and of values; `None` where the store was built without.
    pub(crate) clones: Option<Clones<K, V>>,
    /// The user's comparison of values, for verification.
    pub(crate) same_value: Option<fn(&V, &V) -> bool>,
}

impl<K, V> Clone for Functions<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Functions<K, V> {}

impl<K, V> Functions<K, V> {
    /// # Safety
    ///
    /// `hasher` is what `hash` takes, and stays where it is for as long as the functions, or copies of them, are used.
    pub(crate) unsafe fn new(
        equal: fn(&K, &K) -> bool,
        hasher: *const (),
        hash: unsafe fn(*const (), &K) -> u64,
        clones: Option<Clones<K, V>>,
        same_value: Option<fn(&V, &V) -> bool>,
    ) -> Self {
        Self { equal, hasher, hash, clones, same_value }
    }

    pub(crate) fn hash(&self, key: &K) -> u64 {
        // SAFETY: the creator promised that `hasher` suits `hash` and lives on.
        unsafe { (self.hash)(self.hasher, key) }
    }
}
