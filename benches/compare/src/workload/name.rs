//! The names of workloads, and what each is measured with unless the user says otherwise.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::keys::Distribution;

/// A workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Workload {
    /// Reads only, of keys that are there.
    Get,
    /// 99 % get, 1 % update.
    #[value(name = "get-99")]
    #[serde(rename = "get-99")]
    Get99,
    /// 95 % get, 5 % update.
    #[value(name = "get-95")]
    #[serde(rename = "get-95")]
    Get95,
    /// Half get, half update.
    #[value(name = "get-50")]
    #[serde(rename = "get-50")]
    Get50,
    /// Updates only, of keys that are there.
    Update,
    /// 10 % get, 40 % insert, 40 % remove, 10 % update, over twice as many keys as are there at first.
    Exchange,
    /// conc-map-bench: 98 % get, 1 % insert, 1 % remove.
    ConcReadHeavy,
    /// conc-map-bench: 10 % get, 40 % insert, 40 % remove, 10 % update.
    ConcExchange,
    /// conc-map-bench: 5 % get, 80 % insert, 5 % remove, 10 % update, from empty, the capacity told.
    ConcRapidGrow,
    /// The same, the capacity not told.
    ConcRapidGrowUnhinted,
    /// parlayhash: look-ups, half of which hit.
    #[value(name = "parlayhash-0")]
    #[serde(rename = "parlayhash-0")]
    Parlayhash0,
    /// parlayhash: 10 % updates, half of them inserting, half removing.
    #[value(name = "parlayhash-10")]
    #[serde(rename = "parlayhash-10")]
    Parlayhash10,
    /// parlayhash: 50 % updates, half of them inserting, half removing.
    #[value(name = "parlayhash-50")]
    #[serde(rename = "parlayhash-50")]
    Parlayhash50,
    /// YCSB A: half read, half update.
    YcsbA,
    /// YCSB B: 95 % read, 5 % update.
    YcsbB,
    /// YCSB C: reads.
    YcsbC,
    /// YCSB D: 95 % read, 5 % insert; the latest are read most.
    YcsbD,
    /// YCSB F: half read, half read-modify-write.
    YcsbF,
    /// All threads read one key.
    SingleKeyGet,
    /// All threads update one key.
    SingleKeyUpdate,
    /// Keys of 24 bytes, values of 128 bytes in allocations of their own: 95 % get, 5 % update.
    Strings,
    /// From empty to many entries, each operation timed, while another thread reads.
    GrowthLatency,
    /// Bytes, and the time to build an empty map.
    Memory,
    /// Going through all entries.
    Iteration,
    /// The same by all threads together, for maps that have a way to do so; by one, for the others.
    ParallelIteration,
    /// Asking for the number of entries while two threads write.
    Length,
    /// Phases of different load.
    Adaptation,
    /// The six mixes, each on a store that is left in peace and on one whose shards are replaced without rest.
    Moving,
    /// Shards replaced without rest, and for how long each replacement locks callers out.
    Holds,
    /// Inserts of keys that are there, staged for workers, against direct ones.
    Staged,
    /// Inserts that are in a file when the clock stops: a transaction for each batch, and one for each write.
    StagedDurable,
    /// Tasks of an async service, as many as there are threads elsewhere, that update users' status.
    Service,
    /// A recorded trace, replayed.
    Trace,
}

/// Workloads that are made alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Family {
    Mixes,
    ConcMapBench,
    Parlayhash,
    Ycsb,
    SingleKey,
    Strings,
    Growth,
    Footprint,
    Scan,
    Changing,
    Migration,
    Staging,
    Async,
    Traces,
}

/// Keys of conc-map-bench: its own number.
const CONC_MAP_BENCH_KEYS: usize = 1 << 25;

