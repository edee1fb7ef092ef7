//! A migration that is stopped at each of its steps in turn: given up there, met by a panic of the user's code, left standing while others use
//! the store, or left for good. After each, the store is whole.

use std::collections::BTreeSet;

use super::{
    subject::{Shape, Subject},
    touchy::{Fuse, set_fuse},
};

/// Steps in which the user's code panics: less than it takes for an undoing to lose patience.
const PANICKING_STEPS: usize = 3;

/// What happens where the migration is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is given up.
    Abort,
    /// Keys' and values' own code panics in the next steps.
    Panic,
    /// Others use the store; then it goes on.
    Stall,
    /// It never goes on: the store is dropped, consumed, or made read-only.
    Abandon,
}

/// Stops a migration after so many steps; tells in which state that was, and whether it had ended.
fn fail_at(steps: usize, shape: Shape, by_hand_over: bool, fault: Fault) -> (&'static str, bool) {
    let label = format!("{shape:?}, by hand-over: {by_hand_over}, {fault:?} after {steps} steps");
    let mut subject = Subject::new(shape, by_hand_over, label);
    let has_ended = !(0..steps).all(|_| subject.step());
    let state = subject.state();
    match fault {
        Fault::Abort => subject.store.body().migrator.lock().give_up("a test has it"),
        Fault::Panic => {
            set_fuse(Fuse::Always);
            (0..PANICKING_STEPS).for_each(|_| subject.step_once());
            set_fuse(Fuse::Never);
        }
        Fault::Stall => (0..4).for_each(|round| subject.use_store(steps as u64 + 5 * round)),
        Fault::Abandon => {
            subject.use_store(steps as u64);
            subject.end(steps);
            return (state, has_ended);
        }
    }
    let after = match shape {
        Shape::Split => [1, 3],
        Shape::Merge => [3, 1],
        Shape::Isolate => [1, 2],
        Shape::Shrink => [1, 1],
    };
    subject.finish(&after);
    (state, has_ended)
}

fn fail_everywhere(fault: Fault) {
    for shape in Shape::ALL {
        for by_hand_over in [false, true] {
            let mut states = BTreeSet::new();
            for steps in 0.. {
                let (state, has_ended) = fail_at(steps, shape, by_hand_over, fault);
                states.insert(state);
                if has_ended {
                    break;
                }
            }
            for state in ["prepare", "backfill", "verify", "cut_over", "begin or retire"] {
                assert!(states.contains(state), "{shape:?}, {fault:?}: never stopped at {state}, but at {states:?}");
            }
        }
    }
}

#[test]
fn a_migration_may_be_given_up_at_any_step() {
    fail_everywhere(Fault::Abort);
}

#[test]
fn the_users_code_may_panic_in_any_step() {
    fail_everywhere(Fault::Panic);
}

#[test]
fn a_migration_may_stand_still_at_any_step_while_the_store_is_used() {
    fail_everywhere(Fault::Stall);
}

#[test]
fn a_store_may_end_at_any_step_of_its_migration() {
    fail_everywhere(Fault::Abandon);
}
