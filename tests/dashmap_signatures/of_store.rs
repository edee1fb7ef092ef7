//! The table, with ours.

use autoshard as subject;
use autoshard::Store as Map;

#[path = "table/mod.rs"]
mod table;
