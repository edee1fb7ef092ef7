//! The table, with ours.

use autoshard as subject;
use autoshard::Store as Map;

#[path = "seven/mod.rs"]
mod seven;
#[path = "six/mod.rs"]
mod six;
#[path = "table/mod.rs"]
mod table;
