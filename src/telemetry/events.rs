//! A reader of a store's events.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::{Event, journal::Journal};
use crate::sync::Arc;

/// A store's events, in order; from [`Store::events`](crate::Store::events).
///
/// The last 1,024 events are kept, and each reader has a place of its own among them; it begins with the oldest one. No
/// reader ever slows the store: one that falls behind loses the oldest events, and [`lost`](Self::lost) says how many. A
/// reader may outlive the store, and reads what is left.
///
/// ```
/// let store: autoshard::Store<u64, u64> = autoshard::Store::new();
/// let mut events = store.events();
/// while let Some(event) = events.try_next() {
///     println!("{:?}: {:?}", event.at, event.kind);
/// }
/// assert_eq!(events.lost(), 0);
/// ```
#[derive(Debug)]
pub struct Events {
    journal: Arc<Journal>,
    /// The number of the event to read next.
    sequence: u64,
    lost: u64,
}

impl Events {
    pub(super) fn new(journal: Arc<Journal>, sequence: u64) -> Self {
        Self { journal, sequence, lost: 0 }
    }

    /// The next event, if there is one.
    pub fn try_next(&mut self) -> Option<Event> {
        self.next_timeout(Duration::ZERO)
    }

    /// The next event; waits for it, for `timeout` at most. `None` if there was none in that time, or if the store is
    /// gone and [all were read](Self::is_ended).
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Event> {
        let reading = self.journal.read(self.sequence, timeout);
        self.lost += reading.lost;
        self.sequence += reading.lost;
        let event = Arc::unwrap_or_clone(reading.event?);
        self.sequence += 1;
        Some(event)
    }

    /// How many events this reader has lost because it was slow.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether the store is gone and all its events were read: none will follow.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.journal.is_ended(self.sequence)
    }
}
