//! The table, with what stands in for dashmap.

use autoshard::compat::dashmap as subject;
use autoshard::compat::dashmap::DashMap as Map;

#[path = "seven/mod.rs"]
mod seven;
#[path = "six/mod.rs"]
mod six;
#[path = "table/mod.rs"]
mod table;
