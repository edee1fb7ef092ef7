//! The command line, as it is typed; `RunConfig` is what it comes to.

use std::path::PathBuf;

use autoshard_tuning::{Profile, simulator::Workload};
use clap::{Args, Parser, Subcommand, builder::PossibleValuesParser, value_parser};

use crate::{trace::Format, workload::Scenario};

/// A store that tunes itself, shown at work.
///
/// Without arguments it runs the default scenario for about 20 seconds: it drives a store through changing load, shows
/// how the store changes its shards and finds its hot keys, and proves at the end that no update was lost.
#[derive(Debug, Parser)]
#[command(name = "autoshard", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Drive a store with a scenario or a trace, show it tuning, and prove that nothing is lost (the default).
    #[command(after_help = EXIT_CODES)]
    Run(RunArguments),
    /// Run a store on a machine in numbers, of up to 256 cores, and hold it against fixed numbers of shards.
    #[command(after_help = SIMULATE_EXIT_CODES)]
    Simulate(SimulateArguments),
    /// Check, show and explain policies.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Compare the assignments of slots to shards on the store: what moves when their number changes, and how load spreads.
    Routing(RoutingArguments),
}

/// Arguments of `routing`.
#[derive(Debug, Args)]
pub(crate) struct RoutingArguments {
    /// Keys in the store.
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = value_parser!(u32).range(1000..=100_000_000))]
    pub(crate) keys: u32,
}

/// What `run` tells by its exit code.
const EXIT_CODES: &str = "Exit codes: 0 if nothing was lost, 1 if something was or the run broke down, 2 if an \
     argument, a trace or a policy is wrong; nothing was started then.";

/// What `simulate` tells by its exit code.
const SIMULATE_EXIT_CODES: &str = "Exit codes: 0 if the store comes to 95 % of the best fixed number of shards in every phase, 1 if not, \
     2 if an argument, a trace or a policy is wrong.";

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// Cores of the machine [default: as many as here; with --evaluate, 2 to 256].
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) cores: Option<u16>,
    /// Threads that use the store [default: one per core].
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=4096), conflicts_with = "evaluate")]
    pub(crate) threads: Option<u16>,
    /// A line takes as long from core to core as between sockets.
    #[arg(long, conflicts_with = "evaluate")]
    pub(crate) far: bool,
    /// What is done to the store [default: adaptation].
    #[arg(long, value_name = "NAME", value_parser = workloads())]
    pub(crate) workload: Option<String>,
    /// Keys and writes of this access trace instead: libCacheSim CSV, ARC .lis, .lis.zst, or one key a line.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["workload", "evaluate"])]
    pub(crate) trace: Option<PathBuf>,
    /// Format of the trace [default: told from its first line].
    #[arg(long, value_enum, requires = "trace")]
    pub(crate) format: Option<Format>,
    /// Policy file (TOML) of the store.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Policy profile of the store.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Profile::NAMES))]
    pub(crate) profile: Option<String>,
    /// Length of each phase in virtual time, in seconds [default: 8].
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(crate) phase_seconds: Option<f64>,
    /// What keys and noise are drawn from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Score all workloads and strategies on machines of 2 to 256 cores; takes some minutes.
    #[arg(long)]
    pub(crate) evaluate: bool,
    /// Hold the profiles against each other under what they are named for.
    #[arg(long, conflicts_with_all = ["evaluate", "workload", "trace", "profile", "threads", "far", "html"])]
    pub(crate) profiles: bool,
    /// With --evaluate: the workloads that the controller was not improved on.
    #[arg(long, requires = "evaluate", conflicts_with = "workload")]
    pub(crate) held_out: bool,
    /// Write the results to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a report with plots to this file, as one self-contained HTML page.
    #[arg(long, value_name = "FILE", conflicts_with = "evaluate")]
    pub(crate) html: Option<PathBuf>,
}

fn workloads() -> PossibleValuesParser {
    PossibleValuesParser::new(Workload::names().chain(Workload::held_out()).chain([Workload::RHYTHM]))
}

/// Arguments of `run`.
#[derive(Debug, Default, Args)]
pub(crate) struct RunArguments {
    /// What the load threads do [default: adaptation].
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) scenario: Option<Scenario>,
    /// Replay this access trace instead of a scenario: libCacheSim CSV, ARC .lis, .lis.zst, or one key a line.
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    pub(crate) trace: Option<PathBuf>,
    /// Format of the trace [default: told from its first line].
    #[arg(long, value_enum, requires = "trace")]
    pub(crate) format: Option<Format>,
    /// Load threads [default: one per core, at least 2].
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Seconds to run [default: 20 for a scenario, 10 for a trace].
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(crate) seconds: Option<f64>,
    /// Keys of a scenario that are there throughout [default: 100000].
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(2..=100_000_000), conflicts_with = "trace")]
    pub(crate) keys: Option<u32>,
    /// Policy file (TOML) of the store.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Policy profile of the store.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Profile::NAMES))]
    pub(crate) profile: Option<String>,
    /// Let the tuner's clocks run this many times as fast: its window and its idle time are divided by it [default:
    /// 400 s / S for the scenario adaptation, which stands for so much load; 1 otherwise].
    #[arg(long, value_name = "X", value_parser = time_scale)]
    pub(crate) time_scale: Option<f64>,
    /// Rounds of arithmetic, of about a nanosecond each, that every operation does on the value it holds [default: 100].
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(0..=1_000_000))]
    pub(crate) work: Option<u32>,
    /// Write the results to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a report with plots to this file, as one self-contained HTML page.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print plain progress lines on a terminal, too, instead of the live panel.
    #[arg(long)]
    pub(crate) plain: bool,
}

/// Commands on policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check a policy file; exit code 2 and a sentence for each thing that is wrong with it.
    Check {
        /// The file (TOML).
        file: PathBuf,
    },
    /// Show the effective policy, and where each value came from.
    Show {
        /// Policy file [default: the file that AUTOSHARD_POLICY names, if any].
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// Policy profile.
        #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Profile::NAMES))]
        profile: Option<String>,
    },
    /// Explain a knob by its key, with the value in force and where that came from; or list all of them.
    Explain {
        /// The key, for example shards.max.
        key: Option<String>,
        /// Policy file [default: the file that AUTOSHARD_POLICY names, if any].
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// Policy profile.
        #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(Profile::NAMES))]
        profile: Option<String>,
    },
    /// Print a JSON Schema of policy files, for editors that check TOML by one.
    Schema,
}

fn seconds(text: &str) -> Result<f64, String> {
    number_between(text, 0.1, 86_400.0)
}

fn time_scale(text: &str) -> Result<f64, String> {
    number_between(text, 1.0, 1_000.0)
}

fn number_between(text: &str, least: f64, most: f64) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("a number from {least} to {most} is due"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn mistyped_numbers_are_refused() {
        for arguments in [["--threads", "0"], ["--seconds", "inf"], ["--keys", "1"], ["--time-scale", "0.5"]] {
            let typed = ["autoshard", "run"].into_iter().chain(arguments);
            assert!(Arguments::try_parse_from(typed).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn a_scenario_and_a_trace_exclude_each_other() {
        let typed = ["autoshard", "run", "--scenario", "zipf", "--trace", "file"];
        assert!(Arguments::try_parse_from(typed).is_err());
    }
}
