//! The signature table: everything that is public in dashmap 6 (`raw-api` left out), used against our names.
//!
//! `table` is one body of code, compiled and run twice: once with dashmap's types (`of_dashmap`), so that a use that dashmap
//! itself would refuse is found as well, and with ours, the store (`of_store`) and what stands in
//! for dashmap under its own names (`of_compat`); `own` is what only the latter has. `auto_traits` compares Send, Sync, UnwindSafe,
//! RefUnwindSafe and Unpin, type by type. What differs on purpose is in [`differences`], what is still missing in [`not_yet`].
#![forbid(unsafe_code)]
#![expect(clippy::duplicate_mod, reason = "the same table is compiled for both crates: that is the test")]

mod auto_traits;
mod differences;
mod not_yet;
mod of_compat;
mod of_dashmap;
mod of_store;
mod own;
