//! The table, with what stands in for dashmap.

use autoshard::compat::dashmap as subject;
use autoshard::compat::dashmap::DashMap as Map;

#[path = "table/mod.rs"]
mod table;
