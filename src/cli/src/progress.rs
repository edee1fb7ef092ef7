//! Plain progress: a line about every second, and one for each change.

use std::{
    io::{self, Write},
    thread,
    time::Duration,
};

use crate::{
    figures::{count, duration, share},
    interrupt::Interrupt,
    view::{Status, View},
};

/// Time between two lines.
const PERIOD: Duration = Duration::from_secs(1);
/// Longest sleep without a look at the interrupt.
const NAP: Duration = Duration::from_millis(50);

/// Progress lines on some output.
pub(crate) struct Progress<W> {
    output: W,
    interrupt: Interrupt,
    phase_number: usize,
    next_line: Duration,
    entries_shown: usize,
}

impl<W: Write> Progress<W> {
    /// Lines to `output`.
    pub(crate) fn new(output: W, interrupt: Interrupt) -> Self {
        Self { output, interrupt, phase_number: 0, next_line: Duration::ZERO, entries_shown: 0 }
    }

    fn lines(&mut self, status: &Status<'_>) -> io::Result<()> {
        if self.phase_number != status.phase_number {
            self.phase_number = status.phase_number;
            writeln!(self.output, "phase {} of {}: {}", status.phase_number, status.phases, status.phase)?;
        }
        let entries = status.timeline.entries();
        for entry in entries.iter().skip(self.entries_shown).filter(|entry| !entry.is_hold() && !entry.is_migration()) {
            writeln!(self.output, "{}", entry.line())?;
        }
        self.entries_shown = entries.len();
        if status.point.at < self.next_line {
            return Ok(());
        }
        while self.next_line <= status.point.at {
            self.next_line += PERIOD;
        }
        writeln!(self.output, "{}", line(status))?;
        self.output.flush()
    }
}

fn line(status: &Status<'_>) -> String {
    let point = status.point;
    let hot =
        status.hot_keys.first().map_or_else(String::new, |hot| format!(", top key {} {}", hot.name, share(hot.share)));
    format!(
        "{:>5.1} s  {:>7} op/s  p50 {:>8}  p99.9 {:>8}  {:>4} shards{hot}",
        point.at.as_secs_f64(),
        count(point.throughput()),
        duration(point.latency.p50),
        duration(point.latency.p99_9),
        point.shards,
    )
}

impl<W: Write> View for Progress<W> {
    fn show(&mut self, status: &Status<'_>) -> io::Result<()> {
        match self.lines(status) {
            // Whoever reads has seen enough; the proof goes on.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    fn wait(&mut self, time: Duration) -> io::Result<bool> {
        thread::sleep(time.min(NAP));
        Ok(self.interrupt.came())
    }
}
