//! The migrator: takes plans apart into migrations, and each of them through its states, step by step.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use autoshard_tuning::{Group, Outcome, Plan, PlanKind, ShardId};

use super::{
    backfill,
    budget::Budget,
    cut_over,
    mark::{SILENT_PANIC, panic_message},
    migration::{Migration, State},
    retire::Retired,
    shadow::Mode,
    step_guard::StepGuard,
    undo, verify,
};
use crate::{
    body::Body,
    mutants::{Mutant, is_on},
    sync::{
        atomic::{AtomicU64, Ordering},
        time::Instant,
    },
    telemetry::EventKind,
};

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is nothing to do.
    Idle,
    /// It got on; there is more to do.
    Worked,
    /// It has to wait for somebody, who may take long.
    Waiting,
}

/// How a state's step ended.
pub(super) enum Progress {
    /// More of the same.
    More,
    /// Somebody was in the way.
    Blocked,
    /// Go over to another state.
    Next(State),
    /// The migration cannot go on.
    Abort(String),
    /// The directory names the targets.
    CutOver,
    /// All sources are as they were.
    Undone,
}

/// The store's migrator. Whoever locks it is the one who runs steps.
pub(crate) struct Migrator<K, V> {
    // Boxed, since most stores are never resharded.
    plan: Option<Box<PlanInHand>>,
    current: Option<Box<Migration<K, V>>>,
    retired: Retired<K, V>,
}

struct PlanInHand {
    kind: PlanKind,
    groups: VecDeque<Group>,
    started: Instant,
    outcome: Outcome,
}

impl<K, V> Migrator<K, V> {
    pub(crate) fn new() -> Self {
        Self { plan: None, current: None, retired: Retired::new() }
    }

    /// Whether no plan is in hand. Tables may still wait to be dropped.
    pub(crate) fn is_idle(&self) -> bool {
        self.plan.is_none()
    }

