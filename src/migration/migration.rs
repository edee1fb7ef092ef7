//! One migration: what it replaces by what, and the state it is in.

use std::time::Duration;

use autoshard_tuning::{Bias, Group, Plan, PlanKind, ShardId, SlotId};

use super::{
    backfill::Cursor,
    cut_over,
    functions::Functions,
    mark::Mark,
    migrator::Progress,
    shadow::{Mode, Shadow},
    verify::Check,
};
use crate::{
    body::Body,
    control::Control,
    mutants::{Mutant, is_on},
    presence::Kind,
    shard::{ShardRead, ShardWrite, Way},
    sync::{Arc, atomic::Ordering, time::Instant},
    telemetry::EventKind,
};

/// First pause after somebody was in the way; it doubles up to [`PAUSE_MAX`]. A guess: what a short operation takes.
const PAUSE_MIN: Duration = Duration::from_micros(50);
/// Longest pause. A guess: a hundred attempts then take a few tenths of a second.
const PAUSE_MAX: Duration = Duration::from_millis(5);

/// Where a migration stands.
pub(super) enum State {
    /// Marking the sources.
    Prepare,
    Backfill(Cursor),
    Verify(Check),
    CutOver,
    /// Unmarking the sources, of which so many are done.
    Undo(usize),
}

impl State {
    /// The state's name, as telemetry writes it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Backfill(_) => "backfill",
            Self::Verify(_) => "verify",
            Self::CutOver => "cut_over",
            Self::Undo(_) => "abort",
        }
    }
}

/// A fresh shard to be.
pub(super) struct Target {
    pub(super) id: ShardId,
    pub(super) slots: Vec<SlotId>,
}

/// One migration.
pub(super) struct Migration<K, V> {
    pub(super) shadow: Arc<Shadow>,
    pub(super) functions: Functions<K, V>,
    pub(super) kind: PlanKind,
    pub(super) sources: Vec<ShardId>,
    /// The ids in the process of the sources, in the order in which they are marked: a shard that grows may be gone before.
    uids: Vec<u64>,
    pub(super) targets: Vec<Target>,
    /// The mode that the sources' locks had when it began, if all had the same; else neutral. Steps enter the sources as strangers and
    /// writers do, so what is found at the end is no longer what was chosen.
    pub(super) bias: Bias,
    pub(super) state: State,
    /// Panics of the user's code while it was being undone.
    pub(super) undo_panics: u32,
    /// Sources that have a mark: the first so many, and once it is all of them their order does not matter.
    pub(super) marked: usize,
    pub(super) started: Instant,
    pub(super) entries_copied: u64,
    pub(super) verified_entries: u64,
    /// For how long the sources were held exclusively to cut over.
    pub(super) exclusive_hold: Duration,
    /// Times that verification sent it back.
    pub(super) mismatches: u32,
    /// Attempts in a row, in this state, that found somebody in the way.
    attempts: u32,
    retry_at: Option<Instant>,
}

impl<K, V> Migration<K, V> {
    /// Allocates the targets, at their final size. `None` when there are no headers for them, or when a source is gone.
    pub(super) fn new<S>(body: &Body<K, V, S>, kind: PlanKind, group: Group) -> Option<Self> {
        let control = &body.control;
        // Before the directory is looked at: a shard of another id, found when it is to be marked, has come later.
        let uids = group.sources.iter().map(|&id| control.headers.get(id).lock.uid()).collect();
        let plan = Plan { kind, groups: vec![group] };
        plan.validate(&control.directory.shards()).ok()?;
        let group = plan.groups.into_iter().next()?;
        let entries: usize = group.sources.iter().map(|&id| control.headers.get(id).length()).sum();
        let slots_all: usize = group.targets.iter().map(Vec::len).sum();
        let mut targets = Vec::with_capacity(group.targets.len());
        let mut target_of = vec![None; control.directory.slots() as usize].into_boxed_slice();
        for slots in &group.targets {
            let Some(id) = body.new_target(capacity_for(entries, slots.len(), slots_all)) else {
                for Target { id, .. } in targets {
                    drop(body.empty_shard(id));
                    control.headers.give_back(id);
                }
                return None;
            };
            slots.iter().for_each(|&slot| target_of[usize::from(slot)] = Some(id));
            targets.push(Target { id, slots: slots.clone() });
        }
        let ids = targets.iter().map(|target| target.id).collect();
        Some(Self {
            shadow: Arc::new(Shadow::new(Arc::clone(control), body.mode(), target_of, ids)),
            functions: body.functions(),
            kind,
            targets,
            bias: common_bias(control, &group.sources),
            sources: group.sources,
            uids,
            state: State::Prepare,
            undo_panics: 0,
            marked: 0,
            started: Instant::now(),
            entries_copied: 0,
            verified_entries: 0,
            exclusive_hold: Duration::ZERO,
            mismatches: 0,
            attempts: 0,
            retry_at: None,
        })
    }

