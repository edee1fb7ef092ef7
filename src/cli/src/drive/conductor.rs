//! The conductor: begins the phases, looks at the store at each tick, and takes the proof at the end.

use std::{
    mem, thread,
    time::{Duration, Instant},
};

use autoshard::{Diagnosis, Store, telemetry::Telemetry};

use super::{
    signals::Signals,
    worker::{Worked, Worker},
};
use crate::{
    failure::Failure,
    hot_keys::{self, ExactKey, ReportedKey},
    key::Key,
    latency::{Latencies, Percentiles},
    proof::{Proof, Tally},
    recording::{Point, Recording, ShardLoads},
    timeline::Timeline,
    view::{Status, View},
    workload::Plan,
};

/// Time between two looks at the store.
const TICK: Duration = Duration::from_millis(250);

/// Time between two diagnoses. A guess: a condition that matters lasts longer.
const CHECK_UP: Duration = Duration::from_secs(1);

/// How the load is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'run> {
    /// What is run, in words.
    pub(crate) title: &'run str,
    /// Load threads.
    pub(crate) threads: usize,
    /// Rounds of arithmetic in an operation.
    pub(crate) work: u32,
}

/// What a run came to.
pub(crate) struct Run {
    /// How long it lasted.
    pub(crate) elapsed: Duration,
    /// Whether the user ended it early.
    pub(crate) interrupted: bool,
    /// Operations of all threads.
    pub(crate) operations: u64,
    /// Whether anything was lost.
    pub(crate) proof: Proof,
    /// Latencies over the whole run.
    pub(crate) latency: Percentiles,
    /// Shards when the first entry came.
    pub(crate) shards_initial: usize,
    /// The course.
    pub(crate) recording: Recording,
    /// Decisions and migrations.
    pub(crate) timeline: Timeline,
    /// The phases that began.
    pub(crate) phases: Vec<PhaseResult>,
    /// What was wrong at any time: of each condition the strongest finding.
    pub(crate) diagnosis: Diagnosis,
    /// The store's own view of itself, at the end.
    pub(crate) telemetry: Telemetry,
}

/// What a phase came to.
#[derive(Clone, Debug)]
pub(crate) struct PhaseResult {
    /// The phase.
    pub(crate) name: String,
    /// When it began, since the run did.
    pub(crate) began: Duration,
    /// How long it lasted.
    pub(crate) length: Duration,
    /// Operations in it, by the threads' own count.
    pub(crate) operations: u64,
    /// Shards at its end.
    pub(crate) shards: usize,
    /// Keys reported at its end.
    pub(crate) hot_keys: Vec<ReportedKey>,
    /// Its most frequent keys by exact count.
    pub(crate) hot_keys_exact: Vec<ExactKey>,
}

impl Run {
    /// The phase whose hot keys stand for the run: the last one with any load.
    pub(crate) fn last_busy_phase(&self) -> Option<&PhaseResult> {
        self.phases.iter().rev().find(|phase| phase.operations > 0)
    }

    /// Least and greatest number of shards.
    pub(crate) fn shards_range(&self) -> (usize, usize) {
        let (initial, last) = (self.shards_initial, self.telemetry.shards.len());
        let (least, most) = self.recording.shards_range().unwrap_or((initial, initial));
        (least.min(initial).min(last), most.max(initial).max(last))
    }

    /// Operations a second, over the whole run.
    pub(crate) fn throughput(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.operations as f64 / seconds } else { 0.0 }
    }
}

/// Leads a run.
pub(crate) struct Conductor<'run> {
    store: &'run Store<Key, u64>,
    plan: &'run Plan,
    settings: Settings<'run>,
    signals: &'run Signals,
    began: Instant,
    last_tick: Duration,
    operations: u64,
    latencies: Latencies,
    shard_loads: ShardLoads,
    recording: Recording,
    timeline: Timeline,
    phases: Vec<PhaseResult>,
    diagnosis: Diagnosis,
    last_check_up: Duration,
}

/// Ends the load threads whatever happens to the conductor, or its panic would wait for them for ever.
struct EndOfRun<'run>(&'run Signals, usize);

impl Drop for EndOfRun<'_> {
    fn drop(&mut self) {
        self.0.begin_phase(self.1);
    }
}

/// Inserts the permanent keys; how many shards there were for the first of them, which is what a store begins with.
fn fill(store: &Store<Key, u64>, plan: &Plan) -> usize {
    let mut shards_initial = 0;
    for (number, key) in plan.keys[..plan.permanent as usize].iter().enumerate() {
        store.insert(key.clone(), 0);
        if number == 0 {
            shards_initial = store.shard_count();
        }
    }
    shards_initial
}

