//! The policy that applies: profile, file and environment, put together as the store will.

use std::{
    env,
    fs::File,
    io::{self, Read},
    path::Path,
};

use autoshard_tuning::{EffectivePolicy, PolicyLayers};

use crate::failure::Failure;

/// The environment variable that names the policy file where the command line does not.
const FILE_VARIABLE: &str = "AUTOSHARD_POLICY";
/// Longest policy file that is read, as in the library: a wrong path may name a device that has no end.
const BYTES_MAX: u64 = 1 << 20;
/// The prefix of variables that set single knobs.
const PREFIX: &str = "AUTOSHARD_";

/// The policy that `file` alone comes to.
pub(crate) fn of_file(file: &Path) -> Result<EffectivePolicy, Failure> {
    let mut layers = PolicyLayers::new();
    add_file(&mut layers, file)?;
    Ok(layers.resolve()?)
}

/// The policy that a store gets: profile, file (or the one that the environment names) and environment.
pub(crate) fn effective(profile: Option<&str>, file: Option<&Path>) -> Result<EffectivePolicy, Failure> {
    let mut layers = PolicyLayers::new();
    if let Some(profile) = profile {
        layers.set("profile", profile);
    }
    match (file, env::var_os(FILE_VARIABLE)) {
        (Some(file), _) => add_file(&mut layers, file)?,
        (None, Some(file)) => add_file(&mut layers, Path::new(&file))?,
        (None, None) => {}
    }
    layers.environment(variables()?);
    Ok(layers.resolve()?)
}

fn add_file(layers: &mut PolicyLayers, file: &Path) -> Result<(), Failure> {
    if file.is_dir() {
        return Err(Failure::PolicyDirectory { path: file.to_owned() });
    }
    let unreadable = |source| Failure::PolicyUnreadable { path: file.to_owned(), source };
    let mut text = String::new();
    let read = File::open(file).and_then(|opened| opened.take(BYTES_MAX + 1).read_to_string(&mut text));
    if read.map_err(unreadable)? as u64 > BYTES_MAX {
        return Err(unreadable(io::Error::other(format!("it is longer than {BYTES_MAX} bytes"))));
    }
    layers.file(&file.display().to_string(), text);
    Ok(())
}

/// The environment's variables of our prefix.
fn variables() -> Result<Vec<(String, String)>, Failure> {
    let mut variables = Vec::new();
    for (name, value) in env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && *name != FILE_VARIABLE) else {
            continue;
        };
        match value.into_string() {
            Ok(value) => variables.push((name.to_owned(), value)),
            Err(_) => return Err(Failure::Environment { name: name.to_owned() }),
        }
    }
    Ok(variables)
}
