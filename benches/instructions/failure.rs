//! Why nothing was counted.

use std::{fmt, io, path::PathBuf};

/// Why nothing was counted.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// Valgrind could not be started.
    NoValgrind(io::Error),
    /// The program under valgrind failed.
    Counted { case: String, said: String },
    /// Callgrind found none of the functions in which it is to count.
    NothingCounted { case: String },
    /// The machine, or the environment, does not allow the mode.
    NotOffered { case: String },
    /// Something that only this program passes to itself.
    NoCase { arguments: String },
    /// A file could not be read or written.
    File { path: PathBuf, why: String },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValgrind(error) => {
                write!(
                    f,
                    "valgrind, which counts the instructions, does not run ({error}); install it, or leave this bench out"
                )
            }
            Self::Counted { case, said } => write!(f, "`{case}` failed under valgrind, which said: {said}"),
            Self::NothingCounted { case } => {
                write!(f, "`{case}` was not counted: callgrind knows no `counted_pass`; build with debug information")
            }
            Self::NotOffered { case } => {
                write!(
                    f,
                    "`{case}` is left out: this machine does not offer the mode, or an AUTOSHARD_* variable forces another"
                )
            }
            Self::NoCase { arguments } => write!(f, "there is no case `{arguments}`; run this by `cargo bench`"),
            Self::File { path, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}
