//! Each operation on a key takes effect at one moment between its call and its return, also while shards split and merge without
//! pause: histories of operations on real threads are recorded, and checked key by key.
//!
//! A store is linearizable if each of its keys is (linearizability is local: Herlihy and Wing, 1990), so that each key's history
//! stands for itself. Sizes are operations, never times: `STRESS_FACTOR=10` records ten times as many. Built with `--cfg fuzzing`,
//! modes of the shards' locks are changed at random, too.
#![forbid(unsafe_code)]

#[path = "../common/churn.rs"]
mod churn;
#[path = "../common/drawn.rs"]
mod drawn;
#[path = "../common/numbered.rs"]
mod numbered;
#[path = "../common/stores.rs"]
mod stores;

mod action;
mod checker;
mod flawed;
mod history;
mod recorder;
mod store;
mod verdicts;
mod window;
