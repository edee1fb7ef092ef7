//! The shard's lock, in each of its modes: who is inside has the contents to himself, or shares them with readers, and sees all that
//! was done before.
//!
//! The contents are a cell of loom's, which fails the model where two accesses are neither ordered nor both reads.
//!
//! # Bounds
//!
//! Two to four threads, each with one to three entries; blocks of one cell, so that nested entries spill. All schedules with at most
//! as many preemptions as [subject] says, with the values that weak memory lets each load return.
//!
//! # What this cannot see
//!
//! That a light barrier is enough: here it is one side of a read-modify-write (`sync.rs`), and hardware has to show the rest (the litmus
//! test in `src/sync/barrier.rs`). The raw lock's queue: who has to wait tries again. Circles: no wait is a long one.

mod biased;
mod changes;
mod left_over;
mod owned;
mod subject;
