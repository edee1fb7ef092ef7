//! What the arguments of `run` come to: everything decided, nothing started.

use std::{
    num::NonZero,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    args::RunArguments,
    failure::Failure,
    policy_file, report_file,
    time_scale::TimeScale,
    trace::{Trace, WRITE_ONE_IN},
    workload::{Plan, Scenario},
};

/// Keys of a scenario where the user does not say.
const KEYS: u32 = 100_000;
/// Length of a scenario, in which each phase of the default one lasts a few seconds.
const SCENARIO_SECONDS: f64 = 20.0;
/// Length of a replay.
const TRACE_SECONDS: f64 = 10.0;
/// Load threads at least: one alone never waits for anybody.
const THREADS_MIN: usize = 2;
/// Seconds of load that the default scenario stands for, however long it runs: a minute without accesses, after which a
/// store is idle by default, must fit its last phase, which is a quarter of it.
const ADAPTATION_SECONDS: f64 = 400.0;
/// Rounds of arithmetic in an operation: about 100 ns, the time of a small copy or comparison of a value.
const WORK: u32 = 100;

/// A run, resolved.
#[derive(Debug)]
pub(crate) struct RunConfig {
    /// What is run, in words.
    pub(crate) title: String,
    /// Whether a trace is replayed.
    pub(crate) is_trace: bool,
    /// The work.
    pub(crate) plan: Plan,
    /// Load threads.
    pub(crate) threads: usize,
    /// Rounds of arithmetic in an operation.
    pub(crate) work: u32,
    /// The store's policy file.
    pub(crate) policy: Option<PathBuf>,
    /// The store's profile.
    pub(crate) profile: Option<String>,
    /// How the tuner's clocks are compressed.
    pub(crate) time_scale: TimeScale,
    /// Where the results go as JSON.
    pub(crate) json: Option<PathBuf>,
    /// Where the results go as HTML.
    pub(crate) html: Option<PathBuf>,
    /// Whether plain lines are wanted on a terminal, too.
    pub(crate) plain: bool,
}

impl RunConfig {
    /// Decides everything that the user left open, and refuses what cannot be.
    pub(crate) fn resolve(arguments: RunArguments) -> Result<Self, Failure> {
        for path in [&arguments.json, &arguments.html].into_iter().flatten() {
            report_file::check(path)?;
        }
        let effective = policy_file::effective(arguments.profile.as_deref(), arguments.policy.as_deref())?;
        let scenario = arguments.scenario.unwrap_or(Scenario::Adaptation);
        let is_trace = arguments.trace.is_some();
        let seconds = arguments.seconds.unwrap_or(if is_trace { TRACE_SECONDS } else { SCENARIO_SECONDS });
        let factor = match (arguments.time_scale, is_trace, scenario) {
            (Some(factor), ..) => factor,
            (None, false, Scenario::Adaptation) => (ADAPTATION_SECONDS / seconds).max(1.0),
            _ => 1.0,
        };
        let threads = arguments.threads.map_or_else(threads_default, usize::from);
        let (title, plan) = match &arguments.trace {
            Some(path) => replay(path, &arguments, threads, seconds)?,
            None => synthetic(scenario, &arguments, threads, seconds),
        };
        Ok(Self {
            title,
            is_trace,
            plan,
            threads,
            work: arguments.work.unwrap_or(WORK),
            time_scale: TimeScale::new(factor, &effective),
            policy: arguments.policy,
            profile: arguments.profile,
            json: arguments.json,
            html: arguments.html,
            plain: arguments.plain,
        })
    }
}

fn replay(path: &Path, arguments: &RunArguments, threads: usize, seconds: f64) -> Result<(String, Plan), Failure> {
    let trace = Trace::load(path, arguments.format)?;
    let writes = if trace.kinds_recorded { String::new() } else { format!(", one in {WRITE_ONE_IN} made a write") };
    let title = format!(
        "trace {} ({}: {} accesses{writes}, {} keys)",
        trace.file,
        trace.format.name(),
        trace.operations.len(),
        trace.keys.len()
    );
    Ok((title, Plan::of_trace(trace, threads, Duration::from_secs_f64(seconds))))
}

fn synthetic(scenario: Scenario, arguments: &RunArguments, threads: usize, seconds: f64) -> (String, Plan) {
    let keys = arguments.keys.unwrap_or(KEYS);
    let duration = Duration::from_secs_f64(seconds);
    let title = format!("scenario {} ({keys} keys)", scenario.name());
    (title, Plan::of_scenario(&scenario.phases(), keys, threads, duration))
}

fn threads_default() -> usize {
    thread::available_parallelism().map_or(THREADS_MIN, NonZero::get).max(THREADS_MIN)
}
