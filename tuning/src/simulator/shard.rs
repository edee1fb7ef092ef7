//! A shard, as far as those who use it notice: the line of its lock, who is inside, and what is counted.

use super::{line::Line, scheduler::ThreadIndex};
use crate::{Bias, Timing};

/// A shard.
#[derive(Clone, Debug)]
pub(super) struct Shard {
    pub(super) bias: Bias,
    /// The line of the lock.
    pub(super) line: Line,
    /// Nobody is inside exclusively from then on; never, if whoever is lost the processor there.
    pub(super) free_at: u64,
    /// Whoever was inside last had waited for it.
    pub(super) has_queue: bool,
    /// Readers who announced themselves are inside until then.
    pub(super) readers_until: u64,
    /// Those who wait for one who lost the processor.
    pub(super) waiting: Vec<ThreadIndex>,
    /// How often the mode was taken away, and what each core has seen of that.
    pub(super) version: u32,
    pub(super) seen: Vec<u32>,
    pub(super) counts: Counts,
}

/// What is counted of a shard. Times are in picoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) waits: u64,
    pub(super) wait_ps: u64,
    pub(super) revocations: u64,
    pub(super) revocation_ps: u64,
    pub(super) looks: Timed,
    pub(super) barriers: Timed,
}

/// What was timed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timed {
    pub(super) count: u64,
    pub(super) ps: u64,
}

impl Timed {
    pub(super) fn add(&mut self, ps: u64) {
        self.count += 1;
        self.ps += ps;
    }

    pub(super) fn add_all(&mut self, other: Self) {
        self.count += other.count;
        self.ps += other.ps;
    }

    pub(super) fn timing(self) -> Timing {
        Timing { count: self.count, ns: self.ps / 1000 }
    }
}

impl Shard {
    /// A fresh one, which was last touched by this core.
    pub(super) fn new(cores: usize, core: u16) -> Self {
        Self {
            bias: Bias::Neutral,
            line: Line::of(core),
            free_at: 0,
            has_queue: false,
            readers_until: 0,
            waiting: Vec::new(),
            version: 0,
            seen: vec![0; cores],
            counts: Counts::default(),
        }
    }

    /// Nobody is inside, and the line is with whoever asked for it last.
    pub(super) fn rest(&mut self) {
        self.line.rest();
        (self.free_at, self.readers_until) = (0, 0);
        self.waiting.clear();
    }

    /// Notes a wait that ended.
    pub(super) fn waited(&mut self, ps: u64) {
        self.counts.waits += 1;
        self.counts.wait_ps += ps;
    }
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        self.waits += other.waits;
        self.wait_ps += other.wait_ps;
        self.revocations += other.revocations;
        self.revocation_ps += other.revocation_ps;
        self.looks.add_all(other.looks);
        self.barriers.add_all(other.barriers);
    }

    /// As many times as much, in the mean; counts are drawn, and times are in proportion to them.
    pub(super) fn drawn(&self, times: f64, mut draw: impl FnMut(f64) -> u64) -> Self {
        let mut both = |count: u64, ps: u64| {
            let drawn = draw(count as f64 * times);
            (drawn, (ps as f64 * drawn as f64 / count.max(1) as f64) as u64)
        };
        let (waits, wait_ps) = both(self.waits, self.wait_ps);
        let (revocations, revocation_ps) = both(self.revocations, self.revocation_ps);
        let mut timed = |timed: Timed| {
            let (count, ps) = both(timed.count, timed.ps);
            Timed { count, ps }
        };
        let (looks, barriers) = (timed(self.looks), timed(self.barriers));
        Self { waits, wait_ps, revocations, revocation_ps, looks, barriers }
    }
}
