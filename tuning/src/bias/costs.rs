//! What each mode of a shard's lock costs.

use super::Bias;

/// What the parts of locking cost on a machine, in nanoseconds, each measured alone.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Costs {
    /// A cache line that another core has written comes here.
    pub remote_line_ns: f64,
    /// A full fence.
    pub fence_ns: f64,
    /// An atomic read-modify-write of a line that is here.
    pub read_modify_write_ns: f64,
    /// A barrier for all cores, to whoever issues it and to each core that it interrupts.
    pub heavy_barrier_ns: f64,
}

impl Default for Costs {
    /// Measured on virtual machines of two cores: a line takes 25 ns (near) to 220 ns (far), so 100; a fence about 8;
    /// a read-modify-write 20 cycles, 7; `membarrier` 6 to 11 µs.
    fn default() -> Self {
        Self { remote_line_ns: 100.0, fence_ns: 8.0, read_modify_write_ns: 7.0, heavy_barrier_ns: 8000.0 }
    }
}

/// Part of a fence's time that an operation cannot overlap with its own work. Measured: fenced look-ups took 3.3 ns more
/// than asymmetric ones.
const FENCE_EXPOSED: f64 = 0.4;
/// The same of the read-modify-write by which a neutral shard is entered. Measured on one thread: neutral look-ups took 4.1 ns
/// more than asymmetric ones.
const READ_MODIFY_WRITE_EXPOSED: f64 = 0.6;
/// The same of the transfer of the lock's line: the next operations' lines are on their way at the same time. Measured with two
/// threads, at 82 ns a line: neutral look-ups, whose line is remote in half of the cases, took 13.5 ns longer than by one thread.
/// (In a prototype, where lines took 25 or 220 ns, a fifth.)
const LINE_EXPOSED: f64 = 0.33;
/// What an owner's look at all of its cells takes, where a reader looks at one. Measured on one thread: owned look-ups took
/// 1.8 ns more than asymmetric ones.
const OWNER_CHECK_NS: f64 = 1.8;
/// What a write that has to revoke takes beyond a neutral one by instructions alone: it leaves the short way in for the long
/// one. Measured by one thread, which does nothing else: 45 ns; doubled, since mostly that code is not at hand.
const REVOKER_PATH_NS: f64 = 100.0;
/// A look at a presence line that is here. A guess: some cycles of the second-level cache.
const LINE_CHECK_NS: f64 = 1.0;

/// How a shard is used, as far as the mode of its lock is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// Operations a second that only read.
    pub reads_per_s: f64,
    /// Operations a second that may write.
    pub writes_per_s: f64,
    /// Operations a second by other threads than the one that would own the shard.
    pub strangers_per_s: f64,
    /// Probability that an operation comes from another core than the one before it in this shard, 0 to 1.
    pub mix: f64,
    /// Presence lines in use.
    pub threads: u32,
    /// Cores at which threads are busy in the store, in the mean; 1 or more.
    pub busy_cores: f64,
    /// Cores that a heavy barrier interrupts.
    pub interrupted_cores: u32,
}

/// Who is about in a store, as far as a revoker meets them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crowd {
    /// Presence lines in use.
    pub(super) threads: u32,
    /// Cores at which threads are busy in the store, in the mean.
    pub(super) busy_cores: f64,
}

impl Crowd {
    /// Busy cores besides the revoker's.
    pub(super) fn others(self) -> f64 {
        (self.busy_cores - 1.0).max(0.0)
    }
}

impl Usage {
    /// A shard that so many threads use alike, on a core each: `operations_per_s`, of which a part writes.
    #[must_use]
    pub fn even(threads: u32, operations_per_s: f64, write_share: f64) -> Self {
        let strangers = 1.0 - 1.0 / f64::from(threads.max(1));
        Self {
            reads_per_s: operations_per_s * (1.0 - write_share),
            writes_per_s: operations_per_s * write_share,
            strangers_per_s: operations_per_s * strangers,
            mix: strangers,
            threads,
            busy_cores: f64::from(threads.max(1)),
            interrupted_cores: threads.max(1),
        }
    }
}

impl Costs {
    /// What a mode costs a shard's users, and others on its account: nanoseconds of processor time a second, beyond
    /// what an operation costs without any lock.
    ///
    /// - *Neutral*: a read-modify-write, and the lock's line if another core had it last.
    /// - *Fenced*: a fence for reads. A write takes the lock, fences, looks at all presence lines, takes those of busy
    ///   threads away from them, which each then fetches back, and fetches a shard's line that others must fetch back.
    /// - *Asymmetric*, *owned*: next to nothing, unless somebody writes, or a stranger comes: then a heavy barrier, paid by
    ///   each core that it interrupts.
    ///
    /// ```
    /// use autoshard_tuning::{Bias, Costs, Usage};
    ///
    /// let costs = Costs::default();
    /// let mixed = Usage::even(2, 1e6, 0.5);
    /// assert!(costs.per_s(Bias::Neutral, &mixed) < costs.per_s(Bias::Fenced, &mixed));
    /// ```
    #[must_use]
    pub fn per_s(&self, bias: Bias, usage: &Usage) -> f64 {
        let Usage { reads_per_s, writes_per_s, strangers_per_s, .. } = *usage;
        let heavy_ns = self.heavy_barrier_ns * f64::from(usage.interrupted_cores.max(1));
        match bias {
            Bias::Neutral => (reads_per_s + writes_per_s) * self.neutral_ns(usage),
            Bias::Fenced => reads_per_s * self.fence_ns * FENCE_EXPOSED + writes_per_s * self.fenced_write_ns(usage),
            Bias::Asymmetric => writes_per_s * heavy_ns,
            Bias::Owned(_) => (reads_per_s + writes_per_s) * OWNER_CHECK_NS + strangers_per_s * heavy_ns,
        }
    }

