//! The run itself: load threads that carry out the plan, and the conductor who leads them through its phases.

mod conductor;
mod signals;
mod worker;

pub(crate) use conductor::{Conductor, PhaseResult, Run, Settings};
