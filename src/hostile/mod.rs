//! Tests of the store under keys and values whose own code panics, and of migrations that are stopped in the middle: at every place
//! there is, one after the other.
//!
//! They are in the library, since from outside nobody can stop a migration after a chosen step.

mod countdown;
mod fail_points;
mod subject;
mod touchy;
