//! Operations a second.

use std::marker::PhantomData;

use super::{Figures, Trial};
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
    prepared: Prepared<K>,
    settings: Settings,
    /// Whether entries stay as they are, so that their updates add up.
    keys_stay: bool,
    value: PhantomData<fn() -> V>,
}

impl<K: Key, V: Value> Throughput<K, V> {
    pub(crate) fn new(prepared: Prepared<K>, settings: &Settings) -> Self {
        let moves = |kind| matches!(kind, Kind::Insert | Kind::Remove);
        let keys_stay = !prepared.operations.iter().flatten().any(|operation| moves(operation.kind));
        Self { prepared, settings: *settings, keys_stay, value: PhantomData }
    }

    /// A map that may not be shared serves each core as fast as the one that it ran on.
    fn cores_of<M: Map<K, V>>(&self) -> usize {
        if M::SHARED { 1 } else { self.prepared.operations.len().min(cores::count()) }
    }

    fn check_hits(&self, tallies: &[Tally]) -> Result<(), Fault> {
        for (thread, tally) in tallies.iter().enumerate() {
            let expected = match &self.prepared.hits {
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

    /// The contents must add up with what the threads did.
    fn check_contents(&self, handle: &mut impl Handle<K, V>, done: &[Tally]) -> Result<(), Fault> {
        let done = Tally::sum(done);
        let (mut entries, mut updates) = (0, 0);
        handle.for_each(|_, value| {
            entries += 1;
            updates += value.updates();
        });
        let expected = self.prepared.present.len() as u64 + done.inserted - done.removed;
        let counted = handle.len() as u64;
        if entries != expected {
            return Err(Fault::Entries { found: entries, expected });
        }
        if counted != entries {
            return Err(Fault::Length { found: counted, expected: entries });
        }
        if self.keys_stay && updates != done.updated {
            return Err(Fault::Updates { found: updates, expected: done.updated });
        }
        Ok(())
    }
}

impl<K: Key, V: Value> Trial for Throughput<K, V> {
    fn conduct(&self, contestant: Contestant) -> Result<Figures, Fault> {
        contestant.accept::<K, V, _>(self)
    }
}

impl<K: Key, V: Value> Visitor<K, V> for &Throughput<K, V> {
    type Output = Result<Figures, Fault>;

    fn visit<M: Map<K, V>>(self) -> Result<Figures, Fault> {
        let map = M::with_capacity(self.prepared.capacity);
        fill(&map, &self.prepared.present)?;
        let mut done = Vec::new();
        let stop = match self.prepared.extent {
            Extent::Cycle => {
                done = run(&map, &self.prepared.operations, Stop::After(self.settings.warm_up))?;
                self.check_hits(&done)?;
                Stop::After(self.settings.length)
            }
            Extent::Once => Stop::AtTheEnd,
        };
        let counted = run(&map, &self.prepared.operations, stop)?;
        self.check_hits(&counted)?;
        let operations_per_s = Tally::sum(&counted).operations_per_s() * self.cores_of::<M>() as f64;
        done.extend(counted);
        self.check_contents(&mut map.handle(), &done)?;
        Ok(Figures { mops: Some(operations_per_s / 1e6), ..Figures::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::ValueEnum;

    use super::*;
    use crate::workload::{Cell, Workload};

    const SETTINGS: Settings = Settings {
        rounds: 1,
        warm_up: Duration::from_millis(1),
        length: Duration::from_millis(1),
        patience: Duration::from_secs(600),
        seed: 7,
    };

    #[test]
    fn every_map_comes_through_every_workload() {
        let threads = 2;
        for &workload in Workload::value_variants().iter().filter(|workload| **workload != Workload::Trace) {
            for &distribution in workload.distributions() {
                let keys = if workload.fixes_keys() { workload.keys()[0] } else { 1000 };
                let trial = Cell { workload, keys, distribution, threads, trace: None }.trial(&SETTINGS).unwrap();
                for &contestant in Contestant::value_variants() {
                    let figures = trial.conduct(contestant);
                    let is_measured = |figures: &Figures| figures.mops > Some(0.0) || !figures.costs.is_empty();
                    assert!(figures.as_ref().is_ok_and(is_measured), "{contestant}, {workload}: {figures:?}");
                }
            }
        }
    }
}
