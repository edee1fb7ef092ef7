//! A trial: one model, run in a process of its own with some mutants on.

use std::{
    env, fmt,
    process::{Command, Output},
};

use crate::mutants::Mutant;

/// Schedules for each case of shuttle's, and kind of scheduler.
const SHUTTLE_SCHEDULES: &str = "100";
/// Schedules of loom's, of each part of a model: a bound that no mutant needs.
const LOOM_SCHEDULES: &str = "20000";

/// What the model checkers say of a thread that waits for ever, and of accesses that are not ordered.
const FINDINGS: [&str; 3] = ["deadlock", "Deadlock", "Causality violation"];

/// One model, with some mutants on.
#[derive(Debug)]
pub(super) struct Trial {
    /// The test, by its path.
    pub(super) model: &'static str,
    pub(super) on: Vec<Mutant>,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The model failed as it should: the first line of what it said.
    Caught(String),
    Passed,
    /// Anything else, which proves nothing.
    Unclear(String),
}

impl Trial {
    pub(super) fn run(&self) -> Verdict {
        let names: Vec<_> = self.on.iter().map(|mutant| format!("{mutant:?}")).collect();
        let executable = env::current_exe().expect("the executable of this test is known");
        let output = Command::new(executable)
            .args([self.model, "--exact", "--test-threads=1"])
            .env("MODEL_MUTANT", names.join(","))
            .env("MODEL_SCHEDULES", SHUTTLE_SCHEDULES)
            .env("LOOM_MAX_PERMUTATIONS", LOOM_SCHEDULES)
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("this test can be run again");
        Verdict::of(&output)
    }
}

impl Verdict {
    fn of(output: &Output) -> Self {
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && said.contains("1 passed") {
            return Self::Passed;
        }
        let tests_failed = output.status.code() == Some(101) && said.contains("1 failed");
        match first_panic(&said) {
            Some((place, message)) if tests_failed && is_finding(place, message) => Self::Caught(message.to_owned()),
            Some((place, message)) => Self::Unclear(format!("it ended otherwise, at {place}: {message}")),
            None => Self::Unclear(format!("it ended with {}: {said}", output.status)),
        }
    }
}

/// Where the first panic of a test was, and the first line of its message.
fn first_panic(said: &str) -> Option<(&str, &str)> {
    let mut lines = said.lines();
    let place = lines.find_map(|line| line.split_once(" panicked at "))?.1;
    Some((place.trim_end_matches(':'), lines.next()?))
}

/// Whether it was by a model or the library, which are compiled with relative paths, or a finding of the model checker's.
fn is_finding(place: &str, message: &str) -> bool {
    !place.starts_with('/') || FINDINGS.iter().any(|finding| message.contains(finding))
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in {}", self.on, self.model)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caught(message) => write!(f, "caught: {message}"),
            Self::Passed => f.write_str("passed"),
            Self::Unclear(what) => f.write_str(what),
        }
    }
}