    /// What a revoker's fence and look at all lines take, if nobody is inside.
    pub(super) fn look_ns(&self, crowd: Crowd) -> f64 {
        self.fence_ns + f64::from(crowd.threads) * LINE_CHECK_NS + crowd.others() * self.remote_line_ns
    }

    /// What a line costs if such a look takes so long.
    pub(super) fn line_ns_of_look(&self, look_ns: f64, crowd: Crowd) -> f64 {
        (look_ns - Self { remote_line_ns: 0.0, ..*self }.look_ns(crowd)) / crowd.others()
    }

    fn neutral_ns(&self, usage: &Usage) -> f64 {
        self.read_modify_write_ns * READ_MODIFY_WRITE_EXPOSED + usage.mix * self.remote_line_ns * LINE_EXPOSED
    }

    /// The lines of a write are exposed in full: it waits for them. Measured with two threads, at 82 ns a line and 1 to 10 % of
    /// writes: 365 ns beyond what the same write takes without a lock.
    fn fenced_write_ns(&self, usage: &Usage) -> f64 {
        let crowd = Crowd { threads: usage.threads, busy_cores: usage.busy_cores };
        let fetched_back = crowd.others() + 2.0 * usage.mix;
        REVOKER_PATH_NS + self.look_ns(crowd) + fetched_back * self.remote_line_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two regimes of the machines on which the prototype was measured.
    const REMOTE_LINE_NS: [(&str, f64); 2] = [("near", 25.0), ("far", 220.0)];

    /// Costs per operation of neutral, fenced, asymmetric, owned, for two threads.
    fn costs(remote_line_ns: f64, threads: u32, write_share: f64) -> [f64; 4] {
        let costs = Costs { remote_line_ns, ..Costs::default() };
        let modes = [Bias::Neutral, Bias::Fenced, Bias::Asymmetric, Bias::Owned(0)];
        modes.map(|bias| costs.per_s(bias, &Usage::even(threads, 1.0, write_share)))
    }

    fn winner(costs: [f64; 4]) -> usize {
        (0..4).min_by(|&one, &other| costs[one].total_cmp(&costs[other])).expect("there are four")
    }

    #[test]
    fn the_winners_are_those_of_the_measured_table() {
        for (regime, line) in REMOTE_LINE_NS {
            // Write shares of: get, 99/1, 50/50, exchange (10 % reads), update.
            let winners = [0.0, 0.01, 0.5, 0.9, 1.0].map(|share| winner(costs(line, 2, share)));
            assert_eq!(winners, [2, 1, 0, 0, 0], "{regime}");
            let one_thread = [0.0, 0.01, 0.05, 1.0].map(|share| winner(costs(line, 1, share)));
            assert_eq!(one_thread, [2, 3, 3, 3], "{regime}");
        }
    }

    #[test]
    fn neutral_and_fenced_are_about_equal_at_few_writes_and_at_the_fewer_the_nearer_lines_are() {
        let mut nearer = 0.02;
        for line in [25.0, 82.0, 220.0] {
            let excess = |share: f64| {
                let [neutral, fenced, ..] = costs(line, 2, share);
                fenced - neutral
            };
            let border = -excess(0.0) / (excess(1.0) - excess(0.0));
            assert!((nearer..0.055).contains(&border), "{line} ns: {border}");
            let [neutral, fenced, asymmetric, owned] = costs(line, 2, border);
            assert!(asymmetric.min(owned) > 5.0 * neutral.max(fenced), "{line} ns");
            nearer = border;
        }
    }

    #[test]
    fn the_measured_border_is_met() {
        // Nanoseconds by which an operation in fenced shards took longer than in neutral ones: write share, measured.
        let measured = [(0.0, -14.2), (0.01, -10.8), (0.02, -7.4), (0.03, -3.9), (0.05, 3.1), (0.07, 9.9), (0.1, 20.0)];
        for (share, expected) in measured {
            let [neutral, fenced, ..] = costs(82.0, 2, share);
            assert!((fenced - neutral - expected).abs() < 1.5, "{share}: {} and {expected}", fenced - neutral);
        }
    }

    #[test]
    fn the_measured_distances_are_met_within_a_factor_of_two() {
        // Nanoseconds beyond an asymmetric look-up, from the prototype's table: mode, regime, write share.
        let measured = [
            (0, 25.0, 0.0, 4.6),
            (0, 220.0, 0.0, 25.0),
            (1, 25.0, 0.0, 2.1),
            (1, 220.0, 0.0, 1.6),
            (1, 25.0, 0.01, 3.4),
            (1, 220.0, 0.01, 10.7),
            (1, 25.0, 0.05, 8.0),
            (1, 220.0, 0.05, 34.8),
        ];
        for (mode, line, share, expected) in measured {
            let found = costs(line, 2, share)[mode];
            assert!((0.5..=2.01).contains(&(found / expected)), "mode {mode}, {line} ns, {share}: {found}, {expected}");
        }
    }

    #[test]
    fn more_cores_make_writes_dearer_and_threads_without_cores_hardly() {
        let costs = Costs::default();
        let of = |threads, busy_cores| {
            let usage = Usage { busy_cores, threads, mix: 1.0 - 1.0 / busy_cores, ..Usage::even(2, 1.0, 0.01) };
            costs.per_s(Bias::Fenced, &usage)
        };
        assert!(of(64, 64.0) > 10.0 * of(2, 2.0));
        assert!(of(8, 2.0) < 1.1 * of(2, 2.0));
    }
}
