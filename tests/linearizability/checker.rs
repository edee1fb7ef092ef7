//! Whether a key's history can be put in an order: a search after Wing and Gong (1993), made just in time and with the memory of
//! Lowe ("Testing for linearizability", 2017).
//!
//! The history is gone through once, by time. At each moment the search knows every *situation* that the key may be in: its value,
//! and which of the operations under way have taken effect already. Only a return forces a choice: whatever is under way may
//! take effect before it, in any order, until the one that returns has. Where no situation is left, there is no order.
//!
//! An operation that has returned is never looked at again, so the search needs no windows to stay within bounds: a thread has one
//! operation under way at a time, so that situations differ in their values and in as many bits as there are threads.

use std::collections::HashSet;

use crate::history::{Found, Record, Value};

/// The key's value, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// The search has begun in the middle, and nothing has told yet.
    Unknown,
    Is(Value),
}

/// What may be the case at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Situation {
    state: State,
    /// The threads whose operation under way has taken effect, a bit for each.
    done: u64,
}

impl Situation {
    /// The situation after this operation, which is under way, has taken effect; `None` if it cannot do so here.
    fn after(self, record: &Record) -> Option<Self> {
        let bit = bit(record);
        if self.done & bit != 0 {
            return None;
        }
        let state = match (self.state, record.effect.left, record.effect.found) {
            (State::Is(value), _, found) if !found.fits(value) => return None,
            (_, Some(left), _) => State::Is(left),
            // In the dark, "not that one" says too little to be kept: what it would rule out is let pass.
            (State::Unknown, None, Found::Is(found)) => State::Is(found),
            (state, None, _) => state,
        };
        Some(Self { state, done: self.done | bit })
    }
}

/// The call or the return of an operation.
#[derive(Clone, Copy, Debug)]
struct Event {
    time: u64,
    /// Which operation, by its place in the history.
    operation: usize,
    is_return: bool,
}

/// A key's operations by the times of their calls and returns.
pub(crate) struct Timeline<'a> {
    history: &'a [Record],
    events: Vec<Event>,
}

impl<'a> Timeline<'a> {
    /// # Panics
    ///
    /// If a thread has two operations under way at once, or has too high a number.
    pub(crate) fn new(history: &'a [Record]) -> Self {
        let events_of = |(operation, record): (usize, &Record)| {
            let Record { called, returned, .. } = *record;
            assert!(called < returned && record.thread < u64::BITS as usize, "{record}");
            let event = |time, is_return| Event { time, operation, is_return };
            [event(called, false), event(returned, true)]
        };
        let mut events: Vec<Event> = history.iter().enumerate().flat_map(events_of).collect();
        events.sort_unstable_by_key(|event| event.time);
        Self { history, events }
    }

    /// Operations that were under way at once with another one.
    pub(crate) fn overlapping(&self) -> usize {
        let mut is_overlapping = vec![false; self.history.len()];
        let mut open = Vec::new();
        for event in &self.events {
            if event.is_return {
                open.retain(|operation| *operation != event.operation);
            } else {
                open.push(event.operation);
            }
            if open.len() > 1 {
                open.iter().for_each(|&operation| is_overlapping[operation] = true);
            }
        }
        is_overlapping.into_iter().filter(|overlapping| *overlapping).count()
    }

    /// Goes through the events from `first` on. Begun at 0, it starts from the absent key if `state` says so. Begun later, any of
    /// the operations then under way may have taken effect. Returns the first event at which there is no order any more.
    pub(crate) fn search(&self, first: usize, state: State) -> Option<usize> {
        let mut under_way = self.under_way(first);
        let mut situations = subsets(&under_way).map(|done| Situation { state, done }).collect();
        for (index, event) in self.events.iter().enumerate().skip(first) {
            let record = &self.history[event.operation];
            if !event.is_return {
                assert!(under_way.iter().all(|other| other.thread != record.thread), "{record}");
                under_way.push(record);
                continue;
            }
            situations = returned(&situations, &under_way, record);
            if situations.is_empty() {
                return Some(index);
            }
            under_way.retain(|other| other.thread != record.thread);
        }
        None
    }

    /// The operations that have been called before the event, and have not returned.
    fn under_way(&self, event: usize) -> Vec<&'a Record> {
        let mut open = HashSet::new();
        for event in &self.events[..event] {
            if event.is_return {
                open.remove(&event.operation)
            } else {
                open.insert(event.operation)
            };
        }
        open.into_iter().map(|operation| &self.history[operation]).collect()
    }

    /// The operations that were under way at some time between two events, those included, by the times of their calls.
    pub(crate) fn operations_between(&self, first: usize, last: usize) -> Vec<Record> {
        let (from, to) = (self.events[first].time, self.events[last].time);
        let mut between: Vec<Record> =
            self.history.iter().filter(|record| record.returned >= from && record.called <= to).copied().collect();
        between.sort_unstable_by_key(|record| record.called);
        between
    }

    /// The operation whose call or return an event is.
    pub(crate) fn operation_of(&self, event: usize) -> Record {
        self.history[self.events[event].operation]
    }
}

/// What may be the case after an operation's return: it has taken effect, and with it whatever had to before.
fn returned(situations: &HashSet<Situation>, under_way: &[&Record], record: &Record) -> HashSet<Situation> {
    let mut seen = situations.clone();
    let mut open: Vec<Situation> = situations.iter().copied().collect();
    let mut after = HashSet::new();
    while let Some(situation) = open.pop() {
        if situation.done & bit(record) != 0 {
            // The thread's next operation has not taken effect.
            after.insert(Situation { done: situation.done & !bit(record), ..situation });
            continue;
        }
        let next = under_way.iter().filter_map(|other| situation.after(other));
        open.extend(next.filter(|next| seen.insert(*next)));
    }
    after
}

/// Each set of these operations, as bits.
fn subsets(operations: &[&Record]) -> impl Iterator<Item = u64> {
    (0..1_u64 << operations.len()).map(|subset| {
        let chosen = operations.iter().enumerate().filter(move |(index, _)| subset >> index & 1 == 1);
        chosen.fold(0, |done, (_, record)| done | bit(record))
    })
}

fn bit(record: &Record) -> u64 {
    1 << record.thread
}
