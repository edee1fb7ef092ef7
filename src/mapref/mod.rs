//! Guards: references to entries that keep their shard locked for as long as they live.
//!
//! The names are DashMap's, under the modules that its users know.

pub mod entry;
pub mod entry_ref;
mod item;
pub mod mapped;
pub mod multiple;
pub mod one;

pub(crate) use item::{ItemWrite, Vacancy};
