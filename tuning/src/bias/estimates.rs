//! What the parts of locking cost on the machine, as far as revocations have shown it.

use std::{ops::RangeInclusive, time::Duration};

use super::{Costs, Crowd};
use crate::{Observation, ShardObservation, Timing};

/// Least part of the way to what a window shows that an estimate goes; the first windows count alike, and so for more. A guess:
/// a machine that has changed is known after some windows.
const STEP_MIN: f64 = 0.25;
/// What a window shows counts as being at most this factor away: one in which whoever was timed lost the processor moves what
/// many windows have shown by a fifth.
const FACTOR_MAX: f64 = 2.0;
/// Timings with which a window counts in full. A guess: the median of as many is no chance any more.
const TIMINGS_FULL: u64 = 16;
/// After so long without a timing, lines may cost something else than is known. A guess: a trial each time costs nothing that
/// shows, and phases of machines are longer.
const STALE_AFTER: Duration = Duration::from_secs(10);
/// A revoker looks at the lines of threads at other cores. With fewer of those than this in the mean, its time says
/// nothing of them.
const OTHERS_MIN: f64 = 0.4;
/// What a line can cost, in nanoseconds: from two threads of one core to sockets far apart.
const LINE_NS: RangeInclusive<f64> = 5.0..=1000.0;
/// What a heavy barrier can cost, in nanoseconds: where all threads run on one core it is a system call.
const BARRIER_NS: RangeInclusive<f64> = 100.0..=1e6;

/// A cost that is learned.
#[derive(Clone, Copy, Debug, Default)]
struct Estimate {
    /// Logarithm of its ratio to the value that it began with.
    log_ratio: f64,
    /// Windows that have shown it, each counted for the part of the timings that it takes to count in full.
    windows: f64,
}

impl Estimate {
    fn ns(self, start_ns: f64, sane: RangeInclusive<f64>) -> f64 {
        // What the policy says holds as it is while nothing contradicts it.
        if self.windows == 0.0 {
            return start_ns;
        }
        (start_ns * self.log_ratio.exp()).clamp(*sane.start(), *sane.end())
    }

    /// Takes into account that a window showed this cost.
    fn learn(&mut self, seen_ns: f64, timings: u64, start_ns: f64, sane: RangeInclusive<f64>) {
        let seen = (seen_ns.clamp(*sane.start(), *sane.end()) / start_ns).ln();
        let weight = timings.min(TIMINGS_FULL) as f64 / TIMINGS_FULL as f64;
        if seen.is_finite() && weight > 0.0 {
            self.windows += weight;
            let step = weight * self.windows.max(1.0).recip().max(STEP_MIN);
            self.log_ratio += step * (seen - self.log_ratio).clamp(-FACTOR_MAX.ln(), FACTOR_MAX.ln());
        }
    }
}

/// What was learned of the costs of locking in one store.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Estimates {
    line: Estimate,
    barrier: Estimate,
    /// Since a line's cost was last seen.
    unseen_for: Duration,
}

impl Estimates {
    /// Takes a window into account.
    pub(super) fn note(&mut self, observation: &Observation, crowd: Crowd) {
        let start = observation.costs;
        let looks = Typical::of(&observation.shards, |shard| shard.looks).filter(|_| crowd.others() >= OTHERS_MIN);
        self.unseen_for = self.unseen_for.saturating_add(observation.window);
        if let Some(look) = looks {
            let line_ns = start.line_ns_of_look(look.ns, crowd);
            self.line.learn(line_ns, look.timings, start.remote_line_ns, LINE_NS);
            self.unseen_for = Duration::ZERO;
        }
        if let Some(barrier) = Typical::of(&observation.shards, |shard| shard.barriers) {
            self.barrier.learn(barrier.ns, barrier.timings, start.heavy_barrier_ns, BARRIER_NS);
        }
    }

    /// Whether it is time to see again what a line costs; then not again for as long.
    pub(super) fn is_trial_due(&mut self) -> bool {
        let is_due = self.unseen_for >= STALE_AFTER;
        if is_due {
            self.unseen_for = Duration::ZERO;
        }
        is_due
    }

    /// The costs to judge by, of those to begin with.
    pub(super) fn costs(&self, start: Costs) -> Costs {
        Costs {
            remote_line_ns: self.line.ns(start.remote_line_ns, LINE_NS),
            heavy_barrier_ns: self.barrier.ns(start.heavy_barrier_ns, BARRIER_NS),
            ..start
        }
    }
}

