//! Asking for the number of entries while others change it.

use std::{hint::black_box, thread, time::Instant};

use super::{Figures, Round, Trial, single};
use crate::{
    fault::Fault,
    maps::{Contestant, Handle, Map, Visitor},
    operation::Prepared,
    round::{Stop, Tally, fill, run},
    workload::Settings,
};

/// What the writers do, as under `exchange`.
pub(crate) struct Length {
    prepared: Prepared<u64>,
    settings: Settings,
}

impl Length {
    pub(crate) fn new(prepared: Prepared<u64>, settings: &Settings) -> Self {
        Self { prepared, settings: *settings }
    }
}

impl Trial for Length {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single(move || contestant.accept::<u64, u64, _>(self))
    }
}

impl Visitor<u64, u64> for &Length {
    type Output = Result<Figures, Fault>;

    /// Millions of answers a second. A map that may not be shared answers without writers.
    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        let map = M::with_capacity(self.prepared.capacity);
        fill(&map, &self.prepared.present)?;
        if !M::SHARED {
            let mut handle = map.handle();
            let start = Instant::now();
            return Ok(figures(answers(&mut handle, || start.elapsed() >= self.settings.length)));
        }
        let warm_up = run(&map, &self.prepared.operations, Stop::After(self.settings.warm_up))?;
        let stop = Stop::After(self.settings.length);
        let (answers, written) = thread::scope(|scope| {
            let writers = scope.spawn(|| run(&map, &self.prepared.operations, stop));
            let answers = answers(&mut map.handle(), || writers.is_finished());
            (answers, writers.join().map_err(|_| Fault::Panicked))
        });
        let written = written??;
        let done = [warm_up, written.clone()].concat();
        let expected = self.prepared.present.len() as u64 + Tally::sum(&done).inserted - Tally::sum(&done).removed;
        let found = map.handle().len() as u64;
        if found != expected {
            return Err(Fault::Length { found, expected });
        }
        let mut figures = figures(answers);
        figures.note("writers_mops", Tally::sum(&written).operations_per_s() / 1e6);
        Ok(figures)
    }
}

/// Answers a second until it is enough; at least one.
fn answers(handle: &mut impl Handle<u64, u64>, is_enough: impl Fn() -> bool) -> f64 {
    let (start, mut count) = (Instant::now(), 0_u64);
    while count == 0 || !is_enough() {
        black_box(handle.len());
        count += 1;
    }
    count as f64 / start.elapsed().as_secs_f64()
}

fn figures(answers_per_s: f64) -> Figures {
    let mut figures = Figures { mops: Some(answers_per_s / 1e6), ..Figures::default() };
    figures.note("answer_ns", 1e9 / answers_per_s);
    figures
}
