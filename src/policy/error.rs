//! Why a policy could not be loaded.

use std::{
    error::Error,
    fmt,
    io::{self, ErrorKind},
    path::PathBuf,
};

use autoshard_tuning::PolicyErrors;

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
