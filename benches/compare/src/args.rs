//! The command line, and the plan that it is resolved into once.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{Args as ArgsGroup, Parser, Subcommand, ValueEnum};
use thiserror::Error;

use crate::{
    adapt::AdaptArgs,
    calibration::CalibrateArgs,
    keys::Distribution,
    maps::Contestant,
    task::Task,
    trace::{self, Trace, TraceError},
    workload::{Cell, Family, Group, Settings, Workload},
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
    /// Measures each map under each workload.
    Compare(CompareArgs),
    /// Holds our store, tuning itself while the load changes, against all fixed numbers of shards; takes some minutes.
    Adapt(AdaptArgs),
    /// Holds the simulator against this machine: stores with fixed numbers of shards, measured and simulated; takes some minutes.
    Calibrate(CalibrateArgs),
    /// Measures cells that share a map, or one; `compare` starts it so.
    #[command(hide = true)]
    Measure {
        /// The cells and the maps, as `compare` writes them.
        #[arg(value_parser = task)]
        task: Task,
    },
}

#[derive(Debug, ArgsGroup)]
pub(crate) struct CompareArgs {
    /// A first idea, in two minutes: the mixes, few keys, short rounds; other options still count.
    #[arg(long)]
    quick: bool,
    /// Workloads, or families of them; all of them without this option.
    #[arg(long, value_delimiter = ',', value_parser = workloads)]
    workload: Vec<Workloads>,
    /// Distributions of keys; all that a workload has without this option.
    #[arg(long, value_enum, value_delimiter = ',')]
    distribution: Vec<Distribution>,
    /// Maps; all without this option, but for our store with forced modes.
    #[arg(long, value_enum, value_delimiter = ',')]
    map: Vec<Contestant>,
    /// Numbers of threads, for workloads that leave them open.
    #[arg(long, value_delimiter = ',')]
    threads: Vec<NonZeroUsize>,
    /// Numbers of keys, for workloads that leave them open.
    #[arg(long, value_delimiter = ',')]
    keys: Vec<NonZeroUsize>,
    /// Counted rounds of each map in each cell; one more goes before them to warm up.
    #[arg(long)]
    rounds: Option<NonZeroUsize>,
    /// Counted time of a round in seconds.
    #[arg(long, value_name = "SECONDS")]
    seconds_per_round: Option<f64>,
    /// Time at the start of each round that is not counted, in seconds.
    #[arg(long, value_name = "SECONDS")]
    warm_up: Option<f64>,
    /// Time after which a map without a sign of life counts as hung, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0)]
    patience: f64,
    /// Folder with recorded traces; without it none is replayed.
    #[arg(long, value_name = "FOLDER")]
    traces: Option<PathBuf>,
    /// What keys and operations are drawn from.
    #[arg(long, default_value_t = 0x5eed)]
    seed: u64,
    /// File for all rows.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// File for a page with plots.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What one word of `--workload` stands for.
#[derive(Clone, Debug)]
struct Workloads(Vec<Workload>);

/// What is to be measured, and where the results go.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) tasks: Vec<Task>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) html: Option<PathBuf>,
}

/// What is wrong with the options together.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum PlanError {
    #[error("--{option} takes a number of seconds{above_zero}, but is {found}.")]
    Seconds { option: &'static str, above_zero: &'static str, found: f64 },
    #[error("None of the workloads chosen has a distribution of those chosen; leave --distribution or --workload out.")]
    NoCell,
    #[error("The workload trace needs the folder of the traces; name it with --traces.")]
    NoTraces,
    #[error("{0}.")]
    Trace(#[from] TraceError),
}

/// What holds unless an option says otherwise.
struct Defaults {
    rounds: usize,
    warm_up_s: f64,
    round_s: f64,
    /// `None`: those of each workload.
    threads: Option<&'static [usize]>,
    keys: Option<&'static [usize]>,
}

