//! `adapt`: how our store meets load that changes, with each strategy, against all numbers of shards that somebody might choose.
//!
//! Stores with fixed numbers of shards, whose tuner chooses modes and nothing else, and stores that tune themselves go through the phases of
//! the workload `changing` in turn. The best fixed number is chosen on odd rounds, and all are scored on even ones, so that the best has
//! no advantage from having been lucky. Each regime of the machine is scored by itself.

mod score;

use std::{io, num::NonZeroUsize, path::PathBuf, process::ExitCode, time::Duration};

use autoshard::BuildError;
use autoshard_tuning::{Strategy, simulator::STATIC_COUNTS};
use clap::Args;

use crate::{
    fault::Fault,
    keys::Distribution,
    maps::{Ours, settled_store, strategic_store},
    transfer::{self, Regime},
    trial::{Adaptation, Course},
    workload::{Cell, Settings, Workload},
};
use score::Evaluation;

const STRATEGIES: [Strategy; 3] = [Strategy::Contention, Strategy::Formula, Strategy::Fixed];
/// Length of a phase for a store whose shards stay, of that of others: it has only modes to find.
const STATIC_PART: f64 = 0.25;
/// A way in which the machine changes from one regime to another is gone so often at most.
const TRIES: u32 = 3;

#[derive(Debug, Args)]
pub(crate) struct AdaptArgs {
    /// Two short rounds: two minutes in all.
    #[arg(long)]
    quick: bool,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',', default_values = ["2", "8"])]
    threads: Vec<NonZeroUsize>,
    /// Keys.
    #[arg(long, default_value = "100000")]
    keys: NonZeroUsize,
    /// Rounds; on odd ones the best number is chosen, even ones count.
    #[arg(long, value_parser = clap::value_parser!(u8).range(2..))]
    rounds: Option<u8>,
    /// Length of a phase in seconds; a quarter of it for stores whose shards stay.
    #[arg(long, value_name = "SECONDS", value_parser = phase_length)]
    seconds_per_phase: Option<Duration>,
    /// What keys and operations are drawn from.
    #[arg(long, default_value_t = 0x5eed)]
    seed: u64,
    /// File for all rows.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// A store's way through the phases.
struct Way {
    /// What it was before and after; `None` if that differs, and the way says little.
    regime: Option<Regime>,
    /// Shards that the store had once it was filled.
    shards_at_first: usize,
    course: Course,
}

/// Each store's way.
struct Round {
    /// In the order of [`STATIC_COUNTS`].
    fixed: Vec<Way>,
    /// In the order of [`STRATEGIES`].
    strategies: Vec<Way>,
}

/// Measures, and prints the rows. It fails if the strategy `contention` misses what is asked of it, or if something could not be measured.
pub(crate) fn adapt(args: &AdaptArgs) -> Result<ExitCode, Fault> {
    let (rounds, phase) = if args.quick { (2, 1.0) } else { (4, 4.0) };
    let rounds = args.rounds.map_or(rounds, usize::from);
    let phase = args.seconds_per_phase.unwrap_or(Duration::from_secs_f64(phase));
    let mut evaluations: Vec<Evaluation> = Vec::new();
    for threads in args.threads.iter().map(|threads| threads.get()) {
        let cell = Cell {
            workload: Workload::Adaptation,
            keys: args.keys.get(),
            distribution: Distribution::Phases,
            threads,
            trace: None,
        };
        let settings =
            Settings { rounds, warm_up: Duration::ZERO, length: phase, patience: Duration::MAX, seed: args.seed };
        let adaptation = Adaptation::new(&cell, &settings);
        let rounds: Vec<Round> = (0..rounds).map(|_| conduct(&adaptation, &cell, phase)).collect::<Result<_, _>>()?;
        let before = evaluations.len();
        for regime in [Regime::Near, Regime::Far, Regime::Single] {
            if let Some(evaluation) = Evaluation::of(&cell, &rounds, regime) {
                crate::say(&evaluation);
                evaluations.push(evaluation);
            }
        }
        if evaluations.len() == before {
            crate::say(format!(
                "{cell}: no regime of the machine came often enough to be scored; more rounds may help\n"
            ));
        }
    }
    let mut is_good = !evaluations.is_empty() && evaluations.iter().all(Evaluation::is_good);
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&evaluations).map_err(io::Error::from);
        is_good &= crate::write_file(path, text);
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn conduct(adaptation: &Adaptation, cell: &Cell, phase: Duration) -> Result<Round, Fault> {
    let fixed = STATIC_COUNTS
        .into_iter()
        .map(|shards| go(adaptation, || settled_store(cell.keys, shards), phase.mul_f64(STATIC_PART)));
    let fixed = fixed.collect::<Result<_, Fault>>()?;
    let strategies = STRATEGIES.into_iter().map(|it| go(adaptation, || strategic_store(it.name()), phase));
    Ok(Round { fixed, strategies: strategies.collect::<Result<_, Fault>>()? })
}

/// One way; again, if the machine was not the same throughout.
fn go(
    adaptation: &Adaptation,
    build: impl Fn() -> Result<Ours<u64, u64>, BuildError>,
    phase: Duration,
) -> Result<Way, Fault> {
    let regime = || Regime::of(transfer::measure_ns());
    let mut tries = 0;
    loop {
        let store = build().map_err(|error| Fault::Policy(error.to_string()))?;
        let before = regime();
        let course = adaptation.course_of(&store, phase)?;
        let regime = (regime() == before).then_some(before);
        tries += 1;
        if regime.is_some() || tries == TRIES {
            return Ok(Way { regime, shards_at_first: course.shards_at_first(), course });
        }
    }
}

fn phase_length(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "this is no number of seconds".to_owned())?;
    let shortest = 0.4;
    match Duration::try_from_secs_f64(seconds) {
        Ok(length) if seconds >= shortest => Ok(length),
        _ => Err(format!("a phase takes {shortest} seconds at least, so that one whose shards stay has 100 ms")),
    }
}
