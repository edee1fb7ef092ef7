//! A group of cells as a process of its own measures it, and what that process says of it: a line of JSON each.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    maps::Contestant,
    measurement::Measurement,
    transfer::{self, Regime},
    trial::Trial,
    workload::{Group, Settings},
};

/// What the process is to measure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) group: Group,
    pub(crate) entrants: Vec<Entrant>,
    pub(crate) settings: Settings,
}

/// A map, and how far it goes: a round ends for it before the cell in which it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entrant {
    pub(crate) map: Contestant,
    /// The group's first so many cells.
    pub(crate) cells: usize,
}

/// What it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// This map begins with the group's cell of that number.
    Begun { map: Contestant, cell: usize },
    /// What came of it.
    Measured { cell: usize, measurement: Measurement },
    /// The map did not come through, for this reason; nothing follows.
    Failed(String),
    /// Nothing can be measured; nothing follows.
    Impossible(String),
    /// All rounds of all maps are over.
    Ended,
}

impl Task {
    /// By all maps, each going through all of the cells.
    pub(crate) fn new(group: Group, maps: &[Contestant], settings: Settings) -> Self {
        let cells = group.cells().count();
        Self { group, entrants: maps.iter().map(|&map| Entrant { map, cells }).collect(), settings }
    }

    /// Leaves a map out of the cell in which it failed and of those after it, which would begin with what it then held. How far it was
    /// to go before.
    pub(crate) fn leave_out(&mut self, map: Contestant, failed: usize) -> usize {
        let Some(index) = self.entrants.iter().position(|entrant| entrant.map == map) else { return failed };
        let before = std::mem::replace(&mut self.entrants[index].cells, failed);
        self.entrants.retain(|entrant| entrant.cells > 0);
        before
    }

    /// Measures all maps in turn, round by round, and tells standard output. Ends with the first map that fails.
    pub(crate) fn carry_out(&self) -> io::Result<()> {
        let trial = match self.group.trial(&self.settings) {
            Ok(trial) => trial,
            Err(fault) => return tell(&Event::Impossible(fault.to_string())),
        };
        let mut order = self.entrants.clone();
        for round in 0..=self.settings.rounds {
            for &entrant in &order {
                if let Err(fault) = conduct(&*trial, entrant, round)? {
                    return tell(&Event::Failed(fault.to_string()));
                }
            }
            // No map always comes after the same other one's heat and garbage, nor always first.
            order.rotate_left(1);
        }
        tell(&Event::Ended)
    }
}

/// One round of one map.
fn conduct(trial: &dyn Trial, Entrant { map, cells }: Entrant, round: usize) -> io::Result<Result<(), Fault>> {
    let mut measured = trial.conduct(map);
    for cell in 0..cells {
        tell(&Event::Begun { map, cell })?;
        let transfer_ns = transfer::measure_ns();
        match measured.next() {
            Some(Err(fault)) => return Ok(Err(fault)),
            // The first round warms up the machine.
            Some(Ok(figures)) if round > 0 => {
                let regime = Regime::of(transfer_ns);
                let measurement = Measurement { map, round, transfer_ns, regime, figures };
                tell(&Event::Measured { cell, measurement })?;
            }
            Some(Ok(_)) | None => {}
        }
    }
    Ok(Ok(()))
}

fn tell(event: &Event) -> io::Result<()> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        keys::Distribution,
        workload::{Cell, Workload},
    };

    #[test]
    fn a_map_goes_as_far_as_it_comes_through() {
        let second = Duration::from_secs(1);
        let settings = Settings { rounds: 1, warm_up: second, length: second, patience: second, seed: 7 };
        let cell = |threads| Cell {
            workload: Workload::Get,
            keys: 10,
            distribution: Distribution::Uniform,
            threads,
            trace: None,
        };
        let group = Group::all([1, 2, 8].map(cell).into()).remove(0);
        let mut task = Task::new(group, &[Contestant::Scc, Contestant::Flurry], settings);
        assert_eq!(task.leave_out(Contestant::Flurry, 2), 3);
        assert_eq!(task.leave_out(Contestant::Flurry, 1), 2);
        assert_eq!(task.entrants.last(), Some(&Entrant { map: Contestant::Flurry, cells: 1 }));
        assert_eq!(task.leave_out(Contestant::Flurry, 0), 1);
        assert_eq!(task.entrants, [Entrant { map: Contestant::Scc, cells: 3 }]);
    }
}