impl Defaults {
    /// The warm-up gives our tuner two of its windows, and time to act on the first.
    const FULL: Self = Self { rounds: 5, warm_up_s: 1.0, round_s: 0.5, threads: None, keys: None };
    /// Two minutes in all; no tuner acts in a warm-up as short as this.
    const QUICK: Self =
        Self { rounds: 3, warm_up_s: 0.015, round_s: 0.035, threads: Some(&[2, 8]), keys: Some(&[100_000]) };
}

impl CompareArgs {
    /// The plan.
    pub(crate) fn resolve(self) -> Result<Plan, PlanError> {
        let defaults = if self.quick { Defaults::QUICK } else { Defaults::FULL };
        let settings = self.settings(&defaults)?;
        let contestants = match (self.map.is_empty(), self.quick) {
            (false, _) => in_order(&self.map),
            (true, true) => Contestant::quick(),
            (true, false) => Contestant::usual(),
        };
        let cells = self.cells(&defaults)?;
        if cells.is_empty() {
            return Err(PlanError::NoCell);
        }
        let task = |group| Task::new(group, &contestants, settings);
        Ok(Plan { tasks: Group::all(cells).into_iter().map(task).collect(), json: self.json, html: self.html })
    }

    fn settings(&self, defaults: &Defaults) -> Result<Settings, PlanError> {
        Ok(Settings {
            rounds: self.rounds.map_or(defaults.rounds, NonZeroUsize::get),
            warm_up: seconds("warm-up", self.warm_up.unwrap_or(defaults.warm_up_s), false)?,
            length: seconds("seconds-per-round", self.seconds_per_round.unwrap_or(defaults.round_s), true)?,
            patience: seconds("patience", self.patience, true)?,
            seed: self.seed,
        })
    }

    /// All cells, in the order of the workloads; the largest numbers of keys last within each.
    fn cells(&self, defaults: &Defaults) -> Result<Vec<Cell>, PlanError> {
        let mut cells = Vec::new();
        for workload in self.workloads() {
            let wanted =
                |distribution: &&Distribution| self.distribution.is_empty() || self.distribution.contains(distribution);
            for (keys, trace) in self.key_sets(workload, defaults)? {
                for &distribution in workload.distributions().iter().filter(wanted) {
                    let cell = |threads| Cell { workload, keys, distribution, threads, trace: trace.clone() };
                    cells.extend(self.threads(workload, defaults).into_iter().map(cell));
                }
            }
        }
        Ok(cells)
    }

    /// Numbers of keys, or the traces that have so many.
    fn key_sets(&self, workload: Workload, defaults: &Defaults) -> Result<Vec<(usize, Option<PathBuf>)>, PlanError> {
        if workload == Workload::Trace {
            let files = trace::files(self.traces.as_deref().ok_or(PlanError::NoTraces)?)?;
            return files.into_iter().map(|file| Ok((Trace::load(&file)?.keys(), Some(file)))).collect();
        }
        let numbers = match (workload.fixes_keys(), self.keys.is_empty()) {
            (true, _) => workload.keys().to_vec(),
            (false, true) => defaults.keys.unwrap_or(workload.keys()).to_vec(),
            (false, false) => self.keys.iter().map(|number| number.get()).collect(),
        };
        Ok(numbers.into_iter().map(|keys| (keys, None)).collect())
    }

    fn threads(&self, workload: Workload, defaults: &Defaults) -> Vec<usize> {
        match (workload.fixes_threads(), self.threads.is_empty()) {
            (true, _) => workload.threads().to_vec(),
            (false, true) => defaults.threads.unwrap_or(workload.threads()).to_vec(),
            (false, false) => self.threads.iter().map(|number| number.get()).collect(),
        }
    }

    fn workloads(&self) -> Vec<Workload> {
        match (self.workload.is_empty(), self.quick) {
            (false, _) => {
                let named: Vec<Workload> = self.workload.iter().flat_map(|workloads| workloads.0.clone()).collect();
                in_order(&named)
            }
            (true, true) => Family::Mixes.workloads().collect(),
            (true, false) => {
                let has_traces = self.traces.is_some();
                let all = Workload::value_variants().iter().copied();
                all.filter(|&workload| has_traces || workload != Workload::Trace).collect()
            }
        }
    }
}

