//! The tuner's thread: one for all stores of the process.
//!
//! It starts with the first store that is used enough to be tuned, and ends with the last. While nothing happens it sleeps without
//! a time-out; whoever makes the next sample wakes it. A wake-up may be missed when a sample is made just as the thread goes to
//! sleep: the next sample makes up for it, so no fence is spent on it.
#![forbid(unsafe_code)]

use std::{
    cell::Cell,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    process,
    time::{Duration, Instant},
};

use autoshard_tuning::Action;

use super::{Actuator, brain::is_driven, watch::watch};
use crate::{
    affinity,
    control::{Control, Driver},
    migration::{Pace, Step},
    presence,
    sync::{
        Arc, Condvar, Mutex, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
        statics,
        thread::{Builder, JoinHandle},
        thread_local,
    },
    telemetry::EventKind,
};

/// Between two collections of samples while stores are busy. A guess: rings hold some 20 times what comes in meanwhile.
const COLLECTION_INTERVAL: Duration = Duration::from_millis(20);
/// The same while the stores are watched less, and samples are rarer: each time, the thread finds its memory gone from the caches.
const CALM_COLLECTION_INTERVAL: Duration = Duration::from_millis(50);
/// Between two windows of a store in which nothing happens: a fraction of the time after which it counts as idle.
const IDLE_WINDOWS: u32 = 8;
/// A store in which nothing happened for so many times the policy's idle time has given back what it will.
const IDLE_TIMES: u32 = 3;
/// Steps in a row for one store before the others have their turn.
const STEPS_PER_TURN: u32 = 64;
/// Attention below which a store counts as one that is watched less. A guess: rings hold more than thrice what comes in then, by default.
const CALM_ATTENTION: f64 = 0.25;
/// Rest after a step that found somebody in the way.
const WAITING_REST: Duration = Duration::from_micros(200);

/// Between two looks at policy files: two must find the same, and a change is to be in force within a second.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Samples are never rarer than one access in so many.
const SAMPLE_MEAN_MAX: u32 = 1 << 16;

statics! {
    static TUNER: Mutex<Tuner> = Mutex::new(Tuner { stores: Vec::new(), thread: None, generation: 0 });
    /// Wakes the thread: a sample was made, or the list of stores changed.
    static WAKE: Condvar = Condvar::new();
    static ASLEEP: AtomicBool = AtomicBool::new(false);
    /// The process in which the thread was started; 0 before.
    static PROCESS: AtomicU32 = AtomicU32::new(0);
}

struct Tuner {
    stores: Vec<Arc<Registration>>,
    thread: Option<JoinHandle<()>>,
    /// Counts threads: one whose number is past ends, also if stores have come since.
    generation: u64,
}

impl Tuner {
    /// Whether the thread of this generation has nothing left to do.
    fn is_over(&mut self, generation: u64) -> bool {
        if self.generation == generation && self.stores.is_empty() {
            // Whoever registers next starts another thread, also if nobody joins this one.
            self.thread = None;
            self.generation += 1;
        }
        self.generation != generation
    }
}

/// A store that the tuner knows.
struct Registration {
    control: Arc<Control>,
    /// The store's body, if this thread may run steps in it.
    actuator: Option<Weak<dyn Actuator>>,
    /// When something last happened in it.
    active: Mutex<Instant>,
}

thread_local! {
    static IS_TUNER: Cell<bool> = const { Cell::new(false) };
}

/// Whether this process was forked off one in which the thread runs: it does not run here.
pub(crate) fn is_forked() -> bool {
    let started_in = PROCESS.load(Ordering::Relaxed);
    started_in != 0 && started_in != process::id()
}

/// Whether the calling thread is the tuner's.
pub(crate) fn is_tuner_thread() -> bool {
    IS_TUNER.with(Cell::get)
}

/// Makes a store known. Starts the thread if there is none; without one, the store says that it is not tuned.
pub(crate) fn register(control: &Arc<Control>, actuator: Option<Weak<dyn Actuator>>) {
    let registration = Registration { control: Arc::clone(control), actuator, active: Mutex::new(Instant::now()) };
    if is_forked() {
        // Whatever the thread held when the process was forked off is held for ever, perhaps the list itself.
        go_without(control, "this process was forked off one with a tuner");
        return;
    }
    let mut tuner = TUNER.lock();
    tuner.stores.push(Arc::new(registration));
    if tuner.thread.is_none() {
        tuner.generation += 1;
        let generation = tuner.generation;
        match Builder::new().name("autoshard-tuner".to_owned()).spawn(move || run(generation)) {
            Ok(thread) => {
                PROCESS.store(process::id(), Ordering::Relaxed);
                tuner.thread = Some(thread);
            }
            // It stays on the list, so that `tune_now` gets its samples.
            Err(error) => go_without(control, &error.to_string()),
        }
    }
    let budget = tuner.stores.iter().map(|store| store.control.policy().hot_keys.sample_every).min();
    presence::set_sample_mean(budget.unwrap_or(1));
    drop(tuner);
    wake();
}

