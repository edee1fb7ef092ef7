//! The controllers, against a model of a store and against observations that no store would make.

mod biases;
mod contention;
mod formula;
mod guards;
mod look_ahead;
mod memory;
mod plant;
mod properties;
