//! What an operation on one thread costs, and what its parts do.
//!
//! `cargo bench --bench hot_path` compares with the run before; `-- parts` and the like choose groups by their names. Where
//! hashbrown has an operation, its own stands beside.
#![forbid(unsafe_code)]

#[path = "../common/mod.rs"]
mod common;

mod empty;
mod keys;
mod operations;
mod parts;
mod revocation;
mod whole;

use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};

/// Hasher of all maps: as in `benches/compare`, so that figures can be held against each other.
type Hasher = foldhash::fast::RandomState;

type Numbers = autoshard::Store<u64, u64, Hasher>;

/// Time for which each figure is measured.
const MEASUREMENT: Duration = Duration::from_secs(1);

/// Time for which it is run before.
const WARM_UP: Duration = Duration::from_millis(300);

/// Samples of each figure.
const SAMPLES: usize = 30;

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.measurement_time(MEASUREMENT).warm_up_time(WARM_UP).sample_size(SAMPLES);
    group
}

criterion_group!(
    benches,
    parts::route,
    parts::enter_and_leave,
    parts::probe,
    parts::sample,
    revocation::revoke,
    operations::reads,
    operations::changes,
    operations::new_and_gone,
    whole::all,
    empty::empty
);
criterion_main!(benches);
