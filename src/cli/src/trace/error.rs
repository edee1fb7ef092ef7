//! Why a trace cannot be replayed: one sentence, with the place and what to do.

use std::io;

use super::ACCESSES_MAX;

/// Why a trace was refused. Nothing has been started when one of these is returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TraceError {
    #[error("cannot read the trace {file}: {source}; give the path of a readable file")]
    Unreadable { file: String, source: io::Error },
    #[error("the trace {file} is a directory; give the path of a file")]
    Directory { file: String },
    #[error("the trace {file} is empty; a trace needs at least one access")]
    Empty { file: String },
    #[error("the trace {file}:{line} ends here with its header: it has no access; a trace needs at least one")]
    NoAccess { file: String, line: u64 },
    #[error(
        "the trace {file}:{line} is truncated: the Zstandard stream breaks off in this line of the text; \
         fetch the whole file"
    )]
    TruncatedStream { file: String, line: u64 },
    #[error("the trace {file}:{line} is damaged: Zstandard says \"{reason}\" in this line of the text; fetch it again")]
    DamagedStream { file: String, line: u64, reason: String },
    #[error(
        "the trace {file}:{line} is truncated: its last line has no line end; fetch the whole file, or end the line \
         if it is complete"
    )]
    TruncatedLine { file: String, line: u64 },
    #[error(
        "the trace {file}:{line} is of unknown format: {found}; csv, arc and plain are known, and --format chooses"
    )]
    UnknownFormat { file: String, line: u64, found: String },
    #[error("the trace {file}:{line} has a bad line: {problem}; mend or remove the line")]
    BadLine { file: String, line: u64, problem: String },
    #[error(
        "the trace {file}:{line} goes beyond {ACCESSES_MAX} accesses, the most that are replayed; shorten the trace"
    )]
    TooLong { file: String, line: u64 },
}
