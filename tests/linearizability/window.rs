//! The shortest stretch of a history that no order explains.

use std::fmt;

use crate::{
    checker::{State, Timeline},
    history::{Record, Value},
};

/// The value of a key before the first operation.
const AT_FIRST: State = State::Is(None);

/// Says that a key's history, which begins with its absence, has no order, and shows where.
#[derive(Debug)]
pub(crate) struct Violation {
    /// The operation at whose return the last order was ruled out.
    last: Record,
    /// The operations, by the times of their calls, that rule out each other.
    pub(crate) window: Vec<Record>,
    /// What the key's value was before them, where that matters.
    before: Option<Value>,
}

/// Checks a key's history; says how many of its operations overlapped with another.
pub(crate) fn check(history: &[Record]) -> Result<usize, Box<Violation>> {
    let timeline = Timeline::new(history);
    match timeline.search(0, AT_FIRST) {
        None => Ok(timeline.overlapping()),
        Some(last) => Err(Box::new(shorten(&timeline, last))),
    }
}

/// Finds the latest event from which on, whatever the value and whatever was done, there is no order up to the event `last`.
///
/// Whatever is possible when one begins earlier is among what is assumed to be possible when one begins later: so if there is
/// no order from an event on, there is none from an earlier one on, and halving finds the border.
fn shorten(timeline: &Timeline<'_>, last: usize) -> Violation {
    let fails = |first: usize| timeline.search(first, State::Unknown).is_some_and(|event| event <= last);
    let violation = |first, before| {
        let window = timeline.operations_between(first, last);
        Violation { last: timeline.operation_of(last), window, before }
    };
    // Violations are short: looked for from the end, in steps that double.
    let mut length = 1;
    while length < last && !fails(last - length) {
        length *= 2;
    }
    let (mut failing, mut fine) = (last.saturating_sub(length), last.saturating_sub(length / 2));
    if !fails(failing) {
        return violation(0, Some(None));
    }
    while fine - failing > 1 {
        let middle = failing.midpoint(fine);
        if fails(middle) { failing = middle } else { fine = middle }
    }
    violation(failing, None)
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no order of these {} operations explains what they found:", self.window.len())?;
        if self.before.is_some() {
            writeln!(f, "{:>10}                the key was not there", 0)?;
        }
        for record in &self.window {
            let mark = if record.called == self.last.called { "  <- ruled out by this one's return" } else { "" };
            writeln!(f, "{record}{mark}")?;
        }
        Ok(())
    }
}
