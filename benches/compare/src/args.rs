//! The command line, and the plan that it is resolved into once.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{Args as ArgsGroup, Parser, Subcommand};

use crate::{
    maps::Contestant,
    workload::{Distribution, Mix, Workload},
};

/// Compares autoshard with other concurrent maps.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Throughput of each map under each mix of operations.
    Compare(CompareArgs),
}

#[derive(Debug, ArgsGroup)]
pub(crate) struct CompareArgs {
    /// A first idea: few keys, two threads, three short rounds; other options still count.
    #[arg(long)]
    quick: bool,
    /// Mixes of operations; all of them without this option.
    #[arg(long, value_enum, value_delimiter = ',')]
    workload: Vec<Mix>,
    /// Distributions of keys; all of them without this option.
    #[arg(long, value_enum, value_delimiter = ',')]
    distribution: Vec<Distribution>,
    /// Maps; all of them without this option.
    #[arg(long, value_enum, value_delimiter = ',')]
    map: Vec<Contestant>,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',')]
    threads: Vec<NonZeroUsize>,
    /// Numbers of keys.
    #[arg(long, value_delimiter = ',')]
    keys: Vec<NonZeroUsize>,
    /// Counted rounds of each map in each cell; one more goes before them to warm up.
    #[arg(long)]
    rounds: Option<NonZeroUsize>,
    /// Length of a round in seconds.
    #[arg(long)]
    seconds_per_round: Option<f64>,
    /// File for all that was measured.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What is to be measured.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) mixes: Vec<Mix>,
    pub(crate) distributions: Vec<Distribution>,
    pub(crate) contestants: Vec<Contestant>,
    pub(crate) threads: Vec<usize>,
    pub(crate) keys: Vec<usize>,
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    pub(crate) json: Option<PathBuf>,
}

/// One workload by so many threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    pub(crate) threads: usize,
}

impl CompareArgs {
    /// The plan; the error is a sentence for the user.
    pub(crate) fn resolve(self) -> Result<Plan, String> {
        let (threads, keys, rounds, seconds) = if self.quick {
            (&[2][..], &[100_000][..], 3, 0.2)
        } else {
            (&[1, 2, 8][..], &[100_000, 10_000_000][..], 5, 1.0)
        };
        let seconds = self.seconds_per_round.unwrap_or(seconds);
        let round = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|round| !round.is_zero())
            .ok_or_else(|| format!("--seconds-per-round must be above zero, and is {seconds}."))?;
        Ok(Plan {
            mixes: all_unless_chosen(self.workload),
            distributions: all_unless_chosen(self.distribution),
            contestants: all_unless_chosen(self.map),
            threads: numbers_unless_chosen(self.threads, threads),
            keys: numbers_unless_chosen(self.keys, keys),
            rounds: self.rounds.map_or(rounds, NonZeroUsize::get),
            round,
            json: self.json,
        })
    }
}

impl Plan {
    /// All cells, the largest number of keys last.
    pub(crate) fn cells(&self) -> impl Iterator<Item = Cell> {
        self.keys.iter().flat_map(move |&keys| {
            self.mixes.iter().flat_map(move |&mix| {
                self.distributions.iter().flat_map(move |&distribution| {
                    let workload = Workload { mix, distribution, keys };
                    self.threads.iter().map(move |&threads| Cell { workload, threads })
                })
            })
        })
    }
}

fn all_unless_chosen<T: clap::ValueEnum>(chosen: Vec<T>) -> Vec<T> {
    if chosen.is_empty() { T::value_variants().to_vec() } else { chosen }
}

fn numbers_unless_chosen(chosen: Vec<NonZeroUsize>, otherwise: &[usize]) -> Vec<usize> {
    if chosen.is_empty() { otherwise.to_vec() } else { chosen.into_iter().map(NonZeroUsize::get).collect() }
}
