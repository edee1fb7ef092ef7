//! autoshard beside other concurrent maps: all maps in one process, their rounds interleaved, the same keys and operations.
//!
//! `cargo run --release -p autoshard-compare -- compare --quick` gives a first idea within a minute; without `--quick` it is
//! the whole table, and takes most of an hour. Figures from a machine that does other work are worth nothing.
#![forbid(unsafe_code)]

mod args;
mod cell;
mod cores;
mod machine;
mod maps;
mod measurement;
mod report;
mod round;
mod transfer;
mod workload;

use std::{fs, process::ExitCode};

use clap::Parser;

fn main() -> ExitCode {
    match run(args::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Carries out the command; the error is a sentence for its user.
fn run(args: args::Args) -> Result<(), String> {
    let args::Command::Compare(args) = args.command;
    let plan = args.resolve()?;
    let machine = machine::Machine::here();
    println!("{machine}");
    let mut measurements = Vec::new();
    for cell in plan.cells() {
        let measured = cell::measure(&cell, &plan)?;
        print!("{}", report::Table::new(&cell, &measured));
        measurements.extend(measured);
    }
    if let Some(path) = &plan.json {
        let text = report::json(&machine, &measurements)
            .map_err(|error| format!("The results cannot be written as JSON: {error}."))?;
        fs::write(path, text)
            .map_err(|error| format!("The results cannot be written to {}: {error}.", path.display()))?;
    }
    Ok(())
}
