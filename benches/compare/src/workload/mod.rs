//! The workloads, by name; one file for each family.

mod cell;
mod conc_map_bench;
mod mixes;
mod name;
mod parlayhash;
mod replay;
mod single_key;
mod strings;
mod ycsb;

pub(crate) use cell::{Cell, Settings};
pub(crate) use name::{Family, Workload};

use crate::{
    fault::Fault,
    trial::{Adaptation, Growth, Iteration, Length, Memory, Throughput, Trial},
};

/// Operations prepared for each thread on small keys; a thread that has done them all starts again.
///
/// So many that they are far above what a core remembers of branches, and few enough (16 MiB) to be made in no time.
const OPERATIONS: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

impl Cell {
    /// All that the cell's rounds need, made before any clock starts.
    pub(crate) fn trial(&self, settings: &Settings) -> Result<Box<dyn Trial>, Fault> {
        Ok(match self.workload.family() {
            Family::Mixes => Box::new(Throughput::<u64, u64>::new(mixes::prepare(self, settings), settings)),
            Family::ConcMapBench => {
                Box::new(Throughput::<u64, u32>::new(conc_map_bench::prepare(self, settings), settings))
            }
            Family::Parlayhash => Box::new(Throughput::<u64, u64>::new(parlayhash::prepare(self, settings), settings)),
            Family::Ycsb => Box::new(Throughput::<String, ycsb::Record>::new(ycsb::prepare(self, settings), settings)),
            Family::SingleKey => Box::new(Throughput::<u64, u64>::new(single_key::prepare(self), settings)),
            Family::Strings => Box::new(Throughput::<String, Vec<u8>>::new(strings::prepare(self, settings), settings)),
            Family::Growth => Box::new(Growth::new(self, settings)),
            Family::Footprint => Box::new(Memory::new(self, settings)),
            Family::Scan if self.workload == Workload::Length => {
                Box::new(Length::new(mixes::prepare_exchange(self, settings), settings))
            }
            Family::Scan => Box::new(Iteration::new(self, settings)),
            Family::Changing => Box::new(Adaptation::new(self, settings)),
            Family::Traces => Box::new(Throughput::<u64, u64>::new(replay::prepare(self)?, settings)),
        })
    }
}
