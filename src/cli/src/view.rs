//! What a view of the run is shown at each tick.

use std::{io, time::Duration};

use autoshard::telemetry::Telemetry;

use crate::{
    hot_keys::ReportedKey,
    recording::{Point, Recording},
    timeline::Timeline,
};

/// The run at one tick.
#[derive(Clone, Copy)]
pub(crate) struct Status<'run> {
    /// What is run, in words.
    pub(crate) title: &'run str,
    /// The phase.
    pub(crate) phase: &'run str,
    /// Its number, from 1.
    pub(crate) phase_number: usize,
    /// How many there are.
    pub(crate) phases: usize,
    /// How long the whole run lasts.
    pub(crate) duration: Duration,
    /// The last interval.
    pub(crate) point: &'run Point,
    /// All intervals so far.
    pub(crate) recording: &'run Recording,
    /// The store's own view of itself.
    pub(crate) telemetry: &'run Telemetry,
    /// The most frequent keys, as reported.
    pub(crate) hot_keys: &'run [ReportedKey],
    /// Decisions and migrations so far.
    pub(crate) timeline: &'run Timeline,
}

/// Shows the run while it lasts.
pub(crate) trait View {
    /// Shows a tick.
    fn show(&mut self, status: &Status<'_>) -> io::Result<()>;

    /// Waits, and tells whether the user wants the run to end. May return early.
    fn wait(&mut self, time: Duration) -> io::Result<bool>;
}