/// The chosen ones once each, in the order in which they are declared.
fn in_order<T: ValueEnum + PartialEq + Copy>(chosen: &[T]) -> Vec<T> {
    T::value_variants().iter().copied().filter(|variant| chosen.contains(variant)).collect()
}

fn seconds(option: &'static str, found: f64, above_zero: bool) -> Result<Duration, PlanError> {
    Duration::try_from_secs_f64(found)
        .ok()
        .filter(|duration| !above_zero || !duration.is_zero())
        .ok_or(PlanError::Seconds { option, above_zero: if above_zero { " above zero" } else { "" }, found })
}

/// The workload, or the family, of that name.
fn workloads(name: &str) -> Result<Workloads, String> {
    if let Ok(workload) = Workload::from_str(name, false) {
        return Ok(Workloads(vec![workload]));
    }
    if let Ok(family) = Family::from_str(name, false) {
        return Ok(Workloads(family.workloads().collect()));
    }
    let families: Vec<String> = Family::value_variants().iter().map(Family::to_string).collect();
    let workloads: Vec<String> = Workload::value_variants().iter().map(Workload::to_string).collect();
    Err(format!(
        "there is no such workload; families are {}; workloads are {}",
        families.join(", "),
        workloads.join(", ")
    ))
}

fn task(text: &str) -> Result<Task, String> {
    serde_json::from_str(text).map_err(|error| format!("this is no task: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Entrant;

    fn plan(options: &[&str]) -> Result<Plan, PlanError> {
        let Command::Compare(args) = Args::parse_from(["", "compare"].iter().chain(options)).command else {
            panic!("compare was asked for")
        };
        args.resolve()
    }

    fn cells(plan: &Plan) -> Vec<&Cell> {
        plan.tasks.iter().flat_map(|task| task.group.cells()).collect()
    }

    fn is_refused(options: &[&str]) -> bool {
        Args::try_parse_from(["", "compare"].iter().chain(options)).is_err()
    }

    #[test]
    fn quick_is_the_mixes_over_few_keys() {
        let plan = plan(&["--quick"]).unwrap();
        let cells = cells(&plan);
        assert_eq!(cells.len(), 6 * 2 * 2);
        assert!(cells.iter().all(|cell| cell.keys == 100_000 && cell.threads != 1));
        // `exchange` has a map of its own.
        assert_eq!(plan.tasks.len(), 2);
    }

    #[test]
    fn options_choose_cells_and_maps() {
        let options = [
            "--workload",
            "ycsb,get",
            "--distribution",
            "zipf",
            "--threads",
            "3",
            "--keys",
            "10",
            "--map",
            "scc,autoshard",
        ];
        let plan = plan(&options).unwrap();
        let cells = cells(&plan);
        let workloads: Vec<Workload> = cells.iter().map(|cell| cell.workload).collect();
        // D has no Zipf distribution but its own.
        assert_eq!(workloads, [Workload::Get, Workload::YcsbA, Workload::YcsbB, Workload::YcsbC, Workload::YcsbF]);
        let entrant = |map| Entrant { map, cells: 1 };
        assert_eq!(plan.tasks[0].entrants, [Contestant::Autoshard, Contestant::Scc].map(entrant));
        assert_eq!((cells[0].threads, cells[0].keys), (3, 10));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for options in
            [["--map", "dasmap"], ["--workload", "gets"], ["--threads", "0"], ["--rounds", "-1"], ["--seed", "x"]]
        {
            assert!(is_refused(&options), "{options:?}");
        }
        for options in [["--seconds-per-round", "0"], ["--warm-up=-1", "--quick"], ["--patience", "NaN"]] {
            assert!(matches!(plan(&options), Err(PlanError::Seconds { .. })), "{options:?}");
        }
        assert!(matches!(plan(&["--workload", "trace"]), Err(PlanError::NoTraces)));
        assert!(matches!(plan(&["--workload", "trace", "--traces", "no/such"]), Err(PlanError::Trace(_))));
        assert!(matches!(plan(&["--workload", "ycsb-d", "--distribution", "uniform"]), Err(PlanError::NoCell)));
    }
}