fn go_without(control: &Control, why: &str) {
    control.set_driver(Driver::Manual);
    let message = format!("there is no background thread ({why}); the store serves untuned");
    control.announce(EventKind::TunerUnavailable { message });
}

/// Forgets a store that is closed. With the last one the thread ends, and is waited for.
pub(crate) fn unregister(control: &Control) {
    if is_forked() {
        return;
    }
    let mut tuner = TUNER.lock();
    tuner.stores.retain(|store| store.control.number != control.number);
    let ending = if tuner.stores.is_empty() && !is_tuner_thread() { tuner.thread.take() } else { None };
    if ending.is_some() {
        tuner.generation += 1;
    }
    if tuner.stores.is_empty() {
        // The next store begins as if it were the first: nothing is known of its load.
        presence::set_sample_mean(presence::SAMPLE_MEAN_FIRST);
    }
    drop(tuner);
    if let Some(thread) = ending {
        wake();
        // It does not panic (`run` catches what stores do), and if it did, the store would have no use for that.
        drop(thread.join());
    }
}

/// Wakes the thread if it sleeps without a time-out; for those who make samples.
#[inline]
pub(crate) fn nudge() {
    if ASLEEP.load(Ordering::Relaxed) {
        wake();
    }
}

fn wake() {
    ASLEEP.store(false, Ordering::Relaxed);
    if is_forked() {
        return;
    }
    // Under the lock, so that the thread is either before its look at the list or already waiting.
    let _tuner = TUNER.lock();
    ASLEEP.store(false, Ordering::Relaxed);
    WAKE.notify_all();
}

/// Hands all samples of the process to their stores.
pub(super) fn collect() -> u64 {
    if is_forked() {
        return 0;
    }
    let stores = TUNER.lock().stores.clone();
    collect_for(&stores)
}

fn collect_for(stores: &[Arc<Registration>]) -> u64 {
    let by_number: HashMap<u32, &Control> =
        stores.iter().map(|store| (store.control.number, &*store.control)).collect();
    let stands_for = presence::sample_mean();
    let mut samples = 0;
    // Mostly the same store's, one after another.
    let mut last: Option<&Control> = None;
    presence::collect(|thread, sample| {
        samples += 1;
        last = last.filter(|control| control.number == sample.store).or_else(|| by_number.get(&sample.store).copied());
        // Samples of stores that are gone are left over now and then.
        if let Some(control) = last {
            control.tuning().brain.lock().record(control, sample.hash, sample.is_write, thread, stands_for);
        }
    });
    samples
}

/// What a round found out about when the next one is due.
enum Next {
    /// At once.
    Now,
    /// After this long, or when woken.
    After(Duration),
    /// When woken.
    Woken,
}

/// The thread.
fn run(generation: u64) {
    IS_TUNER.with(|is_tuner| is_tuner.set(true));
    affinity::adopt();
    let mut intake = Intake { since: Instant::now(), samples: 0, missed_before: presence::samples_missed() };
    let mut next = Next::Now;
    let mut looked: Option<Instant> = None;
    loop {
        let Some(stores) = rest(generation, next) else { return };
        intake.samples += collect_for(&stores);
        let now = Instant::now();
        intake.adapt(&stores, now);
        let is_look_due = looked.is_none_or(|looked| now.saturating_duration_since(looked) >= LOOK_INTERVAL);
        if is_look_due {
            looked = Some(now);
        }
        watch().lock().look_now_and_then();
        next = stores.iter().fold(Next::Woken, |next, store| {
            // What a store's user code does in a step is caught there; this is for faults of ours: they must not end the
            // tuning of other stores.
            let turn = || {
                if is_look_due {
                    store.control.look_at_policy(now);
                }
                watchful(store, turn(store, now))
            };
            sooner(next, catch_unwind(AssertUnwindSafe(turn)).unwrap_or(Next::Woken))
        });
    }
}

/// Sleeps until the next round is due; `None` once no store is left.
fn rest(generation: u64, next: Next) -> Option<Vec<Arc<Registration>>> {
    let mut tuner = TUNER.lock();
    if tuner.is_over(generation) {
        return None;
    }
    match next {
        Next::Now => {}
        Next::After(timeout) => drop(WAKE.wait_for(&mut tuner, timeout)),
        Next::Woken => {
            ASLEEP.store(true, Ordering::Relaxed);
            WAKE.wait(&mut tuner);
            ASLEEP.store(false, Ordering::Relaxed);
        }
    }
    if tuner.is_over(generation) {
        return None;
    }
    Some(tuner.stores.clone())
}

fn sooner(one: Next, other: Next) -> Next {
    match (one, other) {
        (Next::Now, _) | (_, Next::Now) => Next::Now,
        (Next::After(one), Next::After(other)) => Next::After(one.min(other)),
        (Next::After(time), Next::Woken) | (Next::Woken, Next::After(time)) => Next::After(time),
        (Next::Woken, Next::Woken) => Next::Woken,
    }
}

