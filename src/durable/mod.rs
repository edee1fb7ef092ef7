//! Entries on disk: a sink that keeps them in a file, and stores that begin with what such a file has.
//!
//! The file is a database of redb's with two tables: [`file`] says how it comes to be and how it is opened, [`codec`] what is in it. A batch is one
//! transaction, which counts once it is synced: what was confirmed is there whenever the process is killed, and of a batch that was not, all is
//! there or nothing. Workers take turns at it, as redb has one writer at a time; a key's batches come from one worker, so its writes are in order. To set a key
//! or to remove it twice is the same as once, so a batch that comes again does no harm.
#![forbid(unsafe_code)]

mod codec;
mod error;
mod file;
mod sink;

pub use error::DurableFileError;
pub use sink::DurableSink;
