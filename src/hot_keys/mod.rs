//! Hot keys: which keys are accessed most, how often, and how sure that is; all from samples.
#![forbid(unsafe_code)]

mod candidates;
mod horizon;
mod sketch;
#[cfg(test)]
mod tests;
mod tracker;

pub(crate) use tracker::Tracker;
