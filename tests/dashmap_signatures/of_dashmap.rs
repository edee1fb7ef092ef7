//! The table, with dashmap's types; and what is missing of ours.

use dashmap as subject;
use dashmap::DashMap as Map;

#[path = "table/mod.rs"]
mod table;

#[path = "missing/mod.rs"]
mod missing;
