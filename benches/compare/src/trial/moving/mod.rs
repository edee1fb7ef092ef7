//! What callers notice of shards that are replaced without rest: each mix on the same store, left in peace and with its shards on the move.
//! And, so that it can be told apart, what they notice of one more thread that works as long as the mover and touches nothing.
//!
//! Other maps have nothing that moves; they are left in peace, for what their slowest operations take.

mod idler;
mod load;
mod mover;

use std::{collections::BTreeMap, thread};

use idler::idle_for;
pub(super) use load::Load;
pub(super) use mover::{Mover, SHARDS};

use super::{Figures, Round, Trial, single_for};
use crate::{
    fault::Fault,
    maps::{Contestant, Handle, Map, Visitor, movable_store},
    operation::{Hits, Prepared},
    report::Spread,
    round::{Tally, fill},
    workload::{Cell, Family, Settings, Workload, prepare_mix},
};

/// The part of all operations that must not take longer than what is reported.
const QUANTILE: f64 = 0.999;

/// The mixes, over `u64` to `u64`.
pub(crate) struct Moving {
    cell: Cell,
    settings: Settings,
}

/// One stretch of a mix's operations.
struct Stretch {
    mops: f64,
    /// Of gets and of writes, as far as the mix has them.
    p999_ns: BTreeMap<&'static str, f64>,
    tallies: Vec<Tally>,
}

impl Moving {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        Self { cell: cell.clone(), settings: *settings }
    }

    /// A mix in peace, on a map that has just been filled.
    fn peace<M: Map<u64, u64>>(&self, map: &M, mix: &Prepared<u64>) -> Result<Stretch, Fault> {
        let pause = |length| move || thread::sleep(length);
        let (warm_up, ()) = Load::during(map, &mix.operations, pause(self.settings.warm_up))?;
        let (load, ()) = Load::during(map, &mix.operations, pause(self.settings.length))?;
        let mut stretch = Stretch::of(load);
        stretch.tallies.extend(warm_up.tallies);
        Ok(stretch)
    }

    /// A mix on our store: in peace, and then with shards on the move.
    fn measure_ours(&self, name: &str, mix: &Prepared<u64>, figures: &mut Figures) -> Result<f64, Fault> {
        let store = movable_store(mix.capacity, SHARDS).map_err(|error| Fault::Policy(error.to_string()))?;
        fill(&store, &mix.present)?;
        let peace = self.peace(&store, mix)?;
        let (load, ()) = Load::during(&store, &mix.operations, || idle_for(self.settings.length))?;
        let idling = Stretch::of(load);
        let mut mover = Mover::new(&store);
        let (load, moved) = Load::during(&store, &mix.operations, || mover.go_round_for(self.settings.length))?;
        moved?;
        let moving = Stretch::of(load);
        check(&store, mix, &[&peace.tallies[..], &idling.tallies, &moving.tallies].concat())?;

        peace.note(name, "peace", figures);
        idling.note(name, "idling", figures);
        moving.note(name, "moving", figures);
        figures.cost(&format!("{name}_slowdown"), peace.mops / moving.mops);
        for (kind, moving_ns) in &moving.p999_ns {
            for (state, before) in [("", &peace), ("_to_idling", &idling)] {
                if let Some(before_ns) = before.p999_ns.get(kind) {
                    figures.cost(&format!("{name}_{kind}_p99.9_ratio{state}"), moving_ns / before_ns);
                }
            }
        }
        figures.note(&format!("{name}_replacements"), mover.replacements() as f64);
        for (hold, quantile) in mover.holds_ns().into_iter().flatten().zip(["p50", "p99", "max"]) {
            figures.note(&format!("{name}_hold_{quantile}_ns"), hold);
        }
        Ok(moving.mops)
    }

    /// Each mix by itself; the throughput is the median.
    fn each_mix(
        &self,
        mut measure: impl FnMut(&str, &Prepared<u64>, &mut Figures) -> Result<f64, Fault>,
    ) -> Result<Figures, Fault> {
        let mut figures = Figures::default();
        let mops: Result<Vec<f64>, Fault> = Family::Mixes
            .workloads()
            .map(|mix: Workload| {
                let prepared = prepare_mix(mix, &self.cell, &self.settings);
                measure(&mix.to_string(), &prepared, &mut figures)
            })
            .collect();
        figures.mops = Spread::of(mops?).map(|spread| spread.median);
        Ok(figures)
    }
}

impl Stretch {
    fn of(load: Load) -> Self {
        let timed =
            [("get", &load.gets), ("write", &load.writes)].into_iter().filter(|(_, latencies)| !latencies.is_empty());
        let p999_ns = timed.map(|(kind, latencies)| (kind, latencies.quantile_ns(QUANTILE))).collect();
        Self { mops: load.mops(), p999_ns, tallies: load.tallies }
    }

    fn note(&self, mix: &str, state: &str, figures: &mut Figures) {
        figures.note(&format!("{mix}_{state}_mops"), self.mops);
        for (kind, p999_ns) in &self.p999_ns {
            figures.note(&format!("{mix}_{state}_{kind}_p99.9_ns"), *p999_ns);
        }
    }
}

/// Nothing may be lost, whatever moved.
pub(super) fn check<M: Map<u64, u64>>(map: &M, mix: &Prepared<u64>, done: &[Tally]) -> Result<(), Fault> {
    let done = Tally::sum(done);
    if mix.hits == Hits::All && done.hits != done.operations {
        return Err(Fault::Hits { operations: done.operations, found: done.hits, expected: done.operations });
    }
    let (mut entries, mut updates) = (0, 0);
    map.handle().for_each(|_, value| {
        entries += 1;
        updates += value;
    });
    let expected = mix.present.len() as u64 + done.inserted - done.removed;
    if entries != expected {
        return Err(Fault::Entries { found: entries, expected });
    }
    if mix.hits == Hits::All && updates != done.updated {
        return Err(Fault::Updates { found: updates, expected: done.updated });
    }
    Ok(())
}

impl Trial for Moving {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single_for(contestant, || self.each_mix(|name, mix, figures| self.measure_ours(name, mix, figures)), self)
    }
}

impl Visitor<u64, u64> for &Moving {
    type Output = Result<Figures, Fault>;

    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        self.each_mix(|name, mix, figures| {
            let map = M::with_capacity(mix.capacity);
            fill(&map, &mix.present)?;
            let peace = self.peace(&map, mix)?;
            peace.note(name, "peace", figures);
            let mops = peace.mops;
            check(&map, mix, &peace.tallies)?;
            Ok(mops)
        })
    }
}
