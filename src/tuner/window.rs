//! A window: what was sampled since the last judgement.
#![forbid(unsafe_code)]

use std::time::Instant;

use autoshard_tuning::{Load, ShardId, SlotId, Users};

use super::machine::CpuReading;
use crate::{presence, sync};

/// A sample that has come to its store.
#[derive(Clone, Copy)]
pub(super) struct Access {
    /// The thread's, by the index of its presence line.
    pub(super) thread: u32,
    pub(super) slot: SlotId,
    pub(super) is_write: bool,
    /// Accesses that one sample stands for.
    pub(super) stands_for: u32,
}

/// What was sampled since the last judgement.
pub(super) struct Window {
    pub(super) began: Instant,
    pub(super) cpu: CpuReading,
    /// Heavy barriers of the process until it began.
    pub(super) barriers_before: u64,
    /// Samples that the process had missed until then.
    pub(super) missed_before: u64,
    /// Sampled accesses of each slot.
    pub(super) loads: Vec<Load>,
    /// Who made them.
    users: Vec<Users>,
    /// Samples of each thread, by the index of its presence line.
    by_thread: Vec<u64>,
    pub(super) samples: u64,
    /// Accesses that the samples stand for.
    pub(super) accesses: u64,
}

impl Window {
    pub(super) fn new(slots: u32) -> Self {
        Self {
            began: Instant::now(),
            cpu: CpuReading::now(),
            barriers_before: sync::heavy_barriers(),
            missed_before: presence::samples_missed(),
            loads: vec![Load::default(); slots as usize],
            users: vec![Users::Nobody; slots as usize],
            by_thread: Vec::new(),
            samples: 0,
            accesses: 0,
        }
    }

    pub(super) fn add(&mut self, sample: Access) {
        let slot = usize::from(sample.slot);
        let load = &mut self.loads[slot];
        let counter = if sample.is_write { &mut load.writes } else { &mut load.reads };
        *counter = counter.saturating_add(1);
        self.users[slot] = self.users[slot].and(Users::One(sample.thread));
        let thread = sample.thread as usize;
        if self.by_thread.len() <= thread {
            self.by_thread.resize(thread + 1, 0);
        }
        self.by_thread[thread] += 1;
        self.samples += 1;
        self.accesses += u64::from(sample.stands_for);
    }

    /// What each shard was used for, and by whom, by the directory as it is now; by the shards' ids.
    pub(super) fn by_shard(&self, directory: &[ShardId]) -> Vec<(Load, Users)> {
        let ids = directory.iter().max().map_or(0, |id| usize::from(*id) + 1);
        let mut by_shard = vec![<(Load, Users)>::default(); ids];
        for (shard, (load, users)) in directory.iter().zip(self.loads.iter().zip(&self.users)) {
            let (load_sum, users_all) = &mut by_shard[usize::from(*shard)];
            load_sum.reads += load.reads;
            load_sum.writes += load.writes;
            *users_all = users_all.and(*users);
        }
        by_shard
    }

    /// Probability that two samples, drawn at random, are by different threads.
    pub(super) fn thread_mix(&self) -> f64 {
        let share = |samples: &u64| *samples as f64 / self.samples.max(1) as f64;
        if self.samples == 0 {
            0.0
        } else {
            1.0 - self.by_thread.iter().map(|samples| share(samples).powi(2)).sum::<f64>()
        }
    }

    /// Accesses that one sample stood for, in the mean; `otherwise` if there was none.
    pub(super) fn sample_every(&self, otherwise: u32) -> u32 {
        self.accesses.checked_div(self.samples).map_or(otherwise, |mean| mean.clamp(1, u64::from(u32::MAX)) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(thread: u32, slot: SlotId, is_write: bool) -> Access {
        Access { thread, slot, is_write, stands_for: 16 }
    }

    #[test]
    fn a_shard_has_the_loads_and_users_of_its_slots() {
        let mut window = Window::new(8);
        let samples = [sample(1, 0, false), sample(1, 1, true), sample(2, 2, true), sample(3, 3, true)];
        samples.into_iter().for_each(|sample| window.add(sample));
        let shards = window.by_shard(&[0, 0, 1, 1, 2, 2, 2, 2]);
        assert_eq!(shards[0], (Load { reads: 1, writes: 1 }, Users::One(1)));
        assert_eq!(shards[1], (Load { reads: 0, writes: 2 }, Users::Many));
        assert_eq!(shards[2], (Load::default(), Users::Nobody));
        assert_eq!((window.samples, window.sample_every(1)), (4, 16));
    }

    #[test]
    fn the_mix_of_threads_is_the_probability_of_two_different_ones() {
        let mut window = Window::new(4);
        assert_eq!(window.thread_mix(), 0.0);
        window.add(sample(5, 0, false));
        assert_eq!(window.thread_mix(), 0.0);
        window.add(sample(6, 0, false));
        assert_eq!(window.thread_mix(), 0.5);
        (0..2).for_each(|thread| window.add(sample(thread, 0, false)));
        assert_eq!(window.thread_mix(), 0.75);
    }
}
