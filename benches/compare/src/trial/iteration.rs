//! Going through all entries.

use std::{hint::black_box, time::Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{Figures, Round, Trial, single};
use crate::{
    cores,
    fault::Fault,
    keys::scattered,
    maps::{Contestant, Handle, Map, Visitor},
    round::fill,
    workload::{Cell, Settings, Workload},
};

/// Entries from `u64` to `u64`, and how long they are gone through.
pub(crate) struct Iteration {
    keys: Vec<u64>,
    settings: Settings,
    /// Who goes through them, where it is not one thread.
    pool: Option<ThreadPool>,
}

impl Iteration {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Result<Self, Fault> {
        let pool = ThreadPoolBuilder::new().num_threads(cell.threads).start_handler(cores::pin);
        let is_parallel = cell.workload == Workload::ParallelIteration;
        let pool = is_parallel.then(|| pool.build()).transpose()?;
        Ok(Self { keys: scattered(cell.keys, settings.seed), settings: *settings, pool })
    }

    /// Entries found in one pass.
    fn pass<M: Map<u64, u64>>(&self, map: &M) -> Result<u64, Fault> {
        let expected = self.keys.len() as u64;
        let (found, sum) = match &self.pool {
            Some(pool) => pool.install(|| map.sum(|key, value| key ^ value)),
            None => {
                let (mut found, mut sum) = (0, 0_u64);
                map.handle().for_each(|&key, &value| {
                    found += 1;
                    sum = sum.wrapping_add(key ^ value);
                });
                (found, sum)
            }
        };
        black_box(sum);
        if found == expected { Ok(found) } else { Err(Fault::Entries { found, expected }) }
    }
}

impl Trial for Iteration {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single(move || contestant.accept::<u64, u64, _>(self))
    }
}

impl Visitor<u64, u64> for &Iteration {
    type Output = Result<Figures, Fault>;

    /// Millions of entries a second; what is not counted of the time is spent in the same way. A map that may not be shared counts once for each
    /// core that a pool could use.
    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        cores::pin(0);
        let map = M::with_capacity(self.keys.len());
        fill(&map, &self.keys)?;
        let start = Instant::now();
        while start.elapsed() < self.settings.warm_up {
            self.pass(&map)?;
        }
        let (start, mut entries) = (Instant::now(), 0);
        while entries == 0 || start.elapsed() < self.settings.length {
            entries += self.pass(&map)?;
        }
        let threads = self.pool.as_ref().map_or(1, ThreadPool::current_num_threads);
        let factor = if M::SHARED { 1 } else { threads.min(cores::count()) };
        let mops = entries as f64 * factor as f64 / start.elapsed().as_secs_f64() / 1e6;
        Ok(Figures { mops: Some(mops), ..Figures::default() })
    }
}
