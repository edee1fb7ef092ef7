//! A run's whole work: keys and, for each phase and thread, a script.

use std::time::Duration;

use super::{Operation, Phase, phase::KeyCounts};
use crate::{key::Key, trace::Trace};

/// Operations of a script at least: long enough that its draws look like the law they came from.
const SCRIPT_LENGTH_MIN: usize = 1 << 16;
/// Operations of a script at most: 32 MB a thread and phase.
const SCRIPT_LENGTH_MAX: usize = 1 << 22;
/// Seed of the scripts: the same arguments, the same work.
const SEED: u64 = 0x5EED;

/// Everything that the load threads will do, made before the clock starts.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The keys that operations name by position.
    pub(crate) keys: Vec<Key>,
    /// How many of them, from the first on, are there from start to end.
    pub(crate) permanent: u32,
    /// The phases, in order.
    pub(crate) phases: Vec<PhasePlan>,
}

/// A phase with its time and its work.
#[derive(Debug)]
pub(crate) struct PhasePlan {
    /// What it is called in reports.
    pub(crate) name: String,
    /// How long it lasts.
    pub(crate) duration: Duration,
    /// A script for each thread, which repeats it until the time is up; empty scripts are silence.
    pub(crate) scripts: Vec<Vec<Operation>>,
}

impl Plan {
    /// The plan of a scenario over `keys` permanent keys, and a third as many transient ones.
    pub(crate) fn of_scenario(phases: &[Phase], keys: u32, threads: usize, duration: Duration) -> Self {
        let counts = KeyCounts { permanent: keys, transient: (keys / 3).max(1) };
        let length = (2 * keys as usize / threads).next_power_of_two().clamp(SCRIPT_LENGTH_MIN, SCRIPT_LENGTH_MAX);
        let weights: u32 = phases.iter().map(|phase| phase.weight).sum();
        let scripts = |number: u64, phase: &Phase| {
            let script = |thread: u64| {
                phase.busy.map_or_else(Vec::new, |busy| busy.script(counts, length, SEED + (number << 32) + thread))
            };
            (0..threads as u64).map(script).collect()
        };
        let phases = (0_u64..).zip(phases).map(|(number, phase)| PhasePlan {
            name: phase.name.to_owned(),
            duration: duration * phase.weight / weights,
            scripts: scripts(number, phase),
        });
        let total = u64::from(counts.permanent) + u64::from(counts.transient);
        Self { phases: phases.collect(), keys: (0..total).map(Key::Number).collect(), permanent: keys }
    }

    /// The plan of a trace: thread `i` of `n` replays accesses `i`, `i + n`, `i + 2n`, …, over and over.
    pub(crate) fn of_trace(trace: Trace, threads: usize, duration: Duration) -> Self {
        let script = |thread| trace.operations.iter().copied().skip(thread).step_by(threads).collect();
        let phase = PhasePlan {
            name: format!("replay of {}", trace.file),
            duration,
            scripts: (0..threads).map(script).collect(),
        };
        // A trace has fewer keys than accesses, and those are fewer than 2^32.
        Self { phases: vec![phase], permanent: trace.keys.len() as u32, keys: trace.keys }
    }

    /// How long all phases last.
    pub(crate) fn duration(&self) -> Duration {
        self.phases.iter().map(|phase| phase.duration).sum()
    }
}

impl PhasePlan {
    /// How often each key was accessed, exactly, when each thread has carried out so many operations of its script.
    pub(crate) fn executed(&self, operations: impl IntoIterator<Item = u64>, keys: usize) -> Vec<u64> {
        let mut counts = vec![0; keys];
        for (script, executed) in self.scripts.iter().zip(operations) {
            if script.is_empty() {
                continue;
            }
            let (rounds, rest) = (executed / script.len() as u64, executed as usize % script.len());
            for (position, operation) in script.iter().enumerate() {
                counts[operation.key as usize] += rounds + u64::from(position < rest);
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        trace::Format,
        workload::{Kind, Scenario},
    };

    fn trace() -> Trace {
        let operations = [0, 1, 0, 2, 0].map(|key| Operation { key, kind: Kind::Read });
        let keys = (0..3).map(Key::Number).collect();
        let file = "made".to_owned();
        Trace { file, format: Format::Plain, keys, operations: operations.into(), kinds_recorded: false }
    }

    #[test]
    fn threads_share_a_trace_without_overlap() {
        let plan = Plan::of_trace(trace(), 2, Duration::from_secs(1));
        let keys = |script: &[Operation]| script.iter().map(|operation| operation.key).collect::<Vec<_>>();
        let scripts = &plan.phases[0].scripts;
        assert_eq!((keys(&scripts[0]), keys(&scripts[1])), (vec![0, 0, 0], vec![1, 2]));
    }

    #[test]
    fn executed_counts_are_exact_within_a_round() {
        let plan = Plan::of_trace(trace(), 2, Duration::from_secs(1));
        assert_eq!(plan.phases[0].executed([4, 3], 3), [4, 2, 1]);
    }

    #[test]
    fn more_threads_than_accesses_leave_some_silent() {
        let plan = Plan::of_trace(trace(), 8, Duration::from_secs(1));
        assert_eq!(plan.phases[0].executed([1; 8], 3), [3, 1, 1]);
    }

    #[test]
    fn phases_share_the_time_by_weight() {
        let plan = Plan::of_scenario(&Scenario::Adaptation.phases(), 100, 2, Duration::from_secs(40));
        assert_eq!(plan.duration(), Duration::from_secs(40));
        assert_eq!(plan.phases[0].duration, Duration::from_secs(6));
        assert!(plan.phases.last().is_some_and(|idle| idle.scripts.iter().all(Vec::is_empty)));
    }
}
