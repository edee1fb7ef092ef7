//! Where a store's policy comes from: reads the policy file and the environment, which the pure crate only judges.
#![forbid(unsafe_code)]

use std::{
    env,
    error::Error,
    ffi::OsString,
    fmt,
    fs::File,
    io::{self, ErrorKind, Read, Write},
    ops::Deref,
    path::{Path, PathBuf},
};

use autoshard_tuning::{EffectivePolicy, Policy, PolicyErrors, PolicyLayers};

use crate::sync::{Arc, OnceLock, statics};

/// The environment variable that names a policy file.
const POLICY_VARIABLE: &str = "AUTOSHARD_POLICY";

/// Longest policy file that is read, in bytes: a wrong path may name a device that has no end.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Which policy file a store obeys.
#[derive(Clone, Debug, Default)]
pub(crate) enum PolicyFile {
    /// The one that `AUTOSHARD_POLICY` names, if it names one.
    #[default]
    FromEnvironment,
    /// The one at this path.
    At(PathBuf),
    /// None: this is its text.
    Text(String),
}

/// Why a policy could not be loaded; the message says where, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum PolicyLoadError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What named it: `AUTOSHARD_POLICY` or `policy_file`.
        named_by: &'static str,
        /// Why.
        error: io::Error,
    },
    /// The file is not UTF-8 text.
    NotText {
        /// The file.
        path: PathBuf,
        /// The first line that is not, from 1.
        line: usize,
    },
    /// The policy itself is wrong.
    Policy(PolicyErrors),
}

impl fmt::Display for PolicyLoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, named_by, error } => {
                let path = path.display();
                match error.kind() {
                    ErrorKind::NotFound => write!(f, "{path}: there is no such policy file")?,
                    ErrorKind::IsADirectory => write!(f, "{path}: this is a directory, not a policy file")?,
                    _ => write!(f, "{path}: the policy file cannot be read ({error})")?,
                }
                write!(f, "; correct the path in {named_by}")
            }
            Self::NotText { path, line } => {
                write!(f, "{}:{line}: this is not UTF-8 text; a policy is a TOML file", path.display())
            }
            Self::Policy(errors) => errors.fmt(f),
        }
    }
}

impl Error for PolicyLoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::NotText { .. } => None,
            // Its message is this error's own.
            Self::Policy(_) => None,
        }
    }
}

impl From<PolicyErrors> for PolicyLoadError {
    fn from(errors: PolicyErrors) -> Self {
        Self::Policy(errors)
    }
}

/// The policy that `layers`, which has what was set in code, a file and the environment come to.
///
/// The caller hands in the environment ([`env::vars_os`]). An empty `AUTOSHARD_POLICY` names no file.
pub(crate) fn load(
    mut layers: PolicyLayers,
    file: &PolicyFile,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<EffectivePolicy, PolicyLoadError> {
    let environment: Vec<(OsString, OsString)> = environment.into_iter().collect();
    match file {
        PolicyFile::FromEnvironment => {
            let path = environment.iter().find(|(name, path)| name == POLICY_VARIABLE && !path.is_empty());
            if let Some((_, path)) = path {
                read_into(&mut layers, Path::new(path), POLICY_VARIABLE)?;
            }
        }
        PolicyFile::At(path) => read_into(&mut layers, path, "policy_file")?,
        PolicyFile::Text(text) => {
            layers.file("policy_toml", text.as_str());
        }
    }
    // What is not UTF-8 gets a replacement character, which no knob's name or value contains: it is refused by name.
    let lossy = |text: &OsString| text.to_string_lossy().into_owned();
    layers.environment(environment.iter().map(|(name, value)| (lossy(name), lossy(value))));
    Ok(layers.resolve()?)
}

/// The policy that a store obeys.
#[derive(Clone)]
pub(crate) enum PolicyInForce {
    /// The process's, for all stores that are built without a builder: not even counted.
    Ambient(&'static Policy),
    /// The one that it was built with.
    Own(Arc<Policy>),
}

impl From<Policy> for PolicyInForce {
    fn from(policy: Policy) -> Self {
        Self::Own(Arc::new(policy))
    }
}

impl Deref for PolicyInForce {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        match self {
            Self::Ambient(policy) => policy,
            Self::Own(policy) => policy,
        }
    }
}

/// The policy of stores that are built without a builder, which cannot fail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AmbientPolicy {
    /// What the environment says, or the defaults if that is wrong.
    pub(crate) policy: Policy,
    /// What is wrong, in one line.
    pub(crate) rejected: Option<String>,
}

/// The policy that the process's environment sets.
///
/// Read once in a process, when its first store is built, so that the others cost nothing. If it is wrong, one line on
/// standard error says so, then and only then; each store raises its own event.
pub(crate) fn ambient() -> &'static AmbientPolicy {
    statics! {
        static AMBIENT: OnceLock<AmbientPolicy> = OnceLock::new();
    }
    AMBIENT.get_or_init(|| {
        let ambient = load_or_default(env::vars_os());
        if let Some(rejected) = &ambient.rejected {
            // Not `eprintln!`, which panics where there is no standard error.
            let _ = writeln!(io::stderr(), "autoshard: {rejected}");
        }
        ambient
    })
}

fn load_or_default(environment: impl IntoIterator<Item = (OsString, OsString)>) -> AmbientPolicy {
    match load(PolicyLayers::new(), &PolicyFile::FromEnvironment, environment) {
        Ok(effective) => AmbientPolicy { policy: effective.policy, rejected: None },
        Err(error) => {
            let errors = error.to_string().replace('\n', "; ");
            let rejected = Some(format!("{errors}; until that is mended, the default policy is in force"));
            AmbientPolicy { policy: Policy::default(), rejected }
        }
    }
}

fn read_into(layers: &mut PolicyLayers, path: &Path, named_by: &'static str) -> Result<(), PolicyLoadError> {
    let bytes = read(path).map_err(|error| PolicyLoadError::Unreadable { path: path.to_owned(), named_by, error })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
        PolicyLoadError::NotText { path: path.to_owned(), line }
    })?;
    layers.file(&path.display().to_string(), text);
    Ok(())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Asked beforehand, because not every system says so when it refuses.
    if path.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "it is longer than 1 MiB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
