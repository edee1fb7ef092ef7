//! How a map is measured; one file for each way.

mod adaptation;
mod growth;
mod holds;
mod iteration;
mod length;
mod memory;
mod moving;
mod service;
mod staging;
mod throughput;

use std::{collections::BTreeMap, iter};

use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    maps::{Contestant, Role, Visitor},
};

pub(crate) use adaptation::{Adaptation, Course, Phase, Settling};
pub(crate) use growth::Growth;
pub(crate) use holds::Holds;
pub(crate) use iteration::Iteration;
pub(crate) use length::Length;
pub(crate) use memory::Memory;
pub(crate) use moving::Moving;
pub(crate) use service::Service;
pub(crate) use staging::{Durable, Staged};
pub(crate) use throughput::Throughput;

/// What one round of one map came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Millions of operations a second, where that is what is measured.
    pub(crate) mops: Option<f64>,
    /// Figures in which less is better, by name; the unit comes last in the name.
    pub(crate) costs: BTreeMap<String, f64>,
    /// What else there is to know, by name.
    pub(crate) notes: BTreeMap<String, f64>,
}

impl Figures {
    /// One that is no number, as a ratio to nothing, is not known; JSON has no word for it.
    pub(crate) fn cost(&mut self, name: &str, figure: f64) {
        insert(&mut self.costs, name, figure);
    }

    /// As a cost.
    pub(crate) fn note(&mut self, name: &str, figure: f64) {
        insert(&mut self.notes, name, figure);
    }
}

fn insert(figures: &mut BTreeMap<String, f64>, name: &str, figure: f64) {
    if figure.is_finite() {
        figures.insert(name.to_owned(), figure);
    }
}

/// What a round comes to in each cell of a group, in their order, measured when it is asked for. A map that loses something is a fault: its speed
/// says nothing, and nothing can be asked of it any more.
pub(crate) type Round<'a> = Box<dyn Iterator<Item = Result<Figures, Fault>> + 'a>;

/// A way to measure maps. It holds all that was prepared, and is the same for each map and round.
pub(crate) trait Trial {
    /// One round of one map, which is built afresh with the first cell and dropped with the round.
    fn conduct(&self, contestant: Contestant) -> Round<'_>;
}

/// The round of a trial that has one cell.
fn single<'a>(conduct: impl FnOnce() -> Result<Figures, Fault> + 'a) -> Round<'a> {
    Box::new(iter::once_with(conduct))
}

/// As [`single`], where our own store is measured in a way of its own.
fn single_for<'a>(
    contestant: Contestant,
    ours: impl FnOnce() -> Result<Figures, Fault> + 'a,
    others: impl Visitor<u64, u64, Output = Result<Figures, Fault>> + 'a,
) -> Round<'a> {
    single(move || match contestant.role() {
        Role::Ours => ours(),
        Role::Variant | Role::Forced | Role::Peer | Role::Limit => contestant.accept::<u64, u64, _>(others),
    })
}
