//! Runs this program under callgrind, and reads what that wrote.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

use crate::{
    COUNTED,
    case::{Case, ENTRIES},
    failure::Failure,
};

/// Passes of the shorter run and of the longer. Few enough for a thread's ring to hold all samples, where most are taken: under valgrind
/// nobody can be relied on to collect them in time.
const PASSES: [u64; 2] = [2, 12];

/// Functions in which callgrind counts, and in what these call.
const COLLECTED: &str = "--toggle-collect=*counted_pass*";

/// Where an instruction is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// In this program, at an address that its debug information knows.
    Here(u64),
    /// In a function of a library.
    Library(String),
}

/// Instructions of one operation, by place.
pub(crate) type Profile = HashMap<Place, f64>;

/// Counts a case.
pub(crate) fn count(case: &Case) -> Result<Profile, Failure> {
    let [shorter, longer] = PASSES.map(|passes| run(case, passes));
    let (shorter, longer) = (shorter?, longer?);
    let operations = ((PASSES[1] - PASSES[0]) * ENTRIES) as f64;
    let difference = |(place, count): (&Place, &u64)| {
        let before = shorter.get(place).copied().unwrap_or_default();
        (place.clone(), (*count as f64 - before as f64) / operations)
    };
    if longer.is_empty() {
        return Err(Failure::NothingCounted { case: case.name() });
    }
    Ok(longer.iter().map(difference).collect())
}

/// Instructions of the calling thread in a run of so many passes.
fn run(case: &Case, passes: u64) -> Result<HashMap<Place, u64>, Failure> {
    let program = env::current_exe().map_err(|error| file_failure(Path::new("this program"), error))?;
    let output = env::temp_dir().join(format!("autoshard-instructions-{}", process::id()));
    let child = Command::new("valgrind")
        .args(["--tool=callgrind", "--separate-threads=yes", "--dump-instr=yes", "--dump-line=no"])
        .args(["--compress-strings=no", "--compress-pos=no", COLLECTED])
        .arg(format!("--callgrind-out-file={}", output.display()))
        .arg(&program)
        .args([COUNTED, &case.name(), &passes.to_string()])
        .output()
        .map_err(Failure::NoValgrind)?;
    let text = take_profile(&output);
    if !child.status.success() {
        let said = String::from_utf8_lossy(&child.stderr).into_owned();
        let not_offered = Failure::NotOffered { case: case.name() };
        return Err(if said.contains(&not_offered.to_string()) {
            not_offered
        } else {
            Failure::Counted { case: case.name(), said }
        });
    }
    Ok(parse(&text?, &program))
}

/// Reads the first thread's file, and removes all of them.
fn take_profile(output: &Path) -> Result<String, Failure> {
    let of_thread = |number: u32| PathBuf::from(format!("{}-{number:02}", output.display()));
    let first = of_thread(1);
    let text = fs::read_to_string(&first).map_err(|error| file_failure(&first, error));
    let _ = fs::remove_file(output);
    (1..).map(of_thread).take_while(|path| fs::remove_file(path).is_ok()).for_each(drop);
    text
}

fn file_failure(path: &Path, why: impl ToString) -> Failure {
    Failure::File { path: path.to_owned(), why: why.to_string() }
}

/// What each place itself took, without what it called. The format: "Callgrind Format Specification" in valgrind's manual.
fn parse(text: &str, program: &Path) -> HashMap<Place, u64> {
    let program = program.to_string_lossy();
    let (mut is_here, mut function) = (false, "");
    let mut counts = HashMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(object) = line.strip_prefix("ob=") {
            is_here = object == program;
        } else if let Some(name) = line.strip_prefix("fn=") {
            function = name;
        } else if line.starts_with("calls=") {
            // The next line is what the called function took.
            lines.next();
        } else if let Some((address, count)) = cost(line) {
            let place = if is_here { Place::Here(address) } else { Place::Library(function.to_owned()) };
            *counts.entry(place).or_default() += count;
        }
    }
    counts
}

/// An address and what was executed there.
fn cost(line: &str) -> Option<(u64, u64)> {
    let (address, count) = line.strip_prefix("0x")?.split_once(' ')?;
    Some((u64::from_str_radix(address, 16).ok()?, count.trim().parse().ok()?))
}
