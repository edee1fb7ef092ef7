//! What the benches share: maps from number to number, and stores in forced modes.

pub(crate) mod forced;
pub(crate) mod map;
