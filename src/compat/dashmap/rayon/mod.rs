//! Parallel iterators, in modules of dashmap's names; what is to be known of them says [`autoshard::rayon`](crate::rayon).

pub mod map;
mod read_only;
pub mod set;
