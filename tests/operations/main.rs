//! What each operation of a store does, on one thread: the signature table has those that dashmap has, too, so here are
//! the ones beyond it, and what holds for all of them: panics, ownership, types without bounds, resharding by hand.
#![forbid(unsafe_code)]

#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/stores.rs"]
mod stores;

mod biases;
mod conditional;
mod growth;
mod keys;
mod ownership;
mod panics;
mod resharding;
mod unbounded;
