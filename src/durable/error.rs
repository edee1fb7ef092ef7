//! Why a file cannot be used.
#![forbid(unsafe_code)]

use std::{error::Error, fmt, io, path::PathBuf};

/// Why a [`DurableSink`](crate::DurableSink) cannot use its file; the message says what to do. What is in the file is left as it is.
#[derive(Debug)]
#[non_exhaustive]
pub enum DurableFileError {
    /// It cannot be opened, made, read or written.
    #[non_exhaustive]
    Inaccessible {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another process, or another sink of this one, has it open.
    #[non_exhaustive]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is something else than a file that a `DurableSink` of this version has made.
    #[non_exhaustive]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead, as far as that is known.
        message: String,
    },
    /// It was made by a `DurableSink`, and has been changed or cut off since.
    #[non_exhaustive]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// An entry has another type than the store's.
    #[non_exhaustive]
    OtherTypes {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl fmt::Display for DurableFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inaccessible { path, error } => {
                write!(f, "{}: the store's file cannot be used ({error})", path.display())
            }
            Self::InUse { path } => write!(
                f,
                "{}: the store's file is open already, in another process or in this one; a file serves one store at a time",
                path.display()
            ),
            Self::Foreign { path, message } => {
                write!(
                    f,
                    "{}: this is no store's file ({message}); it was left alone, choose another path",
                    path.display()
                )
            }
            Self::Damaged { path, message } => {
                write!(f, "{}: the store's file is damaged ({message}); put a copy in its place", path.display())
            }
            Self::OtherTypes { path, message } => write!(
                f,
                "{}: the store's file was written with other types of keys or values ({message}); restore it with those",
                path.display()
            ),
        }
    }
}

impl Error for DurableFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Inaccessible { error, .. } => Some(error),
            _ => None,
        }
    }
}
