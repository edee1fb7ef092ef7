//! `calibrate`: what the simulator says of this machine, beside what is measured on it.
//!
//! Stores with fixed numbers of shards, whose tuner chooses modes and nothing else, are measured under mixes of reads and updates,
//! interleaved, and simulated with the machine's cores and the transfer that was measured before each round. Of the simulator's
//! parameters none is fitted here but that transfer.

mod agreement;

use std::{io, path::PathBuf, process::ExitCode, time::Duration};

use autoshard_tuning::{
    Policy, Strategy,
    simulator::{Machine, STATIC_COUNTS, Simulation, Traffic, Workload as Simulated},
};
use clap::Args;

use crate::{
    cores,
    fault::Fault,
    keys::Distribution,
    maps::{Ours, settled_store},
    operation::Prepared,
    report::Spread,
    round::{Stop, Tally, fill, run},
    transfer::{self, Regime},
    workload::{Cell, Settings, Workload, prepare_mix},
};
use agreement::{Agreement, Pair};

/// Keys of all stores.
const KEYS: usize = 100_000;
/// The mixes, with their shares of writes.
const MIXES: [(Workload, f64); 5] = [
    (Workload::Get, 0.0),
    (Workload::Get99, 0.01),
    (Workload::Get95, 0.05),
    (Workload::Get50, 0.5),
    (Workload::Update, 1.0),
];
const DISTRIBUTIONS: [Distribution; 2] = [Distribution::Uniform, Distribution::Zipf];
const THREADS: [usize; 3] = [1, 2, 8];
/// Zipf's exponent of the comparison's keys.
const EXPONENT: f64 = 0.99;
/// Before a round counts, the tuner chooses modes: three of its windows.
const WARM_UP: Duration = Duration::from_millis(350);
/// Windows that are simulated: as many as it takes to choose modes, and as many again.
const WINDOWS: u32 = 12;

#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Counted rounds of each store.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    /// File for all rows.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Measures, simulates, and says how far they agree. It fails if they do not, or if something could not be measured.
pub(crate) fn calibrate(args: &CalibrateArgs) -> Result<ExitCode, Fault> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (workload, write_share) in MIXES {
        for distribution in DISTRIBUTIONS {
            for threads in THREADS {
                let cell = Cell { workload, keys: KEYS, distribution, threads, trace: None };
                let row = calibrate_cell(&cell, write_share, args.rounds)?;
                crate::say(agreement::Line(&row));
                pairs.extend(row);
            }
        }
    }
    let mut is_good = true;
    for regime in [Regime::Near, Regime::Far, Regime::Single] {
        if let Some(agreement) = Agreement::of(&pairs, regime) {
            crate::say(&agreement);
            is_good &= agreement.is_good();
        }
    }
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&pairs).map_err(io::Error::from);
        is_good &= crate::write_file(path, text);
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All numbers of shards under one mix.
fn calibrate_cell(cell: &Cell, write_share: f64, rounds: u8) -> Result<Vec<Pair>, Fault> {
    let settings = Settings {
        rounds: usize::from(rounds),
        warm_up: WARM_UP,
        length: Duration::from_millis(100),
        patience: Duration::from_secs(600),
        seed: 0x5eed,
    };
    let prepared = prepare_mix(cell.workload, cell, &settings);
    let mut measured = vec![Vec::new(); STATIC_COUNTS.len()];
    for _ in 0..rounds {
        for (shards, rounds) in STATIC_COUNTS.into_iter().zip(&mut measured) {
            let transfer_ns = transfer::measure_ns();
            rounds.push((Regime::of(transfer_ns), transfer_ns, measure(shards, &prepared, &settings)?));
        }
    }
    let pairs = STATIC_COUNTS.into_iter().zip(measured).filter_map(|(shards, rounds)| {
        // The regime that most rounds had.
        let regime = [Regime::Near, Regime::Far, Regime::Single]
            .into_iter()
            .max_by_key(|regime| rounds.iter().filter(|round| round.0 == *regime).count())?;
        let of_regime = || rounds.iter().filter(move |round| round.0 == regime);
        let mops = Spread::of(of_regime().map(|round| round.2))?.median;
        let transfer_ns = Spread::of(of_regime().filter_map(|round| round.1)).map_or(0.0, |spread| spread.median);
        let simulated = simulate(cell, write_share, shards, transfer_ns);
        Some(Pair { cell: cell.clone(), shards, regime, transfer_ns, measured_mops: mops, simulated_mops: simulated })
    });
    Ok(pairs.collect())
}

/// Millions of operations a second of a store with so many shards.
fn measure(shards: u32, prepared: &Prepared<u64>, settings: &Settings) -> Result<f64, Fault> {
    let store: Ours<u64, u64> =
        settled_store(prepared.capacity, shards).map_err(|error| Fault::Policy(error.to_string()))?;
    fill(&store, &prepared.present)?;
    run(&store, &prepared.operations, Stop::After(settings.warm_up))?;
    let counted = run(&store, &prepared.operations, Stop::After(settings.length))?;
    Ok(Tally::sum(&counted).operations_per_s() / 1e6)
}

fn simulate(cell: &Cell, write_share: f64, shards: u32, transfer_ns: f64) -> f64 {
    let mut machine = Machine::near(cores::count() as u32);
    machine.near_ns = transfer_ns;
    let mut policy = Policy::default();
    policy.tuner.strategy = Strategy::Fixed;
    policy.shards.initial = Some(shards);
    let traffic = Traffic::reads(cell.threads as u32, cell.keys as u32).writing(write_share);
    let traffic = if cell.distribution == Distribution::Zipf { traffic.zipf(EXPONENT) } else { traffic };
    let workload = Simulated::steady("calibration", policy.tuner.window() * WINDOWS, traffic);
    Simulation::new(&machine, &policy).run(&workload).settled_mops(0)
}