    /// The state that the next step begins in; `None` between two migrations.
    #[cfg(test)]
    pub(crate) fn state(&self) -> Option<&'static str> {
        self.current.as_ref().map(|migration| migration.state.name())
    }

    /// Begins a plan. One that does not fit the directory (any more) is refused, which its outcome tells.
    pub(crate) fn begin<S>(&mut self, body: &Body<K, V, S>, plan: Plan) {
        debug_assert!(self.is_idle());
        let outcome = Outcome::begun(plan.kind);
        let mut in_hand = PlanInHand { kind: plan.kind, groups: VecDeque::new(), started: Instant::now(), outcome };
        match plan.validate(&body.control.directory.shards()) {
            Ok(()) => in_hand.groups = plan.groups.into(),
            // The layout has changed since the plan was made; the next decision will know.
            Err(_) => in_hand.outcome.groups_aborted = plan.groups.len() as u32,
        }
        self.plan = Some(Box::new(in_hand));
    }

    /// Runs one step, of about this length. A panic in the user's code gives the migration up.
    pub(crate) fn step<S>(&mut self, body: &Body<K, V, S>, length: Duration) -> Step {
        let _no_blocking = StepGuard::new();
        let started = Instant::now();
        let mut budget = Budget::new(length, body.control.policy().migration.batch);
        let step = catch_unwind(AssertUnwindSafe(|| self.advance(body, &mut budget)));
        let worked = started.elapsed();
        add(&body.control.tuning().migrations.work_ns, worked.as_nanos() as u64);
        if let Some(plan) = &mut self.plan {
            plan.outcome.cost += worked;
        }
        step.unwrap_or_else(|panic| {
            if let Some(migration) = &mut self.current {
                let message = panic_message(&*panic).unwrap_or(SILENT_PANIC);
                migration.give_up(&format!("the user's code panicked in a step: {message}"));
                if matches!(migration.state, State::Undo(_)) {
                    migration.undo_panics += 1;
                }
                migration.back_off();
            }
            Step::Waiting
        })
    }

    fn advance<S>(&mut self, body: &Body<K, V, S>, budget: &mut Budget) -> Step {
        if self.current.is_some() {
            return self.advance_migration(body, budget);
        }
        if self.retired.drop_some(budget) {
            return Step::Worked;
        }
        let Some(plan) = &mut self.plan else { return Step::Idle };
        match plan.groups.pop_front() {
            Some(group) => {
                self.begin_group(body, group);
                Step::Worked
            }
            None => {
                self.end_plan(body);
                Step::Worked
            }
        }
    }

    fn begin_group<S>(&mut self, body: &Body<K, V, S>, group: Group) {
        let Some(plan) = &mut self.plan else { return };
        let Some(migration) = Migration::new(body, plan.kind, group) else {
            // Shards that grow have split a source since the plan was made, or have taken the last places for the moment.
            plan.outcome.groups_aborted += 1;
            return;
        };
        add(&body.control.tuning().migrations.started, 1);
        body.control.announce(EventKind::MigrationStarted {
            action: plan.kind.name(),
            sources: migration.sources.clone(),
            targets: migration.target_ids(),
        });
        self.current = Some(Box::new(migration));
    }

    fn advance_migration<S>(&mut self, body: &Body<K, V, S>, budget: &mut Budget) -> Step {
        let Some(migration) = &mut self.current else { return Step::Idle };
        if migration.is_pausing() {
            return Step::Waiting;
        }
        if migration.shadow.is_aborted() && !matches!(migration.state, State::Undo(_)) {
            migration.go_to(State::Undo(0));
            if is_on(Mutant::TargetsFreedMarked) {
                self.retired.tables.extend(migration.targets.iter().map(|target| body.empty_shard(target.id)));
            }
        }
        body.control.tuning().migrations.set_state(migration.state.name());
        let progress = match migration.state {
            State::Prepare => migration.prepare(body, body.patience()),
            State::Backfill(cursor) => backfill::step(migration, body, cursor, budget),
            State::Verify(check) => verify::step(migration, body, check, budget),
            State::CutOver => cut_over::attempt(migration, body, &mut self.retired.tables),
            State::Undo(done) => undo::step(migration, body, done, budget),
        };
        match progress {
            Progress::More => {}
            Progress::Next(state) => migration.go_to(state),
            Progress::Blocked => return blocked(migration, body),
            Progress::Abort(reason) => migration.give_up(&reason),
            Progress::CutOver => self.end_migration(body, true),
            Progress::Undone => self.end_migration(body, false),
        }
        Step::Worked
    }

    /// The directory names the targets, or nobody can reach them any more: settles the accounts.
    fn end_migration<S>(&mut self, body: &Body<K, V, S>, completed: bool) {
        let (Some(migration), Some(plan)) = (self.current.take(), &mut self.plan) else { return };
        let counters = &body.control.tuning().migrations;
        add(&counters.entries_copied, migration.entries_copied);
        add(&counters.dual_writes, migration.shadow.dual_writes.load(Ordering::Relaxed));
        add(&counters.verified_entries, migration.verified_entries);
        counters.duration_last_ns.store(migration.started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        counters.set_state("idle");
        plan.outcome.entries_copied += migration.entries_copied;
        if completed {
            add(&counters.completed, 1);
            plan.outcome.groups_completed += 1;
            migration.sources.iter().for_each(|&id| body.control.retire_header(id));
        } else {
            add(&counters.aborted, 1);
            plan.outcome.groups_aborted += 1;
            for target in &migration.targets {
                self.retired.tables.push(body.empty_shard(target.id));
                body.control.headers.give_back(target.id);
            }
        }
        body.control.announce(migration.event_of_end(completed));
    }

    fn end_plan<S>(&mut self, body: &Body<K, V, S>) {
        let Some(mut plan) = self.plan.take() else { return };
        plan.outcome.elapsed = plan.started.elapsed();
        body.control.set_outcome(plan.outcome);
    }

    /// Gives the migration up that is under way, if any.
    #[cfg(any(test, autoshard_shuttle, fuzzing))]
    pub(crate) fn give_up(&self, reason: &str) {
        if let Some(migration) = &self.current {
            migration.give_up(reason);
        }
    }

    /// The shards that have entries beside those that serve, for whoever consumes the store: of a dual-write, none (its targets
    /// are copies); of a hand-over, the targets, which hold what has moved.
    pub(crate) fn take_moved(&mut self) -> Vec<ShardId> {
        match self.current.take() {
            Some(migration) if migration.mode() == Mode::HandOver => migration.target_ids(),
            _ => Vec::new(),
        }
    }
}

/// Somebody was in the way: tries again later, but not for ever; what must be undone is, however long it takes.
fn blocked<K, V, S>(migration: &mut Migration<K, V>, body: &Body<K, V, S>) -> Step {
    let attempts = migration.back_off();
    if matches!(migration.state, State::CutOver) {
        add(&body.control.tuning().migrations.cut_over_retries, 1);
    }
    if attempts >= body.control.policy().migration.cut_over_attempts && !matches!(migration.state, State::Undo(_)) {
        migration.give_up(&format!(
            "a shard's lock was not to be had in {attempts} attempts: somebody holds a guard for long"
        ));
    }
    Step::Waiting
}

fn add(counter: &AtomicU64, value: u64) {
    counter.fetch_add(value, Ordering::Relaxed);
}
