//! Load that changes: what a number of shards that was right a moment ago makes of it, and how fast a store finds the right one.
//!
//! Every map goes through the same phases on end. Our store is moreover held against itself with its tuner off and numbers of
//! shards fixed by hand: the best of these in a phase is what it should come to by itself.

mod phase;
mod run;
mod settling;

use std::time::Duration;

use super::{Figures, Round, Trial, single_for};
use crate::{
    fault::Fault,
    maps::{Contestant, Map, Ours, Visitor, fixed_store},
    round::fill,
    workload::{Cell, Settings},
};
use phase::{OfThreads, prepare};
use run::Watch;

pub(crate) use phase::Phase;
pub(crate) use run::Course;
pub(crate) use settling::Settling;

/// A phase lasts so many times as long as a round of other workloads: some of our tuner's windows.
const PHASE_ROUNDS: u32 = 6;

/// A phase of a store whose shards stay: it has nothing to find.
const FIXED_PHASE_ROUNDS: u32 = 1;

/// Numbers of shards that somebody might choose by hand.
const FIXED_SHARDS: [u32; 5] = [1, 8, 64, 256, 1024];

/// The keys, and each phase's operations by thread.
pub(crate) struct Adaptation {
    keys: Vec<u64>,
    operations: Vec<OfThreads>,
    settings: Settings,
}

impl Adaptation {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        let (keys, operations) = prepare(cell, settings);
        Self { keys, operations, settings: *settings }
    }

    /// All phases, on a map that has just been filled.
    fn course<M: Map<u64, u64>>(&self, map: &M, phase: Duration, watch: impl Fn() -> Watch) -> Result<Course, Fault> {
        fill(map, &self.keys)?;
        run::run(map, &self.operations, phase, watch)
    }

    /// The same of a store of ours, of which it is told what moves.
    pub(crate) fn course_of(&self, store: &Ours<u64, u64>, phase: Duration) -> Result<Course, Fault> {
        self.course::<Ours<u64, u64>>(store, phase, || Watch::of(store))
    }

    /// Our store, tuning itself, against itself with fixed shards.
    fn conduct_ours(&self) -> Result<Figures, Fault> {
        let fixed = FIXED_SHARDS.into_iter().map(|shards| {
            let store = fixed_store(self.keys.len(), Some(shards)).map_err(|error| Fault::Policy(error.to_string()))?;
            self.course::<Ours<u64, u64>>(&store, FIXED_PHASE_ROUNDS * self.settings.length, Watch::default)
        });
        let fixed: Vec<Course> = fixed.collect::<Result<_, _>>()?;
        let store = Ours::with_capacity(self.keys.len());
        let course = self.course_of(&store, self.phase())?;
        let mut figures = course.figures();
        for phase in Phase::ALL {
            let best = fixed.iter().map(|fixed| fixed.settled_mops(phase)).max_by(f64::total_cmp);
            if let Some(best) = best {
                Settling::new(&course, phase, best).report(phase, &mut figures);
            }
        }
        figures.note("idle_changes", course.idle_changes() as f64);
        Ok(figures)
    }

    fn phase(&self) -> Duration {
        PHASE_ROUNDS * self.settings.length
    }
}

impl Trial for Adaptation {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single_for(contestant, || self.conduct_ours(), self)
    }
}

impl Visitor<u64, u64> for &Adaptation {
    type Output = Result<Figures, Fault>;

    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        let map = M::with_capacity(self.keys.len());
        Ok(self.course(&map, self.phase(), Watch::default)?.figures())
    }
}
