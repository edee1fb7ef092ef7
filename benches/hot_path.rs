//! What one operation costs on one thread that nobody competes with.
//!
//! `cargo bench --bench hot_path` compares with the run before. Each figure is the time of `OPERATIONS` operations, on
//! keys in random order over a store of `ENTRIES`; the throughput beside it is in operations.
#![forbid(unsafe_code)]

use std::{hint::black_box, time::Duration};

use autoshard::Store;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use dashmap::DashMap;
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};

/// Hasher of the store: as in `benches/compare`, so that figures can be held against each other.
type Hasher = foldhash::fast::RandomState;

type Numbers = Store<u64, u64, Hasher>;

/// Entries in the store: as in the prototype's figures in `docs/`, about the size of a second-level cache.
const ENTRIES: u64 = 100_000;

/// Operations of one iteration.
const OPERATIONS: u64 = 10_000;

/// Time for which each figure is measured.
const MEASUREMENT: Duration = Duration::from_secs(3);

/// Keys that are there or that are not, in random order.
struct Keys {
    present: Vec<u64>,
    absent: Vec<u64>,
}

impl Keys {
    fn draw() -> Self {
        let mut keys: Vec<u64> = (0..2 * ENTRIES).collect();
        keys.shuffle(&mut SmallRng::seed_from_u64(0x5eed));
        let absent = keys.split_off(ENTRIES as usize);
        Self { present: keys, absent }
    }

    /// A store with the present keys, without a tuner that would move shards meanwhile.
    fn store(&self) -> Numbers {
        let builder = Store::builder().hasher(Hasher::default()).capacity(2 * ENTRIES as usize);
        let store = builder.set("tuner.enabled", "false").build().expect("tuner.enabled may be false");
        for &key in &self.present {
            store.insert(key, key);
        }
        store
    }

    fn present(&self) -> &[u64] {
        &self.present[..OPERATIONS as usize]
    }

    fn absent(&self) -> &[u64] {
        &self.absent[..OPERATIONS as usize]
    }
}

fn in_place(criterion: &mut Criterion) {
    let keys = Keys::draw();
    let store = keys.store();
    let mut group = criterion.benchmark_group("in place");
    group.throughput(Throughput::Elements(OPERATIONS)).measurement_time(MEASUREMENT);
    each_shared(&mut group, "get, hit", &store, keys.present(), |store, key| drop(black_box(store.get(&key))));
    each_shared(&mut group, "get, miss", &store, keys.absent(), |store, key| drop(black_box(store.get(&key))));
    each_shared(&mut group, "view", &store, keys.present(), |store, key| {
        black_box(store.view(&key, |_, value| *value));
    });
    each_shared(&mut group, "update", &store, keys.present(), |store, key| {
        black_box(store.update(&key, |value| *value += 1));
    });
    group.finish();
}

/// All iterations on one store.
fn each_shared(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    store: &Numbers,
    operands: &[u64],
    operation: impl Fn(&Numbers, u64),
) {
    group.bench_function(name, |bencher| bencher.iter(|| operands.iter().for_each(|&key| operation(store, key))));
}

fn writes(criterion: &mut Criterion) {
    let keys = Keys::draw();
    let mut group = criterion.benchmark_group("write");
    group.throughput(Throughput::Elements(OPERATIONS)).measurement_time(MEASUREMENT);
    each_fresh(&mut group, "insert", &keys, keys.absent(), |store, key| {
        black_box(store.insert(key, key));
    });
    each_fresh(&mut group, "insert, replacing", &keys, keys.present(), |store, key| {
        black_box(store.insert(key, key));
    });
    each_fresh(&mut group, "remove", &keys, keys.present(), |store, key| {
        black_box(store.remove(&key));
    });
    group.finish();
}

/// Each iteration on a store of its own, whose making is not timed.
fn each_fresh(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    keys: &Keys,
    operands: &[u64],
    operation: impl Fn(&Numbers, u64),
) {
    group.bench_function(name, |bencher| {
        bencher.iter_batched_ref(
            || keys.store(),
            |store| operands.iter().for_each(|&key| operation(store, key)),
            BatchSize::LargeInput,
        );
    });
}

fn iteration(criterion: &mut Criterion) {
    let store = Keys::draw().store();
    let mut group = criterion.benchmark_group("all");
    group.throughput(Throughput::Elements(ENTRIES)).measurement_time(MEASUREMENT);
    group.bench_function("iter", |bencher| {
        bencher.iter(|| store.iter().map(|entry| *entry).fold(0, u64::wrapping_add));
    });
    group.finish();
}

/// What stores cost that are built and never used, beside DashMaps.
fn empty(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("empty");
    group.measurement_time(MEASUREMENT);
    group.bench_function("store", |bencher| bencher.iter(Store::<u64, u64>::new));
    group.bench_function("DashMap", |bencher| bencher.iter(DashMap::<u64, u64>::new));
    group.bench_function("store, built only", |bencher| {
        bencher.iter_with_large_drop(Store::<u64, u64>::new);
    });
    group.bench_function("DashMap, built only", |bencher| {
        bencher.iter_with_large_drop(DashMap::<u64, u64>::new);
    });
    group.finish();
}

criterion_group!(benches, in_place, writes, iteration, empty);
criterion_main!(benches);
