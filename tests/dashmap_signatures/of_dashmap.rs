//! The table, with dashmap's types.

use dashmap as subject;
use dashmap::DashMap as Map;

#[path = "six/mod.rs"]
mod six;
#[path = "table/mod.rs"]
mod table;
