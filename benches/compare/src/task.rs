//! A cell as a process of its own measures it, and what that process says of it: a line of JSON each.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::{
    maps::Contestant,
    measurement::{Failure, Measurement},
    transfer::{self, Regime},
    workload::{Cell, Settings},
};

/// What the process is to measure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) cell: Cell,
    pub(crate) contestants: Vec<Contestant>,
    pub(crate) settings: Settings,
}

/// What it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A round of this map begins.
    Begun(Contestant),
    Measured(Measurement),
    /// A map did not come through; nothing follows.
    Failed(Failure),
    /// Nothing can be measured; nothing follows.
    Impossible(String),
    /// All rounds of all maps are over.
    Ended,
}

impl Task {
    /// Measures all maps in turn, round by round, and tells standard output. Ends with the first map that fails.
    pub(crate) fn carry_out(&self) -> io::Result<()> {
        let trial = match self.cell.trial(&self.settings) {
            Ok(trial) => trial,
            Err(fault) => return tell(&Event::Impossible(fault.to_string())),
        };
        let mut order = self.contestants.clone();
        for round in 0..=self.settings.rounds {
            for &map in &order {
                tell(&Event::Begun(map))?;
                let transfer_ns = transfer::measure_ns();
                match trial.conduct(map) {
                    Err(fault) => return tell(&Event::Failed(Failure { map, reason: fault.to_string() })),
                    // The first round warms up the machine.
                    Ok(_) if round == 0 => {}
                    Ok(figures) => {
                        let regime = Regime::of(transfer_ns);
                        tell(&Event::Measured(Measurement { map, round, transfer_ns, regime, figures }))?;
                    }
                }
            }
            // No map always comes after the same other one's heat and garbage, nor always first.
            order.rotate_left(1);
        }
        tell(&Event::Ended)
    }
}

fn tell(event: &Event) -> io::Result<()> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}
