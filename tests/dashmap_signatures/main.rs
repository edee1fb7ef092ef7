//! The signature table: everything that is public in dashmap 6 and in the candidates of version 7 (`raw-api` left out), used against our names.
//!
//! `table` is one body of code, compiled and run with dashmap's types (`of_dashmap`, `of_dashmap_7`), so that a use that dashmap
//! itself would refuse is found as well, and with ours, the store (`of_store`) and what stands in
//! for dashmap under its own names (`of_compat`). `six` and `seven` are what only one of dashmap's versions has; `own` is what the store
//! has not. `auto_traits` compares Send, Sync, UnwindSafe, RefUnwindSafe and Unpin, type by type, with version 6. What differs on purpose is
//! in [`differences`].
#![forbid(unsafe_code)]
#![expect(clippy::duplicate_mod, reason = "the same table is compiled for both crates: that is the test")]

mod auto_traits;
mod differences;
mod of_compat;
mod of_dashmap;
mod of_dashmap_7;
mod of_store;
mod own;
