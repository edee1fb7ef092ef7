//! What is simulated: the arguments, resolved.

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use autoshard_tuning::{
    Policy,
    simulator::{Machine, Traffic, Workload},
};

use crate::{
    args::SimulateArguments,
    failure::Failure,
    policy_file,
    trace::{Trace, WRITE_ONE_IN},
    workload::Kind,
};

/// What is simulated where the user does not say: what the store is for.
const WORKLOAD: &str = "adaptation";
/// Length of a replay in virtual time.
const TRACE_LENGTH: Duration = Duration::from_secs(8);

/// A machine, a policy and a workload.
pub(crate) struct Subject {
    pub(crate) machine: Machine,
    pub(crate) policy: Policy,
    pub(crate) workload: Workload,
    pub(crate) threads: u32,
    pub(crate) seed: u64,
}

impl Subject {
    /// Decides what the user left open, and refuses what cannot be.
    pub(crate) fn resolve(arguments: &SimulateArguments) -> Result<Self, Failure> {
        let cores = arguments.cores.map_or_else(cores_here, u32::from);
        let threads = arguments.threads.map_or(cores, u32::from);
        let policy = policy_file::effective(arguments.profile.as_deref(), arguments.policy.as_deref())?.policy;
        let name = arguments.workload.as_deref().unwrap_or(WORKLOAD);
        let mut workload = match &arguments.trace {
            Some(path) => replay(Trace::load(path, arguments.format)?, threads),
            None => Workload::named(name, threads).ok_or_else(|| Failure::Workload { name: name.to_owned() })?,
        };
        stretch(&mut workload, arguments.phase_seconds);
        Ok(Self { machine: machine(cores, arguments.far), policy, workload, threads, seed: arguments.seed })
    }
}

/// Gives all phases this length, if one is wanted.
pub(super) fn stretch(workload: &mut Workload, phase_seconds: Option<f64>) {
    let Some(seconds) = phase_seconds else { return };
    let length = Duration::from_secs_f64(seconds);
    workload.phases.iter_mut().for_each(|phase| phase.length = length);
}

/// A machine of so many cores.
pub(crate) fn machine(cores: u32, is_far: bool) -> Machine {
    if is_far { Machine::far(cores) } else { Machine::near(cores) }
}

/// Cores of the machine at hand.
pub(super) fn cores_here() -> u32 {
    thread::available_parallelism().map_or(1, NonZero::get) as u32
}

/// A recording: its keys by how often they come, and its share of writes.
fn replay(trace: Trace, threads: u32) -> Workload {
    let mut counts = vec![0_u64; trace.keys.len()];
    trace.operations.iter().for_each(|operation| counts[operation.key as usize] += 1);
    let mut by_count: Vec<u32> = (0..counts.len() as u32).collect();
    by_count.sort_by_key(|&key| std::cmp::Reverse(counts[key as usize]));
    let mut places = vec![0; counts.len()];
    (0..).zip(&by_count).for_each(|(place, &key)| places[key as usize] = place);
    let writes = trace.operations.iter().filter(|operation| operation.kind != Kind::Read).count();
    let write_share = if trace.kinds_recorded {
        writes as f64 / trace.operations.len().max(1) as f64
    } else {
        1.0 / WRITE_ONE_IN as f64
    };
    let recorded: Arc<[u32]> = trace.operations.iter().map(|operation| places[operation.key as usize]).collect();
    let traffic = Traffic::reads(threads, 1).writing(write_share).recorded(recorded);
    Workload::steady(&format!("trace {}", trace.file), TRACE_LENGTH, traffic)
}
