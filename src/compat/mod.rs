//! Other libraries' names, for programs that were written for them.

pub mod dashmap;