impl Workload {
    pub(crate) fn family(self) -> Family {
        match self {
            Self::Get | Self::Get99 | Self::Get95 | Self::Get50 | Self::Update | Self::Exchange => Family::Mixes,
            Self::ConcReadHeavy | Self::ConcExchange | Self::ConcRapidGrow | Self::ConcRapidGrowUnhinted => {
                Family::ConcMapBench
            }
            Self::Parlayhash0 | Self::Parlayhash10 | Self::Parlayhash50 => Family::Parlayhash,
            Self::YcsbA | Self::YcsbB | Self::YcsbC | Self::YcsbD | Self::YcsbF => Family::Ycsb,
            Self::SingleKeyGet | Self::SingleKeyUpdate => Family::SingleKey,
            Self::Strings => Family::Strings,
            Self::GrowthLatency => Family::Growth,
            Self::Memory => Family::Footprint,
            Self::Iteration | Self::ParallelIteration | Self::Length => Family::Scan,
            Self::Adaptation => Family::Changing,
            Self::Moving | Self::Holds => Family::Migration,
            Self::Staged | Self::StagedDurable => Family::Staging,
            Self::Service => Family::Async,
            Self::Trace => Family::Traces,
        }
    }

    /// The distributions that it is defined for.
    pub(crate) fn distributions(self) -> &'static [Distribution] {
        match self.family() {
            Family::Mixes | Family::Parlayhash | Family::Strings | Family::Staging | Family::Async => {
                &[Distribution::Uniform, Distribution::Zipf]
            }
            Family::ConcMapBench => &[Distribution::Uniform],
            Family::Ycsb if self == Self::YcsbD => &[Distribution::Latest],
            Family::Ycsb => &[Distribution::Zipf],
            Family::SingleKey => &[Distribution::SingleKey],
            Family::Growth | Family::Footprint => &[Distribution::Once],
            Family::Migration => &[Distribution::Uniform],
            Family::Scan if self == Self::Length => &[Distribution::Uniform],
            Family::Scan => &[Distribution::Once],
            Family::Changing => &[Distribution::Phases],
            Family::Traces => &[Distribution::Recorded],
        }
    }

    /// Numbers of keys that it is measured with.
    pub(crate) fn keys(self) -> &'static [usize] {
        match self.family() {
            Family::Mixes => &[100_000, 10_000_000],
            Family::ConcMapBench => &[CONC_MAP_BENCH_KEYS],
            Family::Parlayhash => &[10_000, 10_000_000],
            Family::Ycsb | Family::Strings | Family::Scan => &[1_000_000],
            Family::SingleKey => &[1],
            Family::Growth => &[8_000_000],
            Family::Footprint => &[1_000_000, 10_000_000],
            Family::Migration if self == Self::Holds => &[10_000, 10_000_000],
            Family::Changing | Family::Migration | Family::Staging | Family::Async => &[100_000],
            // The trace decides.
            Family::Traces => &[0],
        }
    }

    /// Whether the number of keys is the workload itself.
    pub(crate) fn fixes_keys(self) -> bool {
        matches!(self.family(), Family::SingleKey | Family::Traces)
    }

    /// Numbers of threads that it is measured with.
    pub(crate) fn threads(self) -> &'static [usize] {
        match self {
            Self::Memory | Self::Iteration => &[1],
            // One inserts, one reads; two write; two use what moves; two are the machine's.
            Self::GrowthLatency | Self::Length | Self::Holds | Self::ParallelIteration => &[2],
            Self::Adaptation | Self::Moving | Self::Trace => &[2, 8],
            Self::Staged => &[1, 2, 4, 8],
            Self::Service => &[1000],
            _ => &[1, 2, 8],
        }
    }

    /// Whether the number of threads is the workload itself.
    pub(crate) fn fixes_threads(self) -> bool {
        matches!(self, Self::Memory | Self::Iteration | Self::Holds | Self::GrowthLatency | Self::Length)
    }
}

impl Family {
    /// Its workloads.
    pub(crate) fn workloads(self) -> impl Iterator<Item = Workload> {
        Workload::value_variants().iter().copied().filter(move |workload| workload.family() == self)
    }
}

/// The name, as `--workload` takes it.
impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no workload is hidden").get_name())
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no family is hidden").get_name())
    }
}
