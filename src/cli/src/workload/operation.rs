//! One operation of a script.

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Looks at the value.
    Read,
    /// Adds one to the counter of a key that is there.
    Update,
    /// Adds one to the counter of a key, which is inserted where it is missing.
    Upsert,
    /// Takes the key out.
    Remove,
}

/// One operation on a key, named by its position in the plan's list of keys. Eight bytes, so that reading the script
/// disturbs the caches little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Position of the key.
    pub(crate) key: u32,
    /// What is done to it.
    pub(crate) kind: Kind,
}
