//! Going through all entries.

use std::{hint::black_box, time::Instant};

use super::{Figures, Round, Trial, single};
use crate::{
    cores,
    fault::Fault,
    keys::scattered,
    maps::{Contestant, Handle, Map, Visitor},
    round::fill,
    workload::{Cell, Settings},
};

/// Entries from `u64` to `u64`, and how long they are gone through.
pub(crate) struct Iteration {
    keys: Vec<u64>,
    settings: Settings,
}

impl Iteration {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        Self { keys: scattered(cell.keys, settings.seed), settings: *settings }
    }
}

impl Trial for Iteration {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single(move || contestant.accept::<u64, u64, _>(self))
    }
}

impl Visitor<u64, u64> for &Iteration {
    type Output = Result<Figures, Fault>;

    /// Millions of entries a second; what is not counted of the time is spent in the same way.
    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        cores::pin(0);
        let map = M::with_capacity(self.keys.len());
        fill(&map, &self.keys)?;
        let mut handle = map.handle();
        let expected = self.keys.len() as u64;
        let mut pass = || {
            let (mut found, mut sum) = (0, 0_u64);
            handle.for_each(|&key, &value| {
                found += 1;
                sum = sum.wrapping_add(key ^ value);
            });
            black_box(sum);
            if found == expected { Ok(found) } else { Err(Fault::Entries { found, expected }) }
        };
        let start = Instant::now();
        while start.elapsed() < self.settings.warm_up {
            pass()?;
        }
        let (start, mut entries) = (Instant::now(), 0);
        while entries == 0 || start.elapsed() < self.settings.length {
            entries += pass()?;
        }
        let mops = entries as f64 / start.elapsed().as_secs_f64() / 1e6;
        Ok(Figures { mops: Some(mops), ..Figures::default() })
    }
}
