//! What the models are worth: each [mutant](crate::mutants) of the library is given to the model that should catch it.
//!
//! The library learns of its fault when a process begins, so each trial is a run of this executable. A mutant is caught if its model fails by
//! an assertion of the project's own (a model's, or one of the library's that is there in debug builds), by a race or a
//! deadlock that the model checker sees; not if it crashes, or takes more steps than the checker allows. The same model passes without the mutant.

mod table;
mod trial;

use std::{
    collections::BTreeSet,
    num::NonZero,
    sync::Mutex,
    thread::{available_parallelism, scope},
};

use self::{
    table::{Claim, Tool},
    trial::{Trial, Verdict},
};
use crate::mutants::Mutant;

/// Runs all trials, as many at a time as there are cores.
fn verdicts(trials: Vec<Trial>) -> Vec<(Trial, Verdict)> {
    let (todo, done) = (Mutex::new(trials), Mutex::new(Vec::new()));
    let next = || todo.lock().expect("no trial panics").pop();
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(trial) = next() {
                    let verdict = trial.run();
                    done.lock().expect("no trial panics").push((trial, verdict));
                }
            });
        }
    });
    done.into_inner().expect("no trial panics")
}

fn claims() -> impl Iterator<Item = &'static Claim> {
    table::CLAIMS.iter().filter(|claim| claim.tool == Tool::AT_HAND)
}

#[test]
fn no_mutant_survives() {
    let trials = claims().map(|claim| Trial { model: claim.model, on: claim.on.to_vec() }).collect();
    let verdicts = verdicts(trials);
    for (trial, verdict) in &verdicts {
        println!("{trial}: {verdict}");
    }
    let survivors: Vec<_> = verdicts.iter().filter(|(_, verdict)| !matches!(verdict, Verdict::Caught(_))).collect();
    assert!(survivors.is_empty(), "these mutants are not caught: {survivors:#?}");
}

/// Else it would not be the mutant that they fail by. Of a mutant that only shows beside another fault, that other one is on.
#[test]
fn without_the_mutant_the_models_pass() {
    let conditions: BTreeSet<_> = claims().map(|claim| (claim.model, claim.beside())).collect();
    let trials = conditions.into_iter().map(|(model, beside)| Trial { model, on: beside.to_vec() }).collect();
    for (trial, verdict) in verdicts(trials) {
        assert!(matches!(verdict, Verdict::Passed), "{trial}: {verdict}");
    }
}

/// By whichever model checker.
#[test]
fn for_each_mutant_there_is_a_model() {
    let claimed = |mutant: &Mutant| table::CLAIMS.iter().any(|claim| claim.on.contains(mutant));
    let unclaimed: Vec<_> = Mutant::ALL.iter().filter(|mutant| !claimed(mutant)).collect();
    assert!(unclaimed.is_empty(), "no model is said to catch {unclaimed:?}");
}
