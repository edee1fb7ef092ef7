//! The table, with dashmap's types.

use dashmap as subject;
use dashmap::DashMap as Map;

#[path = "table/mod.rs"]
mod table;