impl<'run> Conductor<'run> {
    /// Fills `store` with the plan's permanent keys, runs the plan on it, and shows it to `view`.
    pub(crate) fn run(
        store: &'run Store<Key, u64>,
        plan: &'run Plan,
        settings: Settings<'run>,
        view: &mut dyn View,
    ) -> Result<Run, Failure> {
        let shards_initial = fill(store, plan);
        let timeline = Timeline::new(store.events(), store.telemetry().uptime);
        let signals = Signals::new(settings.threads);
        let (mut conductor, interrupted, worked) = thread::scope(|scope| {
            let end_of_run = EndOfRun(&signals, plan.phases.len());
            let cores = core_affinity::get_core_ids().unwrap_or_default();
            let threads: Vec<_> = (0..settings.threads)
                .map(|number| {
                    let worker = Worker::new(store, plan, &signals, number, settings.work);
                    let core = cores.get(number % cores.len().max(1)).copied();
                    scope.spawn(move || {
                        // Best effort: a load that may not be pinned is a load all the same.
                        let _ = core.map(core_affinity::set_for_current);
                        worker.run()
                    })
                })
                .collect();
            let mut conductor = Conductor::new(store, plan, settings, &signals, timeline);
            let interrupted = conductor.conduct(view);
            drop(end_of_run);
            let worked: Result<Vec<Worked>, _> = threads.into_iter().map(|thread| thread.join()).collect();
            Ok::<_, Failure>((conductor, interrupted?, worked.map_err(|_| Failure::LoadThread)?))
        })?;
        let elapsed = conductor.began.elapsed();
        conductor.tick(elapsed);
        Ok(conductor.finish(shards_initial, elapsed, interrupted, &worked))
    }

    fn new(
        store: &'run Store<Key, u64>,
        plan: &'run Plan,
        settings: Settings<'run>,
        signals: &'run Signals,
        timeline: Timeline,
    ) -> Self {
        let mut shard_loads = ShardLoads::default();
        shard_loads.since_last(&store.telemetry());
        Self {
            store,
            plan,
            settings,
            signals,
            began: Instant::now(),
            last_tick: Duration::ZERO,
            operations: 0,
            latencies: Latencies::new(),
            shard_loads,
            recording: Recording::default(),
            timeline,
            phases: Vec::new(),
            diagnosis: Diagnosis::default(),
            last_check_up: Duration::ZERO,
        }
    }

    /// Leads the threads through all phases; whether the user ended that early.
    fn conduct(&mut self, view: &mut dyn View) -> Result<bool, Failure> {
        let plan = self.plan;
        let mut end = Duration::ZERO;
        for (number, phase) in plan.phases.iter().enumerate() {
            self.signals.begin_phase(number);
            let began = self.began.elapsed();
            end += phase.duration;
            let interrupted = self.conduct_phase(number, end, view)?;
            self.phases.push(PhaseResult {
                name: phase.name.clone(),
                began,
                length: self.began.elapsed().saturating_sub(began),
                operations: 0,
                shards: self.store.shard_count(),
                hot_keys: hot_keys::reported(self.store),
                hot_keys_exact: Vec::new(),
            });
            if interrupted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn conduct_phase(&mut self, number: usize, end: Duration, view: &mut dyn View) -> Result<bool, Failure> {
        loop {
            let next = (self.last_tick + TICK).min(end);
            while self.began.elapsed() < next {
                if view.wait(next.saturating_sub(self.began.elapsed()))? {
                    return Ok(true);
                }
            }
            let (point, telemetry) = self.tick(self.began.elapsed());
            view.show(&Status {
                title: self.settings.title,
                phase: &self.plan.phases[number].name,
                phase_number: number + 1,
                phases: self.plan.phases.len(),
                duration: self.plan.duration(),
                point: &point,
                recording: &self.recording,
                telemetry: &telemetry,
                hot_keys: &hot_keys::reported(self.store),
                timeline: &self.timeline,
            })?;
            if self.began.elapsed() >= end {
                return Ok(false);
            }
        }
    }

    /// Looks at the store and the threads.
    fn tick(&mut self, at: Duration) -> (Point, Telemetry) {
        if at >= self.last_check_up + CHECK_UP || self.last_check_up.is_zero() {
            self.last_check_up = at;
            self.diagnosis.add(self.store.diagnose());
        }
        let telemetry = self.store.telemetry();
        let (operations, mut latencies) = self.signals.collect();
        let point = Point {
            at,
            length: at.saturating_sub(self.last_tick),
            operations: operations - self.operations,
            latency: latencies.percentiles(),
            shard_loads: self.shard_loads.since_last(&telemetry),
            shards: telemetry.shards.len(),
            entries: telemetry.entries,
        };
        self.last_tick = at;
        self.operations = operations;
        self.latencies.absorb(&mut latencies);
        self.recording.push(point.clone());
        self.timeline.gather();
        (point, telemetry)
    }

    fn finish(mut self, shards_initial: usize, elapsed: Duration, interrupted: bool, worked: &[Worked]) -> Run {
        let mut tally = Tally::default();
        worked.iter().for_each(|worked| tally += worked.tally);
        let mut phases = mem::take(&mut self.phases);
        for (number, (phase, result)) in self.plan.phases.iter().zip(&mut phases).enumerate() {
            let executed = worked.iter().map(|worked| worked.executed[number]);
            result.operations = executed.clone().sum();
            let counts = phase.executed(executed, self.plan.keys.len());
            result.hot_keys_exact = hot_keys::compare(&self.plan.keys, &counts, &mut result.hot_keys);
        }
        Run {
            elapsed,
            interrupted,
            operations: tally.operations,
            proof: Proof::take(self.store, u64::from(self.plan.permanent), &tally),
            latency: self.latencies.percentiles(),
            shards_initial,
            recording: self.recording,
            timeline: self.timeline,
            phases,
            diagnosis: self.diagnosis,
            telemetry: self.store.telemetry(),
        }
    }
}
