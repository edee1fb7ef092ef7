//! autoshard beside other concurrent maps: all maps of a cell in one process, their rounds interleaved, the same keys and operations.
//!
//! `cargo run --release -p autoshard-compare -- compare --quick` gives a first idea within two minutes; without `--quick` it is
//! everything, and takes hours. Figures from a machine that does other work are worth nothing.
#![deny(unsafe_code)]

mod adapt;
mod allocator;
mod args;
mod calibration;
mod cores;
mod fault;
mod keys;
mod latency;
mod machine;
mod maps;
mod measurement;
mod operation;
mod report;
mod round;
mod shares;
mod supervisor;
mod task;
mod trace;
mod transfer;
mod trial;
mod value;
mod workload;

use std::{
    fmt::Display,
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use clap::Parser;

use args::{Args, Command, Plan};
use report::{Row, Summary, Table};

/// For options that cannot be, as clap has it.
const BAD_OPTIONS: u8 = 2;

fn main() -> ExitCode {
    match Args::parse().command {
        Command::Measure { task } => match task.carry_out() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Command::Calibrate(args) => calibration::calibrate(&args).unwrap_or_else(|fault| {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }),
        Command::Adapt(args) => adapt::adapt(&args).unwrap_or_else(|fault| {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }),
        Command::Compare(args) => match args.resolve() {
            Ok(plan) => compare(&plan),
            Err(error) => {
                eprintln!("{error}");
                ExitCode::from(BAD_OPTIONS)
            }
        },
    }
}

/// Carries out the plan. It fails if something could not be measured or written, and does the rest in any case.
fn compare(plan: &Plan) -> ExitCode {
    say(format!("{}\n", machine::description()));
    let (mut cells, mut is_complete) = (Vec::new(), true);
    for task in &plan.tasks {
        match supervisor::measure(task.clone()) {
            Ok(results) => {
                for result in results {
                    is_complete &= result.failures.is_empty();
                    let rows = report::rows(&result);
                    say(Table(&rows));
                    cells.push(rows);
                }
                // Groups mix the workloads; the files have all cells of one together.
                cells.sort_by_key(|rows| rows.first().map(|row| row.cell.clone()));
            }
            Err(error) => {
                is_complete = false;
                eprintln!("{error}");
            }
        }
        // As far as it goes: hours of work are not lost with the last cells.
        is_complete &= write_results(plan, &cells);
    }
    say(Summary::new(&cells));
    if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Nobody may be reading any more; the files are written in any case.
fn say(text: impl Display) {
    let _ = write!(io::stdout(), "{text}");
}

/// Whether all files that were asked for are written.
fn write_results(plan: &Plan, cells: &[Vec<Row>]) -> bool {
    let json = plan.json.as_ref().map(|path| (path, report::json(&cells.concat())));
    let html = plan.html.as_ref().map(|path| (path, report::page(cells).map_err(io::Error::other)));
    json.into_iter().chain(html).fold(true, |is_complete, (path, text)| write_file(path, text) && is_complete)
}

fn write_file(path: &Path, text: io::Result<String>) -> bool {
    let written = text.and_then(|text| fs::write(path, text));
    if let Err(error) = &written {
        eprintln!("The results cannot be written to {}: {error}.", path.display());
    }
    written.is_ok()
}
