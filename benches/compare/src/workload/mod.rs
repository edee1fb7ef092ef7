//! The workloads, by name; one file for each family.

mod cell;
mod conc_map_bench;
mod group;
mod mixes;
mod name;
mod parlayhash;
mod replay;
mod single_key;
mod strings;
mod ycsb;

pub(crate) use cell::{Cell, Settings};
pub(crate) use group::Group;
pub(crate) use mixes::prepare_mix;
pub(crate) use name::{Family, Workload};

use crate::{
    fault::Fault,
    trial::{
        Adaptation, Durable, Growth, Holds, Iteration, Length, Memory, Moving, Service, Staged, Throughput, Trial,
    },
};

/// Operations prepared for each thread on small keys; a thread that has done them all starts again.
///
/// So many that they are far above what a core remembers of branches, and few enough (16 MiB) to be made in no time.
const OPERATIONS: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

impl Group {
    /// All that the cells' rounds need, made before any clock starts.
    pub(crate) fn trial(&self, settings: &Settings) -> Result<Box<dyn Trial>, Fault> {
        let cell = &self.first;
        Ok(match cell.workload.family() {
            Family::Mixes => Box::new(Throughput::<u64, u64>::new(mixes::prepare(self, settings), settings)),
            Family::ConcMapBench => {
                Box::new(Throughput::<u64, u32>::new(vec![conc_map_bench::prepare(cell, settings)], settings))
            }
            Family::Parlayhash => {
                Box::new(Throughput::<u64, u64>::new(vec![parlayhash::prepare(cell, settings)], settings))
            }
            Family::Ycsb => {
                Box::new(Throughput::<String, ycsb::Record>::new(vec![ycsb::prepare(cell, settings)], settings))
            }
            Family::SingleKey => Box::new(Throughput::<u64, u64>::new(vec![single_key::prepare(cell)], settings)),
            Family::Strings => {
                Box::new(Throughput::<String, Vec<u8>>::new(vec![strings::prepare(cell, settings)], settings))
            }
            Family::Growth => Box::new(Growth::new(cell, settings)),
            Family::Footprint => Box::new(Memory::new(cell, settings)),
            Family::Scan if cell.workload == Workload::Length => {
                Box::new(Length::new(prepare_mix(Workload::Exchange, cell, settings), settings))
            }
            Family::Scan => Box::new(Iteration::new(cell, settings)?),
            Family::Changing => Box::new(Adaptation::new(cell, settings)),
            Family::Migration if cell.workload == Workload::Holds => Box::new(Holds::new(cell, settings)),
            Family::Migration => Box::new(Moving::new(cell, settings)),
            Family::Staging if cell.workload == Workload::StagedDurable => Box::new(Durable::new(cell, settings)),
            Family::Staging => Box::new(Staged::new(cell, settings)),
            Family::Async => Box::new(Service::new(cell, settings)),
            Family::Traces => Box::new(Throughput::<u64, u64>::new(vec![replay::prepare(cell)?], settings)),
        })
    }
}
