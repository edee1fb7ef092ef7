//! What a controller answers, and what comes back of it.

use std::{fmt, time::Duration};

use crate::{Bias, ShardId, SlotId};

/// A controller's answer to one observation: what to do, and why; for holding, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// Why, for programs.
    pub cause: Cause,
    /// Why, for people: one sentence with the figures behind it.
    pub reason: String,
    /// Locks that get another mode, whatever the action is: this moves no data, waits for nothing, and comes first.
    pub biases: BiasChanges,
}

impl Decision {
    /// A decision that leaves all biases as they are.
    #[must_use]
    pub fn new(action: Action, cause: Cause, reason: String) -> Self {
        Self { action, cause, reason, biases: BiasChanges::default() }
    }
}

/// The shards whose locks get another mode, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BiasChanges {
    /// The shards, in order of their ids, with the modes that they get.
    pub changes: Vec<(ShardId, Bias)>,
    /// Why, for people: one sentence with the figures behind it; empty if nothing changes.
    pub reason: String,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Nothing in this window.
    Hold,
    /// Replace shards.
    Reshard(Plan),
}

impl Action {
    /// The action's name, as telemetry writes it: `hold`, `split`, `merge`, `isolate`, `shrink`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Reshard(plan) => plan.kind.name(),
        }
    }
}

/// Whole shards to be replaced by fresh ones that own the same slots.
///
/// A plan may be large (4 shards to 1,024); its groups are independent and are carried out one after another, each
/// complete in itself, so that a plan given up half-way leaves a valid store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the plan is for.
    pub kind: PlanKind,
    /// Groups of shards to replace; no shard is in two of them.
    pub groups: Vec<Group>,
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PlanKind {
    /// More shards.
    Split,
    /// Fewer shards.
    Merge,
    /// A hot slot moves to a shard of its own.
    Isolate,
    /// The same slots in a smaller table, for memory's sake.
    Shrink,
}

impl PlanKind {
    /// The kind's name, as telemetry writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Isolate => "isolate",
            Self::Shrink => "shrink",
        }
    }
}

/// `sources.len()` shards to be replaced by `targets.len()` fresh ones.
///
/// The targets' slots are, together and without overlap, all the slots of the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The shards to be replaced.
    pub sources: Vec<ShardId>,
    /// The slots of each fresh shard; none is empty.
    pub targets: Vec<Vec<SlotId>>,
}

/// Why a decision was taken, for programs; [`Decision::reason`] says it with figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The policy forbids the tuner to act (disabled, frozen, strategy `fixed`).
    Forbidden,
    /// A plan is still being carried out.
    Busy,
    /// The store cannot migrate its entries.
    Immovable,
    /// Too few samples to judge.
    FewSamples,
    /// The window right after a change is discarded.
    Settling,
    /// The store grows so fast that what is copied now would soon be copied again; full shards are split by those who insert.
    Growing,
    /// A change is wanted, but the shards have just got another bias, which may do.
    Biased,
    /// The last change is too recent for its cost.
    CoolDown,
    /// Nothing asks for a change.
    Balanced,
    /// A change is wanted, but the policy's limits do not allow it.
    Limit,
    /// A change is wanted, but would cost more than it gains.
    Unprofitable,
    /// One key's share makes more shards useless.
    HotKey,
    /// Acquisitions had to wait.
    Contention,
    /// Load is spread unevenly over shards.
    Skew,
    /// Shards are too large.
    Size,
    /// Shards have too little to do.
    Cold,
    /// The store is idle, or its tables are mostly empty, and gives back memory.
    Memory,
    /// By its rhythm the load is about to rise, and will need more shards than there are, or all of those that there are.
    Forecast,
    /// The shard count is below or above the policy's limits.
    OutOfLimits,
    /// A caller asked for it.
    Requested,
}

impl Cause {
    /// The cause's name, as telemetry writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
            Self::Immovable => "immovable",
            Self::FewSamples => "few_samples",
            Self::Settling => "settling",
            Self::Growing => "growing",
            Self::Biased => "biased",
            Self::CoolDown => "cool_down",
            Self::Balanced => "balanced",
            Self::Limit => "limit",
            Self::Unprofitable => "unprofitable",
            Self::HotKey => "hot_key",
            Self::Contention => "contention",
            Self::Skew => "skew",
            Self::Size => "size",
            Self::Cold => "cold",
            Self::Memory => "memory",
            Self::Forecast => "forecast",
            Self::OutOfLimits => "out_of_limits",
            Self::Requested => "requested",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action.name(), self.reason)
    }
}

/// What became of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The plan's kind.
    pub kind: PlanKind,
    /// Groups carried out to the end.
    pub groups_completed: u32,
    /// Groups given up.
    pub groups_aborted: u32,
    /// Time from the plan's start to its end.
    pub elapsed: Duration,
    /// Time the migrator itself worked: the cost that the cool-down is a multiple of.
    pub cost: Duration,
    /// Entries copied or moved.
    pub entries_copied: u64,
}

impl Outcome {
    /// Of a plan of this kind that has just begun: nothing is done.
    #[must_use]
    pub fn begun(kind: PlanKind) -> Self {
        Self {
            kind,
            groups_completed: 0,
            groups_aborted: 0,
            elapsed: Duration::ZERO,
            cost: Duration::ZERO,
            entries_copied: 0,
        }
    }
}
