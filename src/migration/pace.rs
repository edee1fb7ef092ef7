//! How a thread that does nothing but steps goes on: in spells, with a rest after each.
//!
//! A thread that never sleeps is put off its processor where its time is up, as often as not under a shard's lock, and whoever comes
//! there waits until it is on again: milliseconds, when there are more threads than processors. One that has slept has its whole time
//! before it. So it rests of itself, with nothing held, before its time can be up; and then its fair share, if that is less, is
//! taken from it while it waits to come back.
#![forbid(unsafe_code)]

use std::time::Duration;

use crate::sync::{thread, time::Instant};

/// Work between two rests. A fraction of the time that schedulers give (Linux: 3 ms, looked at every 4 ms or oftener); measured against
/// a tenth and twice of it in `docs/benchmarks.md`.
const SPELL: Duration = Duration::from_micros(500);
/// A rest, which the operating system makes some 50 µs longer.
const REST: Duration = Duration::from_micros(1);

/// The pace of one thread's steps.
pub(crate) struct Pace {
    since: Instant,
}

impl Pace {
    /// Begins a spell.
    pub(crate) fn new() -> Self {
        Self { since: Instant::now() }
    }

    /// To be called between two steps, with nothing held: rests if the spell is over.
    pub(crate) fn rest_if_due(&mut self) {
        if self.since.elapsed() >= SPELL {
            thread::sleep(REST);
            *self = Self::new();
        }
    }
}
