//! What ends the program before its work is done: one sentence, and the exit code.

use std::{io, path::PathBuf};

use autoshard_tuning::{PolicyErrors, UnknownKey};

use crate::trace::TraceError;

/// Why the program ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error(transparent)]
    Policy(#[from] PolicyErrors),
    #[error(transparent)]
    Knob(#[from] UnknownKey),
    #[error("the store refuses its settings: {0}")]
    Store(#[from] autoshard::BuildError),
    #[error("the shards of the store that is measured cannot be changed: {0}")]
    Shards(#[from] autoshard::ReshardError),
    #[error("the policy file {} is a directory; give the path of a TOML file", path.display())]
    PolicyDirectory { path: PathBuf },
    #[error("cannot read the policy file {}: {source}; give the path of a readable TOML file", path.display())]
    PolicyUnreadable { path: PathBuf, source: io::Error },
    #[error("the environment variable {name} is not valid Unicode; set it to a value that is, or unset it")]
    Environment { name: String },
    #[error("cannot write a report to {}: {problem}; give the path of a file in a directory that exists", path.display())]
    Report { path: PathBuf, problem: String },
    #[error("cannot write the report {}: {source}", path.display())]
    ReportUnwritable { path: PathBuf, source: io::Error },
    #[error("there is no workload named {name}; --help lists them")]
    Workload { name: String },
    #[error("the HTML report's plots cannot be drawn: {0}")]
    Plot(String),
    #[error("cannot show progress: {0}")]
    Show(#[from] io::Error),
    #[error("cannot catch Ctrl-C: {0}")]
    Interrupt(#[from] ctrlc::Error),
    #[error("a load thread panicked, so nothing is proved; its message stands above")]
    LoadThread,
}

impl Failure {
    /// The exit code: 2 for what the user can mend, as for a mistyped argument; 1 for what went wrong while running.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::LoadThread
            | Self::Shards(_)
            | Self::Show(_)
            | Self::ReportUnwritable { .. }
            | Self::Plot(_)
            | Self::Interrupt(_) => 1,
            _ => 2,
        }
    }
}
