//! How many instructions one operation takes, by callgrind's count: ours in each mode of the lock, hashbrown's and DashMap's.
//!
//! ```text
//! cargo bench --bench instructions                  all
//! cargo bench --bench instructions -- fenced get    those whose names have all these words
//! ```
//!
//! It runs itself under valgrind, each case twice: the longer run's instructions less the shorter one's, over the operations that
//! the one does more than the other, are an operation's. Making and filling the map are not counted, and no clock is involved.
//! Only the calling thread's are counted: what the tuner's thread does depends on time, not on operations, and time under
//! valgrind is not the machine's.
#![forbid(unsafe_code)]

#[path = "../common/mod.rs"]
mod common;

mod callgrind;
mod case;
mod failure;
mod parts;
mod report;

use std::{env, process::ExitCode};

use self::{case::Case, failure::Failure, parts::Attribution};

/// Says that this is the program under valgrind; map, operation and passes follow.
const COUNTED: &str = "--counted";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [flag, case, passes] if flag == COUNTED => run_counted(case, passes),
        // `cargo bench` says so; otherwise this is a test that all cases work.
        words if words.iter().any(|word| word == "--bench") => count(words),
        _ => {
            let is_left_out = |case: &Case| !case.run(1);
            for case in case::all().into_iter().filter(is_left_out) {
                eprintln!("{}", Failure::NotOffered { case: case.name() });
            }
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a case for callgrind.
fn run_counted(name: &str, passes: &str) -> Result<(), Failure> {
    let case = case::all().into_iter().find(|case| case.name() == name);
    let (Some(case), Ok(passes)) = (case, passes.parse()) else {
        return Err(Failure::NoCase { arguments: format!("{name} {passes}") });
    };
    if case.run(passes) { Ok(()) } else { Err(Failure::NotOffered { case: case.name() }) }
}

/// Counts all cases that have these words in their names, and prints what was found.
fn count(words: &[String]) -> Result<(), Failure> {
    let wanted = |case: &Case| words.iter().all(|word| word.starts_with("--") || case.name().contains(word.as_str()));
    let attribution = Attribution::of_this_program()?;
    let mut counts = Vec::new();
    for case in case::all().into_iter().filter(wanted) {
        eprintln!("{}", case.name());
        match callgrind::count(&case) {
            Ok(profile) => counts.push((case, attribution.split(&profile)?)),
            Err(Failure::NotOffered { case }) => eprintln!("{}", Failure::NotOffered { case }),
            Err(failure) => return Err(failure),
        }
    }
    print!("{}", report::tables(&counts));
    Ok(())
}
