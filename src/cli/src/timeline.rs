//! Decisions, migrations and notices in order, gathered from the store's events while the run lasts.

use std::time::Duration;

use autoshard::telemetry::{DecisionRecord, Event, EventKind, Events};

use crate::figures::{duration, grouped};

/// Entries kept at most: a bound on memory, far above what damping lets a tuner do. Later ones are counted.
const ENTRIES_MAX: usize = 10_000;

/// Something that the store decided, did or noticed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// When, since the run began; 0 for what happened before.
    pub(crate) at: Duration,
    /// What.
    pub(crate) what: What,
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// A decision.
    Decision(DecisionRecord),
    /// A group of shards that was replaced, in words.
    Migration(String),
    /// Something that a user should know: a name and a sentence.
    Notice(&'static str, String),
}

impl Entry {
    /// What `event` tells; the begin of a migration is told with its end.
    fn of(event: Event, origin: Duration) -> Option<Self> {
        let what = match event.kind {
            EventKind::Decision(record) => What::Decision(record),
            EventKind::MigrationCompleted {
                action,
                sources,
                targets,
                entries_copied,
                duration: length,
                exclusive_hold,
                ..
            } => What::Migration(format!(
                "{action} of {} into {}, {} entries copied in {}, sources held exclusively for {}",
                shards(sources.len()),
                targets.len(),
                grouped(entries_copied),
                duration(length.as_nanos() as u64),
                duration(exclusive_hold.as_nanos() as u64)
            )),
            EventKind::MigrationAborted { action, reason, .. } => {
                What::Notice("aborted", format!("{action} was given up: {reason}"))
            }
            EventKind::SplitInGrowth { targets, entries, exclusive_hold, .. } => What::Migration(format!(
                "growth: a full shard split into {}, {} entries moved, held exclusively for {}",
                targets.len(),
                grouped(entries),
                duration(exclusive_hold.as_nanos() as u64)
            )),
            EventKind::BiasesChosen { reason, .. } => What::Notice("biased", reason),
            EventKind::PolicyReloaded { changed, waiting, .. } => {
                let part = |keys: Vec<&str>, what: &str| match keys.len() {
                    0 => None,
                    _ => Some(format!("{} {what}", keys.join(", "))),
                };
                let parts = [part(changed, "changed"), part(waiting, "waiting for the next store")];
                What::Notice("policy", parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
            }
            EventKind::PolicyRejected { message, .. } => What::Notice("policy rejected", message),
            EventKind::WorkersUnavailable { message, .. } => What::Notice("workers unavailable", message),
            EventKind::SinkFailed { message, .. } => What::Notice("sink failed", message),
            EventKind::SinkAbandoned { writes, .. } => What::Notice("sink abandoned", format!("{writes} writes")),
            EventKind::StagedWritePanicked { message, .. } => What::Notice("staged write panicked", message),
            EventKind::TunerUnavailable { message, .. } => What::Notice("tuner unavailable", message),
            _ => return None,
        };
        Some(Self { at: event.at.saturating_sub(origin), what })
    }

    /// The decision, if it is one.
    pub(crate) fn decision(&self) -> Option<&DecisionRecord> {
        match &self.what {
            What::Decision(record) => Some(record),
            _ => None,
        }
    }

    /// Whether it is a decision to change nothing.
    pub(crate) fn is_hold(&self) -> bool {
        self.decision().is_some_and(|record| record.action == "hold")
    }

    /// Whether it is a decision to change something.
    pub(crate) fn is_change(&self) -> bool {
        self.decision().is_some() && !self.is_hold()
    }

    /// Whether it is the end of a migration: of one decision there may be hundreds.
    pub(crate) fn is_migration(&self) -> bool {
        matches!(self.what, What::Migration(_))
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        match &self.what {
            What::Decision(record) => record.action,
            What::Migration(_) => "migrated",
            What::Notice(name, _) => name,
        }
    }

    /// Why, or what came of it, in a sentence.
    pub(crate) fn reason(&self) -> &str {
        match &self.what {
            What::Decision(record) => &record.reason,
            What::Migration(sentence) | What::Notice(_, sentence) => sentence,
        }
    }

    /// The line that stands for it where there is one line for each.
    pub(crate) fn line(&self) -> String {
        format!("{:>5.1} s  {}: {}", self.at.as_secs_f64(), self.name(), self.reason())
    }
}

fn shards(count: usize) -> String {
    format!("{count} shard{}", if count == 1 { "" } else { "s" })
}

/// The entries so far.
pub(crate) struct Timeline {
    events: Events,
    /// The store's age when the run began.
    origin: Duration,
    entries: Vec<Entry>,
    dropped: u64,
}

impl Timeline {
    /// Entries from `events`, timed from `origin`, the store's age at the run's begin.
    pub(crate) fn new(events: Events, origin: Duration) -> Self {
        Self { events, origin, entries: Vec::new(), dropped: 0 }
    }

    /// Takes over the events that came since the last call.
    pub(crate) fn gather(&mut self) {
        while let Some(event) = self.events.try_next() {
            match Entry::of(event, self.origin) {
                Some(entry) if self.is_known(&entry) => {}
                Some(_) if self.entries.len() >= ENTRIES_MAX => self.dropped += 1,
                Some(entry) => self.entries.push(entry),
                None => {}
            }
        }
    }

    /// Whether `entry` is a decision to hold for a cause that was told since the last change: two causes may take turns
    /// from window to window.
    fn is_known(&self, entry: &Entry) -> bool {
        let cause = |entry: &Entry| entry.decision().map(|record| record.cause);
        let since_change = self.entries.iter().rev().take_while(|entry| !entry.is_change());
        entry.is_hold() && since_change.filter(|earlier| earlier.is_hold()).any(|hold| cause(hold) == cause(entry))
    }

    /// The entries, oldest first; of decisions to hold, one of each cause between two changes.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Events that are not among the entries: the store's stream lost them, or they were too many.
    pub(crate) fn missed(&self) -> u64 {
        self.events.lost() + self.dropped
    }
}
