//! Who is there: a store, its workers, and, if wanted, its file.

use std::path::Path;

use autoshard::{BuildError, DurableFlushError, StageFull, Store, telemetry::Telemetry};
use serde::{Deserialize, Serialize};

/// What is known of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) state: State,
    #[serde(default)]
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Online,
    Away,
    Busy,
}

/// All users. Reads take a shard for as long as it takes to copy a status; writes are staged, and never wait.
pub(crate) struct Users {
    store: Store<u64, Status>,
}

impl Users {
    /// Reads the file, if there is one: not for async code.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, BuildError> {
        // A queue that is full must not stop a thread on which other requests wait.
        let builder = Store::builder().set("workers.enabled", true).set("workers.full", "reject");
        let store = match file {
            Some(file) => builder.build_durable(file)?,
            None => builder.build()?,
        };
        Ok(Self { store })
    }

    pub(crate) fn get(&self, user: u64) -> Option<Status> {
        self.store.get_cloned(&user)
    }

    pub(crate) fn count(&self) -> usize {
        self.store.len()
    }

    pub(crate) fn telemetry(&self) -> Telemetry {
        self.store.telemetry()
    }

    /// Sets a user's status soon.
    pub(crate) fn set(&self, user: u64, status: Status) -> Result<(), Overloaded> {
        Ok(self.store.stage(user, status)?)
    }

    /// Removes a user soon.
    pub(crate) fn remove(&self, user: u64) -> Result<(), Overloaded> {
        Ok(self.store.stage_remove(user)?)
    }

    /// Until what was set before can be read.
    pub(crate) async fn visible(&self) {
        self.store.flush_async().await;
    }

    /// Until what was set before is in the file.
    pub(crate) async fn durable(&self) -> Result<(), DurableFlushError> {
        self.store.flush_durable_async().await
    }
}

/// The store's workers have more to do than their queues hold.
#[derive(Debug)]
pub(crate) struct Overloaded;

impl<T> From<StageFull<T>> for Overloaded {
    fn from(_: StageFull<T>) -> Self {
        Self
    }
}
