//! Something that happened in a store.
#![forbid(unsafe_code)]

use std::time::Duration;

use autoshard_tuning::ShardId;

use super::{BiasCounts, DecisionRecord};

/// Something that happened in a store; from [`Store::events`](crate::Store::events).
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Event {
    /// When, since the store was opened.
    pub at: Duration,
    /// What happened.
    pub kind: EventKind,
}

/// What happened; serialised with its name in the field `event`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "event", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum EventKind {
    /// The tuner decided to change something, or to hold for another reason than before.
    Decision(DecisionRecord),
    /// The tuner chose other biases for some shards' locks.
    #[non_exhaustive]
    BiasesChosen {
        /// Shards that get another mode, by that mode.
        shards: BiasCounts,
        /// Why, in a sentence.
        reason: String,
    },
    /// The replacement of a group of shards began.
    #[non_exhaustive]
    MigrationStarted {
        /// `split`, `merge`, `isolate` or `shrink`.
        action: &'static str,
        /// The shards to be replaced.
        sources: Vec<ShardId>,
        /// The shards to replace them.
        targets: Vec<ShardId>,
    },
    /// The targets serve, the sources are gone.
    #[non_exhaustive]
    MigrationCompleted {
        /// As of the start.
        action: &'static str,
        /// As of the start.
        sources: Vec<ShardId>,
        /// As of the start.
        targets: Vec<ShardId>,
        /// Entries copied or moved by the migrator.
        entries_copied: u64,
        /// Writes that callers applied to a target, too.
        dual_writes: u64,
        /// Entries looked up by verification.
        verified_entries: u64,
        /// Time from the start.
        duration: Duration,
        /// Of it, time for which the sources were held exclusively to cut over.
        exclusive_hold: Duration,
    },
    /// The migration was given up; the sources serve on, and nothing is lost.
    #[non_exhaustive]
    MigrationAborted {
        /// As of the start.
        action: &'static str,
        /// As of the start.
        sources: Vec<ShardId>,
        /// Why, in a sentence.
        reason: String,
        /// Time from the start.
        duration: Duration,
    },
    /// A full shard was split, by the thread that wanted to insert, in place of doubling its table.
    #[non_exhaustive]
    SplitInGrowth {
        /// The shard that was full.
        source: ShardId,
        /// The shards that took its place.
        targets: Vec<ShardId>,
        /// Entries that were moved.
        entries: u64,
        /// Time for which the shard was held exclusively.
        exclusive_hold: Duration,
    },
    /// Another policy was put in force: the policy file has changed, or knobs were set in code.
    #[non_exhaustive]
    PolicyReloaded {
        /// Keys of the knobs that have another value now.
        changed: Vec<&'static str>,
        /// Keys of the knobs that are to have another value, but take effect at build: only stores that are built from now on have it.
        waiting: Vec<&'static str>,
    },
    /// A policy could not be used; the one before, or the default, stays in force. Of a policy file, once for what it holds.
    #[non_exhaustive]
    PolicyRejected {
        /// What is wrong with it, and where: a sentence a line.
        message: String,
    },
    /// Code of a key or value, or a function that was staged or delegated, panicked in a worker. What it was about may be lost; all other writes are made.
    #[non_exhaustive]
    StagedWritePanicked {
        /// Staged writes that are lost: none where only a `Drop` panicked.
        lost: u64,
        /// What the panic said.
        message: String,
    },
    /// A sink did not take a batch, at the last attempt: it was given up, as a dead letter.
    #[non_exhaustive]
    SinkFailed {
        /// Entries in the batch.
        entries: u64,
        /// What the sink said at last.
        message: String,
    },
    /// The store was dropped while sinks were busy, and did not wait for them any longer.
    #[non_exhaustive]
    SinkAbandoned {
        /// Workers whose sinks were busy.
        workers: u64,
        /// Writes that these had not handed on.
        writes: u64,
    },
    /// Workers were asked for, but there are none: staged writes are made by their callers.
    #[non_exhaustive]
    WorkersUnavailable {
        /// Why, in a sentence.
        message: String,
    },
    /// Nobody tunes the store in the background, though the policy wants it; it serves as it is.
    #[non_exhaustive]
    TunerUnavailable {
        /// Why, in a sentence.
        message: String,
    },
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn events_are_serialised_with_their_names() {
        let decision = DecisionRecord {
            at: Duration::from_secs(2),
            action: "hold",
            cause: "balanced",
            reason: "nothing waits".to_owned(),
            shards: 4,
            repeated: 1,
        };
        let event = Event { at: Duration::from_millis(1500), kind: EventKind::Decision(decision) };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["at"]["nanos"], 500_000_000);
        assert_eq!((&json["kind"]["event"], &json["kind"]["cause"]), (&"decision".into(), &"balanced".into()));

        let kind = EventKind::MigrationStarted { action: "split", sources: vec![1], targets: vec![2, 3] };
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!((&json["event"], &json["targets"][1]), (&"migration_started".into(), &3.into()));

        let kind = EventKind::BiasesChosen { shards: BiasCounts::default(), reason: "1 shard fenced".to_owned() };
        let json = serde_json::to_value(&kind).unwrap();
        assert_eq!((&json["event"], &json["shards"]["fenced"]), (&"biases_chosen".into(), &0.into()));
    }
}
