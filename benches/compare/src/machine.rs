//! What the figures were measured on, and which versions of the maps.

use std::collections::BTreeMap;

use clap::ValueEnum;

use crate::{cores, maps::Contestant};

/// The versions of everything, as the workspace was built.
const LOCK_FILE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));

/// The crate that a map is from; its version stands beside its figures.
fn crate_of(map: Contestant) -> &'static str {
    match map {
        Contestant::Autoshard
        | Contestant::AutoshardDefault
        | Contestant::AutoshardUntuned
        | Contestant::AutoshardGuards
        | Contestant::AutoshardNeutral
        | Contestant::AutoshardFenced
        | Contestant::AutoshardAsymmetric
        | Contestant::AutoshardOwned => "autoshard",
        Contestant::Dashmap | Contestant::Dashmap1024 | Contestant::Dashmap7 => "dashmap",
        Contestant::Papaya => "papaya",
        Contestant::Scc => "scc",
        Contestant::Flurry => "flurry",
        Contestant::Starshard => "starshard",
        Contestant::Rwlock | Contestant::StdRwlock => "parking_lot",
        Contestant::FixedShards | Contestant::Limit => "hashbrown",
    }
}

/// The versions of a map's crate that the program was built with: more than one where its dependents disagree.
pub(crate) fn versions_of(map: Contestant) -> Vec<&'static str> {
    versions(LOCK_FILE, crate_of(map)).collect()
}

/// The machine and the versions, as a line.
pub(crate) fn description() -> String {
    let mut crates: BTreeMap<&str, Vec<&str>> =
        Contestant::value_variants().iter().map(|&map| (crate_of(map), versions_of(map))).collect();
    crates.insert("foldhash", versions(LOCK_FILE, "foldhash").collect());
    let crates: Vec<String> =
        crates.iter().map(|(name, versions)| format!("{name} {}", versions.join(" and "))).collect();
    let (system, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{system} {architecture}, {} cores, {}", cores::count(), crates.join(", "))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_map_has_a_version() {
        assert!(Contestant::value_variants().iter().all(|&map| !versions_of(map).is_empty()));
    }
}
