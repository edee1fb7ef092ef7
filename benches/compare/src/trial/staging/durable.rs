//! Inserts that are in a file when the clock stops: a transaction for each batch, and one for each write.

use std::io;

use autoshard::DurableSink;

use super::{BATCH, Staged, Stretch, is_made, refused};
use crate::{
    fault::Fault,
    maps::{Contestant, Map, Staging, Visitor},
    trial::{Figures, Round, Trial, single_for},
    workload::{Cell, Settings},
};

/// Writes in a queue, in batches, by default; and where each is a transaction, so few that they take no longer than a round.
const QUEUE: u32 = 1024;
const QUEUE_OF_SINGLES: u32 = 8;

/// As [`Staged`], on the disk of the folder for temporary files. Other maps insert, and keep nothing.
pub(crate) struct Durable(Staged);

impl Durable {
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        Self(Staged::new(cell, settings))
    }

    fn insert(&self, batch: u32, queue: u32) -> Result<Stretch, Fault> {
        let folder = tempfile::tempdir()?;
        let sink = DurableSink::open(folder.path().join("store")).map_err(io::Error::other)?;
        let map = Staging::durable(sink, batch, queue).map_err(refused)?;
        let flush = || map.0.flush_durable().expect("the disk takes it");
        let stretch = self.0.insert(&map, self.0.settings.length, flush)?;
        is_made(&map, stretch.done)?;
        Ok(stretch)
    }

    fn conduct_ours(&self) -> Result<Figures, Fault> {
        let batches = self.insert(BATCH, QUEUE)?;
        let singles = self.insert(1, QUEUE_OF_SINGLES)?;
        let mut figures = Figures { mops: Some(batches.per_s / 1e6), ..Figures::default() };
        figures.note("transaction_per_write_mops", singles.per_s / 1e6);
        figures.note("over_transaction_per_write", batches.per_s / singles.per_s);
        Ok(figures)
    }
}

impl Trial for Durable {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single_for(contestant, || self.conduct_ours(), self)
    }
}

impl Visitor<u64, u64> for &Durable {
    type Output = Result<Figures, Fault>;

    fn visit<M: Map<u64, u64>>(self) -> Result<Figures, Fault> {
        (&self.0).visit::<M>()
    }
}