    /// Marks the sources, each under its exclusive lock: from then on, whoever writes there keeps the targets in step.
    /// One that has been split meanwhile, because it was full, gives the migration up.
    pub(super) fn prepare<S>(&mut self, body: &Body<K, V, S>, patience: Duration) -> Progress {
        let source = self.sources[self.marked];
        let mark = Box::new(Mark::new(Arc::clone(&self.shadow), self.functions, source));
        let Some(mut shard) = self.source_exclusive(body, source, patience) else { return Progress::Blocked };
        let is_gone = shard.header().slots() == 0 || shard.header().lock.uid() != self.uids[self.marked];
        if is_gone && !is_on(Mutant::GoneSourceMarked) {
            return Progress::Abort("a source has been split as it grew".to_owned());
        }
        shard.contents_mut().mark = Some(mark);
        shard.header().set_marked(true);
        self.marked += 1;
        let is_last = self.marked == self.sources.len();
        if is_last && is_on(Mutant::TargetsNamedEarly) {
            cut_over::redirect(self, body, cut_over::Cast::Targets);
        }
        Progress::Next(if is_last { State::Backfill(Cursor::default()) } else { State::Prepare })
    }

    pub(super) fn target_ids(&self) -> Vec<ShardId> {
        self.targets.iter().map(|target| target.id).collect()
    }

    /// What is told of its end.
    pub(super) fn event_of_end(self, completed: bool) -> EventKind {
        let (action, duration) = (self.kind.name(), self.started.elapsed());
        if !completed {
            let reason = self.shadow.abort_reason();
            return EventKind::MigrationAborted { action, sources: self.sources, reason, duration };
        }
        EventKind::MigrationCompleted {
            action,
            targets: self.target_ids(),
            sources: self.sources,
            entries_copied: self.entries_copied,
            dual_writes: self.shadow.dual_writes.load(Ordering::Relaxed),
            verified_entries: self.verified_entries,
            duration,
            exclusive_hold: self.exclusive_hold,
        }
    }

    /// Raises the flag that ends it.
    pub(super) fn give_up(&self, reason: &str) {
        self.shadow.abort(reason);
    }

    pub(super) fn go_to(&mut self, state: State) {
        self.state = state;
        self.attempts = 0;
        self.retry_at = None;
    }

    /// Somebody was in the way: counts it, and pauses for longer each time. Returns the attempts so far.
    pub(super) fn back_off(&mut self) -> u32 {
        let pause = PAUSE_MIN.saturating_mul(1 << self.attempts.min(16)).min(PAUSE_MAX);
        self.attempts += 1;
        self.retry_at = Some(Instant::now() + pause);
        self.attempts
    }

    pub(super) fn is_pausing(&self) -> bool {
        self.retry_at.is_some_and(|at| Instant::now() < at)
    }

    pub(super) fn mode(&self) -> Mode {
        self.shadow.mode
    }

    /// Enters a source for reading, unless that takes too long.
    pub(super) fn source_shared<'a, S>(
        &self,
        body: &'a Body<K, V, S>,
        source: ShardId,
        patience: Duration,
    ) -> Option<ShardRead<'a, K, V>> {
        let header = body.control.headers.get(source);
        let pass = header.lock.try_enter_for(Kind::Shared, patience, &header.waits)?;
        // SAFETY: the header's own pass; a source is a shard of this body.
        Some(unsafe { ShardRead::new(header, pass, Way::Any) })
    }

    /// Enters a source for writing, unless that takes too long.
    pub(super) fn source_exclusive<'a, S>(
        &self,
        body: &'a Body<K, V, S>,
        source: ShardId,
        patience: Duration,
    ) -> Option<ShardWrite<'a, K, V>> {
        let header = body.control.headers.get(source);
        let pass = header.lock.try_enter_for(Kind::Exclusive, patience, &header.waits)?;
        // SAFETY: the header's own pass, and exclusive; a source is a shard of this body.
        Some(unsafe { ShardWrite::new(header, pass, Way::Any) })
    }
}

/// The mode that all of these shards' locks have; neutral, which fresh shards have anyway, if they differ.
fn common_bias(control: &Control, shards: &[ShardId]) -> Bias {
    let mut biases = shards.iter().map(|&id| control.headers.get(id).lock.chosen());
    let first = biases.next().unwrap_or(Bias::Neutral);
    if biases.all(|bias| bias == first) { first } else { Bias::Neutral }
}

/// Entries to make room for in a shard that gets `slots` of `slots_all` slots: what it gets in the mean, and a margin for
/// chance (four standard deviations) and for what is inserted meanwhile (an eighth).
pub(crate) fn capacity_for(entries: usize, slots: usize, slots_all: usize) -> usize {
    let mean = entries as f64 * slots as f64 / slots_all.max(1) as f64;
    if mean < 1.0 && entries == 0 {
        return 0;
    }
    ((mean * 1.125 + 4.0 * mean.sqrt()) as usize).saturating_add(4)
}
