//! The journal: a store's last events, kept for whoever reads them.
#![forbid(unsafe_code)]

use std::{collections::VecDeque, time::Duration};

use super::{Event, Events};
use crate::sync::{Arc, Condvar, Mutex};

/// Events kept: of a busy second, with a migration every few milliseconds, all.
const EVENTS_KEPT: usize = 1024;

/// A store's last events.
///
/// Publishing takes one short lock and copies nothing for readers, however many there are: each has a cursor of its own.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    ring: Mutex<Ring>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Ring {
    /// The last events, in order and without a gap.
    events: VecDeque<Arc<Event>>,
    /// The number of the next event.
    sequence_next: u64,
    /// Events that were missed, summed up over readers.
    lost: u64,
    /// Whether no event will follow.
    closed: bool,
}

impl Ring {
    /// The number of the oldest event kept.
    fn sequence_first(&self) -> u64 {
        self.sequence_next - self.events.len() as u64
    }
}

/// What a reader finds at its cursor.
pub(super) struct Reading {
    pub(super) event: Option<Arc<Event>>,
    /// Events that were gone before the reader came to them.
    pub(super) lost: u64,
}

impl Journal {
    /// Adds an event, and drops the oldest if there are too many.
    pub(crate) fn publish(&self, event: Event) {
        let event = Arc::new(event);
        let mut ring = self.ring.lock();
        let oldest = if ring.events.len() == EVENTS_KEPT { ring.events.pop_front() } else { None };
        ring.events.push_back(event);
        ring.sequence_next += 1;
        drop(ring);
        self.changed.notify_all();
        // Freed after unlocking: its strings are not worth a reader's waiting.
        drop(oldest);
    }

    /// A reader, which begins with the oldest event kept.
    pub(crate) fn subscribe(self: &Arc<Self>) -> Events {
        let sequence = self.ring.lock().sequence_first();
        Events::new(Arc::clone(self), sequence)
    }

    /// Says that no event will follow, and wakes those who wait for one.
    pub(crate) fn close(&self) {
        self.ring.lock().closed = true;
        self.changed.notify_all();
    }

    /// Events that readers missed because they were slow, summed up over readers.
    pub(crate) fn lost(&self) -> u64 {
        self.ring.lock().lost
    }

    /// The event of this number, or the oldest one after it that is left.
    ///
    /// If it is not there yet, waits for it, for `timeout` at most.
    pub(super) fn read(&self, sequence: u64, timeout: Duration) -> Reading {
        let mut ring = self.ring.lock();
        if !timeout.is_zero() {
            self.changed.wait_while_for(&mut ring, |ring| ring.sequence_next <= sequence && !ring.closed, timeout);
        }
        let first = ring.sequence_first();
        let lost = first.saturating_sub(sequence);
        ring.lost += lost;
        let event = ring.events.get((sequence + lost - first) as usize).cloned();
        Reading { event, lost }
    }

    pub(super) fn is_ended(&self, sequence: u64) -> bool {
        let ring = self.ring.lock();
        ring.closed && ring.sequence_next <= sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::EventKind;

    /// Publishes events that are told apart by their times.
    fn publish(journal: &Journal, seconds: std::ops::Range<u64>) {
        for second in seconds {
            let kind = EventKind::TunerUnavailable { message: "there are no threads".to_owned() };
            journal.publish(Event { at: Duration::from_secs(second), kind });
        }
    }

    fn next(events: &mut Events) -> Option<u64> {
        events.try_next().map(|event| event.at.as_secs())
    }

    #[test]
    fn readers_have_cursors_of_their_own() {
        let journal = Arc::new(Journal::default());
        let mut early = journal.subscribe();
        assert_eq!(next(&mut early), None);
        publish(&journal, 0..2);
        assert_eq!(next(&mut early), Some(0));
        let mut late = journal.subscribe();
        assert_eq!(next(&mut late), Some(0), "a reader begins with the oldest event kept");
        assert_eq!((next(&mut late), next(&mut early)), (Some(1), Some(1)));
        assert_eq!((next(&mut late), next(&mut early)), (None, None));
        assert_eq!((early.lost(), late.lost(), journal.lost()), (0, 0, 0));
    }

    #[test]
    fn a_slow_reader_loses_the_oldest_and_is_told_how_many() {
        let kept = EVENTS_KEPT as u64;
        let journal = Arc::new(Journal::default());
        let mut slow = journal.subscribe();
        publish(&journal, 0..kept + 5);
        assert_eq!((next(&mut slow), slow.lost()), (Some(5), 5));
        publish(&journal, kept + 5..2 * kept + 5);
        assert_eq!((next(&mut slow), slow.lost()), (Some(kept + 5), kept + 4));
        assert_eq!(journal.lost(), kept + 4);
        assert_eq!(std::iter::from_fn(|| next(&mut slow)).count(), EVENTS_KEPT - 1);
        assert_eq!(journal.subscribe().lost(), 0, "what was gone before a reader came is not its loss");
    }

    #[test]
    fn a_waiting_reader_is_woken_by_an_event_and_by_the_end() {
        let journal = Arc::new(Journal::default());
        let mut events = journal.subscribe();
        let reader = std::thread::spawn(move || {
            let first = events.next_timeout(Duration::MAX).is_some();
            let second = events.next_timeout(Duration::MAX).is_some();
            (first, second, events.is_ended())
        });
        publish(&journal, 0..1);
        journal.close();
        assert_eq!(reader.join().unwrap(), (true, false, true));
    }

    #[test]
    fn what_was_published_before_the_end_is_read_after_it() {
        let journal = Arc::new(Journal::default());
        let mut events = journal.subscribe();
        publish(&journal, 0..1);
        journal.close();
        assert!(!events.is_ended());
        assert!(events.next_timeout(Duration::MAX).is_some());
        assert!(events.next_timeout(Duration::MAX).is_none());
        assert!(events.is_ended());
    }

    #[test]
    fn a_wait_ends_with_its_time() {
        let journal = Arc::new(Journal::default());
        assert_eq!(journal.subscribe().next_timeout(Duration::from_millis(1)), None);
    }
}
