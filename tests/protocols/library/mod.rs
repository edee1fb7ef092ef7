//! The library's own files, for loom: those of the shard's lock, of cells and of the roll, under the names by which they find one
//! another.

pub(crate) mod migration;
pub(crate) mod presence;
pub(crate) mod shard;
