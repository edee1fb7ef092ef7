//! What the figures were measured on, and which versions of the maps.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::cores;

/// The versions of everything, as the workspace was built.
const LOCK_FILE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));

/// The crates whose versions matter to the figures.
const CRATES: [&str; 7] = ["autoshard", "dashmap", "foldhash", "hashbrown", "papaya", "parking_lot", "scc"];

/// The machine and the versions.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) operating_system: &'static str,
    pub(crate) architecture: &'static str,
    pub(crate) cores: usize,
    /// The versions of each crate: more than one where its dependents disagree.
    pub(crate) crates: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Machine {
    /// This one.
    pub(crate) fn here() -> Self {
        Self {
            operating_system: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            cores: cores::count(),
            crates: CRATES.iter().map(|&name| (name, versions(LOCK_FILE, name).collect())).collect(),
        }
    }
}

/// The versions of a crate in a lock file, where a name's line is followed by that of its version.
fn versions<'lock>(lock_file: &'lock str, name: &str) -> impl Iterator<Item = &'lock str> {
    let name = format!("name = \"{name}\"");
    lock_file
        .lines()
        .zip(lock_file.lines().skip(1))
        .filter(move |(line, _)| *line == name)
        .filter_map(|(_, next)| next.strip_prefix("version = \"")?.strip_suffix('"'))
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {} cores", self.operating_system, self.architecture, self.cores)?;
        for (name, versions) in &self.crates {
            write!(f, ", {name} {}", versions.join(" and "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_has_a_version() {
        assert!(Machine::here().crates.values().all(|versions| !versions.is_empty()));
    }
}
