//! Entries on disk: what was confirmed is there after any end, and no file is misread or harmed.
#![cfg(feature = "durable")]

mod faults;
#[cfg(target_os = "linux")]
mod full;
#[cfg(unix)]
mod kill;
mod plain;

use autoshard::{Store, StoreBuilder};

/// A builder whose store has two workers, batches so small that many are needed, and no environment to mind.
fn builder() -> StoreBuilder {
    Store::builder()
        .policy_toml("")
        .set("tuner.enabled", false)
        .workers(2)
        .set("workers.batch", 4)
        .set("workers.queue", 8)
}
