//! The tracker against exact counts, on made and on real accesses.

mod confidence;
mod coverage;
mod shift;
mod source;
mod traces;
