//! Access traces: read and checked whole before anything starts.

mod arc;
mod builder;
mod csv;
mod error;
mod format;
mod plain;
mod text;

use std::path::Path;

pub(crate) use builder::{TraceBuilder, WRITE_ONE_IN};
pub(crate) use error::TraceError;
pub(crate) use format::Format;
pub(crate) use text::Text;

use crate::{key::Key, workload::Operation};

/// The most accesses that a trace may have: 1.6 GB of operations. A guess at what fits where this runs.
pub(crate) const ACCESSES_MAX: usize = 200_000_000;

/// A trace, ready to be replayed.
#[derive(Debug)]
pub(crate) struct Trace {
    /// The file as the user named it.
    pub(crate) file: String,
    /// How its lines were read.
    pub(crate) format: Format,
    /// The distinct keys; operations name them by position.
    pub(crate) keys: Vec<Key>,
    /// The accesses, in order.
    pub(crate) operations: Vec<Operation>,
    /// Whether the trace itself says which accesses write.
    pub(crate) kinds_recorded: bool,
}

impl Trace {
    /// Reads and checks the whole file, in the given format or in the one that its first line shows.
    pub(crate) fn load(path: &Path, format: Option<Format>) -> Result<Self, TraceError> {
        Self::parse(&Text::read(path)?, format)
    }

    fn parse(text: &Text, format: Option<Format>) -> Result<Self, TraceError> {
        let format = match format {
            Some(format) => format,
            None => Format::detect(text)?,
        };
        let mut trace = TraceBuilder::new(text.file.clone());
        match format {
            Format::Csv => csv::parse(text, &mut trace)?,
            Format::Arc => arc::parse(text, &mut trace)?,
            Format::Plain => plain::parse(text, &mut trace)?,
        }
        trace.finish(format)
    }
}

#[cfg(test)]
mod tests;
