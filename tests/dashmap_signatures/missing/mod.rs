//! Uses that only dashmap's types compile so far, by noun: a file moves to `table` when ours do, too.

use super::{Map, subject, table::squares};

mod operators;
mod read_only;
mod reservation;
