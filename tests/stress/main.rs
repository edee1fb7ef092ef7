//! Bounded, randomised stress: callers work on a store while another thread splits and merges its shards as fast as it can.
//!
//! Sizes are iterations, never times: `STRESS_FACTOR=10 cargo test --test stress` does ten times as much. Each test asserts
//! that shards did move while it ran, and says at the end what it covered (`-- --nocapture` shows it).
#![forbid(unsafe_code)]

#[path = "../common/churn.rs"]
mod churn;
#[path = "../common/drawn.rs"]
mod drawn;
#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/numbered.rs"]
mod numbered;
#[path = "../common/stores.rs"]
mod stores;

mod bulk;
mod conservation;
mod growth;
mod guards;
mod lifetimes;
mod readers;
mod updates;
