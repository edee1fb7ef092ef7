//! The program `autoshard`: drives a store with real work, shows it tuning itself, and proves that nothing is lost.
#![forbid(unsafe_code)]

mod args;
mod config;
mod drive;
mod failure;
mod figures;
mod hot_keys;
mod html;
mod interrupt;
mod json;
mod key;
mod latency;
mod output;
mod panel;
mod policy_command;
mod policy_file;
mod policy_schema;
mod progress;
mod proof;
mod recording;
mod report_file;
mod routing_command;
mod run_command;
mod simulate;
mod summary;
mod time_scale;
mod timeline;
mod trace;
mod view;
mod workload;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command, RunArguments};

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or_else(|| Command::Run(RunArguments::default()));
    let result = match command {
        Command::Run(arguments) => run_command::run(arguments),
        Command::Simulate(arguments) => simulate::simulate(arguments),
        Command::Routing(arguments) => routing_command::routing(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Policy(command) => policy_command::policy(command).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::from(failure.exit_code())
    })
}
