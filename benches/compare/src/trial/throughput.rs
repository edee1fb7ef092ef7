//! Operations a second.

use std::marker::PhantomData;

use super::{Figures, Round, Trial};
use crate::{
    cores,
    fault::Fault,
    maps::{Contestant, Handle, Map, Visitor},
    operation::{Extent, Hits, Kind, Prepared},
    round::{Stop, Tally, fill, run},
    value::{Key, Value},
    workload::Settings,
};

/// Prepared operations, on values of the type.
pub(crate) struct Throughput<K, V> {
    /// Of each cell: the first one's keys are put in, the others begin with what the cell before left.
    cells: Vec<Prepared<K>>,
    settings: Settings,
    /// Whether entries stay as they are, so that their updates add up.
    keys_stay: bool,
    value: PhantomData<fn() -> V>,
}

impl<K: Key, V: Value> Throughput<K, V> {
    pub(crate) fn new(cells: Vec<Prepared<K>>, settings: &Settings) -> Self {
        let moves = |kind| matches!(kind, Kind::Insert | Kind::Remove);
        let mut operations = cells.iter().flat_map(|cell| &cell.operations).flatten();
        let keys_stay = !operations.any(|operation| moves(operation.kind));
        Self { cells, settings: *settings, keys_stay, value: PhantomData }
    }

    /// One cell. What was done to the map before is known, and so what must be in it afterwards.
    fn measure<M: Map<K, V>>(&self, map: &M, index: usize, done: &mut Vec<Tally>) -> Result<Figures, Fault> {
        let cell = &self.cells[index];
        let stop = match cell.extent {
            Extent::Cycle => {
                let warm_up = run(map, &cell.operations, Stop::After(self.settings.warm_up))?;
                check_hits(&cell.hits, &warm_up)?;
                done.extend(warm_up);
                Stop::After(self.settings.length)
            }
            Extent::Once => Stop::AtTheEnd,
        };
        let counted = run(map, &cell.operations, stop)?;
        check_hits(&cell.hits, &counted)?;
        // A map that may not be shared serves each core as fast as the one that it ran on.
        let cores = if M::SHARED { 1 } else { cell.operations.len().min(cores::count()) };
        let operations_per_s = Tally::sum(&counted).operations_per_s() * cores as f64;
        done.extend(counted);
        self.check_length(&mut map.handle(), done)?;
        // What was lost is still missing at the end, and to go through many entries takes longer than to measure a cell.
        if index + 1 == self.cells.len() {
            self.check_contents(&mut map.handle(), done)?;
        }
        Ok(Figures { mops: Some(operations_per_s / 1e6), ..Figures::default() })
    }

    /// The contents must add up with what the threads did since the map was filled.
    fn check_contents(&self, handle: &mut impl Handle<K, V>, done: &[Tally]) -> Result<(), Fault> {
        let (mut entries, mut updates) = (0, 0);
        handle.for_each(|_, value| {
            entries += 1;
            updates += value.updates();
        });
        let expected = self.expected_entries(done);
        if entries != expected {
            return Err(Fault::Entries { found: entries, expected });
        }
        let expected = Tally::sum(done).updated;
        if self.keys_stay && updates != expected {
            return Err(Fault::Updates { found: updates, expected });
        }
        Ok(())
    }

    fn check_length(&self, handle: &mut impl Handle<K, V>, done: &[Tally]) -> Result<(), Fault> {
        let (found, expected) = (handle.len() as u64, self.expected_entries(done));
        if found == expected { Ok(()) } else { Err(Fault::Length { found, expected }) }
    }

    fn expected_entries(&self, done: &[Tally]) -> u64 {
        let (filled, done) = (self.cells[0].present.len() as u64, Tally::sum(done));
        filled + done.inserted - done.removed
    }
}

fn check_hits(hits: &Hits, tallies: &[Tally]) -> Result<(), Fault> {
    for (thread, tally) in tallies.iter().enumerate() {
        let expected = match hits {
            Hits::All => tally.operations,
            Hits::OfThread(hits) => hits[thread],
            Hits::Open => tally.hits,
        };
        if tally.hits != expected {
            return Err(Fault::Hits { operations: tally.operations, found: tally.hits, expected });
        }
    }
    Ok(())
}

impl<K: Key, V: Value> Trial for Throughput<K, V> {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        contestant.accept::<K, V, _>(self)
    }
}

impl<'a, K: Key, V: Value> Visitor<K, V> for &'a Throughput<K, V> {
    type Output = Round<'a>;

    fn visit<M: Map<K, V>>(self) -> Round<'a> {
        let (mut filled, mut done) = (None, Vec::new());
        Box::new((0..self.cells.len()).map(move |index| {
            let map = match filled.take() {
                Some(map) => map,
                None => filled_map::<K, V, M>(&self.cells[index])?,
            };
            self.measure(filled.insert(map), index, &mut done)
        }))
    }
}

fn filled_map<K: Key, V: Value, M: Map<K, V>>(cell: &Prepared<K>) -> Result<M, Fault> {
    let map = M::with_capacity(cell.capacity);
    fill(&map, &cell.present)?;
    Ok(map)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::ValueEnum;

    use super::*;
    use crate::{
        operation::Operation,
        workload::{Cell, Group, Workload},
    };

    const SETTINGS: Settings = Settings {
        rounds: 1,
        warm_up: Duration::from_millis(1),
        length: Duration::from_millis(1),
        patience: Duration::from_secs(600),
        seed: 7,
    };

    fn cells(workload: Workload) -> impl Iterator<Item = Cell> {
        let keys = if workload.fixes_keys() { workload.keys()[0] } else { 1000 };
        let cell = move |distribution| Cell { workload, keys, distribution, threads: 2, trace: None };
        workload.distributions().iter().map(move |&distribution| cell(distribution))
    }

    #[test]
    fn every_map_comes_through_every_workload() {
        let workloads = Workload::value_variants().iter().filter(|workload| **workload != Workload::Trace);
        for group in Group::all(workloads.copied().flat_map(cells).collect()) {
            let trial = group.trial(&SETTINGS).unwrap();
            for &contestant in Contestant::value_variants() {
                let round: Vec<_> = trial.conduct(contestant).collect();
                let is_measured = |figures: &Figures| figures.mops > Some(0.0) || !figures.costs.is_empty();
                let is_complete = round.iter().all(|figures| figures.as_ref().is_ok_and(is_measured));
                assert!(is_complete, "{contestant}, {group}: {round:?}");
                assert_eq!(round.len(), group.cells().count(), "{contestant}, {group}");
            }
        }
    }

    #[test]
    fn a_round_fills_one_map_and_checks_all_that_was_done_to_it() {
        let prepared = |hits| Prepared {
            capacity: 1,
            present: [7].into(),
            operations: vec![vec![Operation { kind: Kind::Update, key: 7_u64 }]],
            extent: Extent::Once,
            hits,
        };
        // A cell that asks for more hits than there can be.
        let cells = vec![prepared(Hits::All), prepared(Hits::All), prepared(Hits::OfThread(vec![2]))];
        let trial = Throughput::<u64, u64>::new(cells, &SETTINGS);
        let mut round = trial.conduct(Contestant::Rwlock);
        assert!(round.next().is_some_and(|figures| figures.is_ok()));
        // A second map would hold one update, and not the two that were done by then.
        assert!(round.next().is_some_and(|figures| figures.is_ok()));
        assert!(matches!(round.next(), Some(Err(Fault::Hits { found: 1, expected: 2, .. }))));
    }
}