/// What something mostly took in a window: the median of the shards' means, since few shards have the mean of an outlier.
struct Typical {
    ns: f64,
    timings: u64,
}

impl Typical {
    fn of(shards: &[ShardObservation], timing: impl Fn(&ShardObservation) -> Timing) -> Option<Self> {
        let mut means: Vec<f64> = shards.iter().filter_map(|shard| timing(shard).mean_ns()).collect();
        let timings = shards.iter().fold(0, |sum: u64, shard| sum.saturating_add(timing(shard).count));
        let middle = means.len() / 2;
        (!means.is_empty()).then(|| Self { ns: *means.select_nth_unstable_by(middle, f64::total_cmp).1, timings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CROWD: Crowd = Crowd { threads: 2, busy_cores: 2.0 };

    /// A window in which so many shards were revoked at this cost of a line, and each paid for a barrier.
    fn window(shards: u16, line_ns: f64, barrier_ns: u64) -> Observation {
        let look_ns = Costs { remote_line_ns: line_ns, ..Costs::default() }.look_ns(CROWD) as u64;
        let shard = |id| ShardObservation {
            id,
            looks: Timing { count: 2, ns: 2 * look_ns },
            barriers: Timing { count: 1, ns: barrier_ns },
            ..ShardObservation::default()
        };
        let window = Duration::from_millis(100);
        Observation { window, shards: (0..shards).map(shard).collect(), ..Observation::default() }
    }

    fn line_after(estimates: &mut Estimates, windows: u32, observation: &Observation) -> f64 {
        (0..windows).for_each(|_| estimates.note(observation, CROWD));
        estimates.costs(Costs::default()).remote_line_ns
    }

    #[test]
    fn costs_are_those_to_begin_with_until_something_was_timed_and_then_follow_it() {
        let mut estimates = Estimates::default();
        estimates.note(&Observation { window: Duration::from_secs(5), ..Observation::default() }, CROWD);
        assert_eq!(estimates.costs(Costs::default()), Costs::default());
        for (line_ns, barrier_ns) in [(220.0, 11_000), (25.0, 6_000), (60.0, 60_000)] {
            let line = line_after(&mut estimates, 20, &window(64, line_ns, barrier_ns));
            assert!((line / line_ns - 1.0).abs() < 0.05, "{line} of {line_ns}");
            let barrier = estimates.costs(Costs::default()).heavy_barrier_ns;
            assert!((barrier / barrier_ns as f64 - 1.0).abs() < 0.05, "{barrier} of {barrier_ns}");
        }
    }

    #[test]
    fn few_shards_that_took_long_change_nothing_and_a_window_of_them_little() {
        let mut estimates = Estimates::default();
        line_after(&mut estimates, 10, &window(64, 100.0, 8000));
        let mut observation = window(64, 100.0, 8000);
        observation.shards.iter_mut().take(30).for_each(|shard| shard.looks.ns = 4_000_000);
        assert!((line_after(&mut estimates, 1, &observation) - 100.0).abs() < 1.0);
        observation.shards.iter_mut().for_each(|shard| shard.looks.ns = 4_000_000);
        assert!((100.0..=120.0).contains(&line_after(&mut estimates, 1, &observation)));
    }

    #[test]
    fn a_trial_is_due_when_lines_were_not_seen_for_long() {
        let mut estimates = Estimates::default();
        let idle = Observation { window: STALE_AFTER / 2, ..Observation::default() };
        let due = [(); 5].map(|()| {
            estimates.note(&idle, CROWD);
            estimates.is_trial_due()
        });
        assert_eq!(due, [false, true, false, true, false]);
        estimates.note(&window(64, 25.0, 8000), CROWD);
        estimates.note(&idle, CROWD);
        assert!(!estimates.is_trial_due());
    }

    #[test]
    fn nothing_leaves_the_sane_range() {
        let mut estimates = Estimates::default();
        let most = line_after(&mut estimates, 100, &window(64, 1e9, 8000));
        assert!((900.0..=1000.0).contains(&most), "{most}");
        let least = line_after(&mut estimates, 100, &window(64, -1e9, 8000));
        assert!((5.0..6.0).contains(&least), "{least}");
    }

    #[test]
    fn where_all_threads_share_a_core_looks_say_nothing_of_lines() {
        let mut estimates = Estimates::default();
        let alone = Crowd { threads: 8, busy_cores: 1.0 };
        (0..20).for_each(|_| estimates.note(&window(64, 25.0, 8000), alone));
        assert_eq!(estimates.costs(Costs::default()).remote_line_ns, Costs::default().remote_line_ns);
    }
}