/// When the next round is due for a store whose policy file may change; one that is idle waits for its next use.
fn watchful(store: &Registration, next: Next) -> Next {
    match next {
        Next::After(time) if time > LOOK_INTERVAL && store.control.policy.is_watched() => Next::After(LOOK_INTERVAL),
        next => next,
    }
}

/// One store's turn: steps if there is work, a judgement if its window is over.
fn turn(store: &Registration, now: Instant) -> Next {
    let control = &store.control;
    if control.is_closed() || !is_driven(control.driver()) {
        return Next::Woken;
    }
    let work = carry_out(store);
    let judged = judge_if_due(store, now);
    match work {
        Some(next) => sooner(next, judged),
        None if control.has_work() && store.actuator.is_some() => Next::Now,
        None => judged,
    }
}

/// Runs steps, if this thread may; `None` if there was nothing to do.
fn carry_out(store: &Registration) -> Option<Next> {
    let control = &store.control;
    let actuator = store.actuator.as_ref().filter(|_| control.has_work())?;
    let mut pace = Pace::new();
    for _ in 0..STEPS_PER_TURN {
        let step = control.under_lease(|| {
            let body = actuator.upgrade();
            body.map_or(Step::Idle, |body| body.step(control.policy().migration.step()))
        });
        match step {
            None | Some(Step::Idle) => return None,
            Some(Step::Waiting) => return Some(Next::After(WAITING_REST)),
            Some(Step::Worked) => pace.rest_if_due(),
        }
    }
    Some(Next::Now)
}

/// What the thread does for a store that has work, for models, which have no such thread.
#[cfg(autoshard_shuttle)]
pub(crate) fn work_of_tuner(control: Arc<Control>, actuator: Weak<dyn Actuator>) -> impl Fn() {
    let store = Registration { control, actuator: Some(actuator), active: Mutex::new(Instant::now()) };
    move || {
        let _ = carry_out(&store);
    }
}

/// Judges the window if it is over; says when the next judgement is due.
fn judge_if_due(store: &Registration, now: Instant) -> Next {
    let control = &store.control;
    let policy = control.policy();
    let mut brain = control.tuning().brain.lock();
    let Some(began) = brain.window_began() else { return Next::After(policy.tuner.window()) };
    let mut active = store.active.lock();
    if brain.window_samples() > 0 {
        *active = now;
    }
    let idle_for = now.saturating_duration_since(*active);
    if idle_for > policy.tuner.idle().saturating_mul(IDLE_TIMES) && !control.has_work() {
        return Next::Woken;
    }
    let is_quiet = idle_for > policy.tuner.window();
    let length =
        if is_quiet { policy.tuner.window().max(policy.tuner.idle() / IDLE_WINDOWS) } else { policy.tuner.window() };
    let interval = if brain.attention() < CALM_ATTENTION { CALM_COLLECTION_INTERVAL } else { COLLECTION_INTERVAL };
    let elapsed = now.saturating_duration_since(began);
    if elapsed < length {
        let left = length - elapsed;
        return Next::After(if is_quiet { left } else { left.min(interval) });
    }
    let judgement = brain.judge(control, presence::sample_mean());
    drop(brain);
    drop(active);
    judgement.apply_biases(control);
    if let Action::Reshard(plan) = judgement.decision.action {
        control.submit(plan);
        return if store.actuator.is_some() { Next::Now } else { Next::After(COLLECTION_INTERVAL) };
    }
    Next::After(if is_quiet { length } else { interval })
}

/// Samples that came in since the sampling was last adapted.
struct Intake {
    since: Instant,
    samples: u64,
    /// Samples that the process had missed until then.
    missed_before: u64,
}

impl Intake {
    /// Keeps the intake near the budget, but for no more samples than the policy wants: the mean follows what came in. Of the budget, the
    /// store that deserves most attention has its part; one of which nothing is known yet, all of it.
    fn adapt(&mut self, stores: &[Arc<Registration>], now: Instant) {
        let elapsed = now.saturating_duration_since(self.since);
        let policies = || stores.iter().map(|store| store.control.policy().hot_keys.clone());
        let wanted = policies().map(|policy| policy.sample_every).min();
        let budget = policies().map(|policy| policy.samples_per_s_max).min();
        let (Some(wanted), Some(budget)) = (wanted, budget) else { return };
        if elapsed < COLLECTION_INTERVAL / 2 {
            return;
        }
        let attention = stores.iter().map(|store| store.control.tuning().brain.lock().attention()).fold(0.0, f64::max);
        let budget = budget as f64 * if attention > 0.0 { attention } else { 1.0 };
        let mean = f64::from(presence::sample_mean());
        // Without those that were missed, full rings would look like a kept budget.
        let missed = presence::samples_missed();
        let made = self.samples + missed.saturating_sub(self.missed_before);
        let within = mean * made as f64 / (budget * elapsed.as_secs_f64()).max(1.0);
        // Half-way there at a time, since one interval may be a burst or a pause.
        let next = ((mean + within) / 2.0).round() as u32;
        presence::set_sample_mean(next.clamp(wanted, SAMPLE_MEAN_MAX.max(wanted)));
        *self = Self { since: now, samples: 0, missed_before: missed };
    }
}
