//! The table, with the types of dashmap 7, of which there are candidates only.

use dashmap_7 as subject;
use dashmap_7::DashMap as Map;

#[path = "seven/mod.rs"]
mod seven;
#[path = "table/mod.rs"]
mod table;
