//! Fixed numbers of shards: what somebody who tries them all would choose from.

use super::{
    machine::Machine,
    simulation::{Run, Simulation},
    workload::Workload,
};
use crate::{Policy, Strategy};

/// The numbers of shards that are tried.
pub const STATIC_COUNTS: [u32; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/// What a fixed number of shards makes of a phase.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StaticPhase {
    /// Shards.
    pub shards: u32,
    /// The phase, from 0.
    pub phase: usize,
    /// Millions of operations a second, once settled.
    pub mops: f64,
}

/// A policy that keeps so many shards, and leaves the modes of their locks to the tuner.
pub(super) fn fixed_at(policy: &Policy, shards: u32) -> Policy {
    let mut policy = policy.clone();
    policy.tuner.strategy = Strategy::Fixed;
    policy.shards.initial = Some(shards);
    policy.shards.max = policy.shards.max.max(shards);
    policy
}

/// Runs a workload with each of these [numbers of shards](STATIC_COUNTS), which stay; so many windows of each phase at most.
#[must_use]
pub fn sweep(machine: &Machine, policy: &Policy, workload: &Workload, windows: u32, seed: u64) -> Vec<StaticPhase> {
    let short = shortened(workload, policy, windows);
    let of_count = |shards: u32| {
        let run = Simulation::new(machine, &fixed_at(policy, shards)).seed(seed).run(&short);
        (0..short.phases.len()).map(move |phase| StaticPhase { shards, phase, mops: run.settled_mops(phase) })
    };
    STATIC_COUNTS.into_iter().flat_map(of_count).collect()
}

/// The same phases with so many windows each at most: what does not move has settled soon.
fn shortened(workload: &Workload, policy: &Policy, windows: u32) -> Workload {
    let mut workload = workload.clone();
    let longest = policy.tuner.window() * windows;
    workload.phases.iter_mut().for_each(|phase| phase.length = phase.length.min(longest));
    workload
}

impl Run {
    /// Millions of operations a second in the second half of a phase: the median of its windows.
    #[must_use]
    pub fn settled_mops(&self, phase: usize) -> f64 {
        let windows: Vec<_> = self.windows.iter().filter(|window| window.phase == phase).collect();
        let mut mops: Vec<f64> = windows[windows.len() / 2..].iter().map(|window| window.mops).collect();
        mops.sort_unstable_by(f64::total_cmp);
        mops.get(mops.len() / 2).copied().unwrap_or(0.0)
    }
}
