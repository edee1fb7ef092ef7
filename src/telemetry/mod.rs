//! What a store sees, does, and declines to do: a snapshot of it all, and a stream of events.
#![forbid(unsafe_code)]

mod decisions;
mod event;
mod events;
mod interval;
mod journal;
mod snapshot;

pub use event::{Event, EventKind};
pub use events::Events;
pub use interval::Interval;
pub use snapshot::{
    BiasCounts, ContentionTelemetry, DECISIONS_KEPT, DecisionRecord, HotKeyShare, LockCosts, MigrationTelemetry,
    SCHEMA_VERSION, SamplingTelemetry, ShardTelemetry, Skew, Telemetry, TunerTelemetry,
};

pub(crate) use decisions::DecisionLog;
pub(crate) use journal::Journal;
