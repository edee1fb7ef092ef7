//! Parts of an operation, as near as the public functions come to them.

use std::hint::black_box;

use autoshard::Store;
use criterion::{BatchSize, Criterion, Throughput};

use crate::{
    Hasher, Numbers,
    common::forced::{BIASES, Forced, RARELY},
    keys::Keys,
};

/// Entries: few, so that nothing waits for memory, and what is measured are instructions.
const ENTRIES: u64 = 1000;

/// Looks all keys up.
fn look_up(store: &Numbers, keys: &[u64]) -> usize {
    keys.iter().filter(|key| store.contains_key(*key)).count()
}

/// The hash; and all that comes before entering: in a store that never had an entry an operation ends where it finds no directory.
pub(crate) fn route(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let store = Numbers::with_hasher(Hasher::default());
    let mut group = crate::group(criterion, "route");
    group.throughput(Throughput::Elements(ENTRIES));
    group.bench_function("hash", |bencher| {
        bencher.iter(|| keys.present().iter().map(|key| black_box(store.hash_usize(key))).fold(0, usize::wrapping_add));
    });
    group.bench_function("hash, count down, find no directory", |bencher| {
        bencher.iter(|| look_up(&store, black_box(keys.present())));
    });
    group.finish();
}

/// Looking for keys that are not there: besides entering and leaving a shard it takes the way there, and a probe that sees little
/// more than an empty bucket. The public functions come no nearer; the other groups tell what to take off.
pub(crate) fn enter_and_leave(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let mut group = crate::group(criterion, "enter and leave");
    group.throughput(Throughput::Elements(ENTRIES));
    for bias in BIASES {
        let Some(store) = forced(bias, RARELY, &keys) else { continue };
        group.bench_function(bias, |bencher| bencher.iter(|| look_up(&store, black_box(keys.absent()))));
    }
    group.finish();
}

/// hashbrown's own.
pub(crate) fn probe(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let map = keys.hashbrown();
    let mut group = crate::group(criterion, "probe");
    group.throughput(Throughput::Elements(ENTRIES));
    for (name, keys) in [("hash and probe, hit", keys.present()), ("hash and probe, miss", keys.absent())] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(keys).iter().filter(|key| map.contains_key(*key)).count());
        });
    }
    group.finish();
}

/// Look-ups of which every one is sampled, beside ones that as good as never are. Samples are collected between iterations,
/// unmeasured, so that none is lost.
pub(crate) fn sample(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let mut group = crate::group(criterion, "sample");
    group.throughput(Throughput::Elements(ENTRIES));
    for (name, sample_every) in [("every access", 1), ("one access in 65,536", RARELY)] {
        let Some(store) = forced("neutral", sample_every, &keys) else { continue };
        let lost_before = store.telemetry().sampling.samples_lost;
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || store.tune_now(),
                |_| look_up(&store, black_box(keys.absent())),
                BatchSize::PerIteration,
            );
        });
        let lost = store.telemetry().sampling.samples_lost - lost_before;
        assert_eq!(lost, 0, "a lost sample costs less than one that is kept");
    }
    group.finish();
}

/// A store in a forced mode; says so if there is none.
pub(crate) fn forced(bias: &'static str, sample_every: u32, keys: &Keys) -> Option<Store<u64, u64, Hasher>> {
    let store = Forced { bias, sample_every }.store(Hasher::default(), keys.all_present());
    if store.is_none() {
        eprintln!("{bias} is left out: this machine does not offer it, or an AUTOSHARD_* variable forces another mode");
    }
    store
}
