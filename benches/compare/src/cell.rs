//! One cell of the table: all maps, with the same keys and operations, their rounds interleaved.

use std::sync::Arc;

use crate::{
    args::{Cell, Plan},
    maps::{Contestant, Entered},
    measurement::Measurement,
    round::Outcome,
    transfer::{self, Regime},
};

/// A map at its rounds.
struct Entrant {
    contestant: Contestant,
    map: Box<dyn Entered>,
    updates: u64,
}

/// Fills each map afresh, warms it up by one round, and measures it round by round in turn with the others.
///
/// A map that loses a key or an update is an error: its speed says nothing.
pub(crate) fn measure(cell: &Cell, plan: &Plan) -> Result<Vec<Measurement>, String> {
    let prepared = Arc::new(cell.workload.prepare(cell.threads));
    let enter = |&contestant: &Contestant| Entrant { contestant, map: contestant.enter(&prepared), updates: 0 };
    let mut entrants: Vec<Entrant> = plan.contestants.iter().map(enter).collect();
    let mut measurements = Vec::with_capacity(entrants.len() * plan.rounds);
    for round in 0..=plan.rounds {
        for entrant in &mut entrants {
            let transfer_ns = transfer::measure_ns();
            let outcome = entrant.map.round(plan.round);
            entrant.check(cell, &outcome)?;
            let warm_up = round == 0;
            if !warm_up {
                measurements.push(Measurement {
                    workload: cell.workload,
                    threads: cell.threads,
                    map: entrant.contestant,
                    round,
                    operations: outcome.operations,
                    operations_per_s: outcome.operations_per_s,
                    transfer_ns,
                    regime: Regime::of(transfer_ns),
                });
            }
        }
    }
    entrants.iter().try_for_each(|entrant| entrant.check_sum(cell))?;
    Ok(measurements)
}

impl Entrant {
    /// Where keys stay, each operation must have found its own.
    fn check(&mut self, cell: &Cell, outcome: &Outcome) -> Result<(), String> {
        self.updates += outcome.updates;
        if cell.workload.mix.moves_keys() || outcome.hits == outcome.operations {
            return Ok(());
        }
        let missed = outcome.operations - outcome.hits;
        Err(format!("{} missed a key that was there {missed} times ({}).", self.contestant.name(), cell.workload))
    }

    /// Where keys stay, the values must add up to the updates.
    fn check_sum(&self, cell: &Cell) -> Result<(), String> {
        if cell.workload.mix.moves_keys() || self.map.sum() == self.updates {
            return Ok(());
        }
        Err(format!(
            "{} holds {} updates of {} ({}).",
            self.contestant.name(),
            self.map.sum(),
            self.updates,
            cell.workload
        ))
    }
}
