//! Migrations against whatever callers may do meanwhile.
//!
//! # Bounds
//!
//! Every model runs for each [case](case): five shapes of migration (1 → 2, 2 → 1, 1 → {a slot, the rest}, 1 → 1, 2 →
//! 2), by dual-write and by hand-over, with sources that are neutral, biased to readers, or owned by a thread, in a
//! store of 4 slots with a handful of keys, and steps of one entry. Two to five threads, of which one or two migrate,
//! each with a handful of operations; some hundreds of schedules for each case ([check](check)), half of them random
//! and half with few preemptions at random places (PCT, Burckhardt et al., ASPLOS 2010).
//!
//! # What this cannot see
//!
//! Weak memory: all atomics are sequentially consistent. Real time: waits with a time-out end after a few occasions for
//! others to go on. The tuner's own thread: its work on a store is done by threads of the model. What schedules happen
//! not to be chosen.

mod bulk;
mod case;
mod check;
mod growth;
mod guards;
mod lifetimes;
mod plans;
mod reads;
mod verification;
mod waiting;
mod writes;
