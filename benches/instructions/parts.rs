//! Which part of an operation an instruction belongs to, by the functions that were inlined at its address.

use std::{env, path::PathBuf};

use addr2line::Loader;

use crate::{
    callgrind::{Place, Profile},
    failure::Failure,
};

/// A part of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Hash,
    Presence,
    Sampling,
    Enter,
    Leave,
    Probe,
    Route,
    /// Locks' unlikely ways, moves of results, the loop.
    Rest,
}

impl Part {
    pub(crate) const ALL: [Self; 8] =
        [Self::Hash, Self::Presence, Self::Sampling, Self::Route, Self::Enter, Self::Probe, Self::Leave, Self::Rest];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Presence => "presence",
            Self::Sampling => "sampling",
            Self::Enter => "enter",
            Self::Leave => "leave",
            Self::Probe => "probe",
            Self::Route => "route",
            Self::Rest => "rest",
        }
    }

    /// Whose part a function's instructions are, by its source file and name. An instruction is in several functions at once, inlined into
    /// each other, of which the innermost that is listed counts.
    fn of_function(file: &str, name: &str) -> Option<Self> {
        let rule = RULES
            .iter()
            .find(|(_, source, names)| file.contains(source) && names.iter().any(|start| name.starts_with(start)));
        rule.map(|(part, ..)| *part)
    }
}

/// Any function of a file.
const ANY: &[&str] = &[""];

/// Parts by what a source file's path contains, and by how its functions' names begin; the first that fits counts.
const RULES: &[(Part, &str, &[&str])] = &[
    (Part::Hash, "/foldhash-", ANY),
    (Part::Hash, "/core/src/hash/", ANY),
    (Part::Probe, "/hashbrown-", ANY),
    (Part::Presence, "src/presence/line.rs", &["current", "borrow_line"]),
    (Part::Sampling, "src/presence/line.rs", &["count_down", "restart_countdown", "keep", "draw"]),
    (Part::Sampling, "src/store/access.rs", &["sample"]),
    (Part::Route, "src/directory.rs", ANY),
    (Part::Route, "src/control.rs", ANY),
    (Part::Route, "src/shard/headers.rs", ANY),
    (Part::Leave, "src/shard/lock/", &["leave", "give_back"]),
    (Part::Leave, "src/shard/guard.rs", &["drop", "publish_length"]),
    (Part::Enter, "src/shard/lock/", &["enter", "try_enter", "latch", "unlatch", "revoke"]),
    // DashMap's.
    (Part::Route, "/dashmap-", &["determine_", "_yield_"]),
    (Part::Enter, "/dashmap-", &["lock_", "try_lock_"]),
    (Part::Leave, "/dashmap-", &["unlock_"]),
];

/// Instructions of one operation.
pub(crate) struct Count {
    pub(crate) total: f64,
    parts: Vec<(Part, f64)>,
}

impl Count {
    pub(crate) fn part(&self, part: Part) -> f64 {
        self.parts.iter().filter(|(found, _)| *found == part).fold(0.0, |sum, (_, count)| sum + count)
    }
}

/// Knows the functions at the program's addresses.
pub(crate) struct Attribution {
    path: PathBuf,
    symbols: Loader,
}

impl Attribution {
    pub(crate) fn of_this_program() -> Result<Self, Failure> {
        let failure = |path: &PathBuf, why: String| Failure::File { path: path.clone(), why };
        let path = env::current_exe().map_err(|error| failure(&PathBuf::from("this program"), error.to_string()))?;
        let symbols = Loader::new(&path).map_err(|error| failure(&path, error.to_string()))?;
        Ok(Self { path, symbols })
    }

    pub(crate) fn split(&self, profile: &Profile) -> Result<Count, Failure> {
        let mut parts = Vec::new();
        for (place, count) in profile {
            let part = match place {
                Place::Here(address) => self.part_at(*address)?,
                // The logarithm by which countdowns are drawn.
                Place::Library(function) if function.contains("log") => Part::Sampling,
                Place::Library(_) => Part::Rest,
            };
            parts.push((part, *count));
        }
        Ok(Count { total: parts.iter().map(|(_, count)| count).sum(), parts })
    }

    fn part_at(&self, address: u64) -> Result<Part, Failure> {
        let failure = |why: String| Failure::File { path: self.path.clone(), why };
        let mut frames = self.symbols.find_frames(address).map_err(|error| failure(error.to_string()))?;
        while let Some(frame) = frames.next().map_err(|error| failure(error.to_string()))? {
            let file = frame.location.and_then(|location| location.file);
            let name = frame.function.as_ref().and_then(|function| function.demangle().ok());
            if let Some(part) = file.zip(name).and_then(|(file, name)| Part::of_function(file, &name)) {
                return Ok(part);
            }
        }
        Ok(Part::Rest)
    }
}
