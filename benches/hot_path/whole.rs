//! Many entries at once.

use std::hint::black_box;

use criterion::{Criterion, Throughput};

use crate::keys::{ENTRIES, Keys, OPERATIONS};

/// Going through all entries, and looking up many keys in one call.
pub(crate) fn all(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let (store, map) = (keys.store(), keys.hashbrown());
    let mut group = crate::group(criterion, "whole");
    group.throughput(Throughput::Elements(ENTRIES));
    group.bench_function("iter, store", |bencher| {
        bencher.iter(|| store.iter().map(|entry| *entry).fold(0, u64::wrapping_add));
    });
    group.bench_function("iter, hashbrown", |bencher| {
        bencher.iter(|| map.values().copied().fold(0, u64::wrapping_add));
    });
    group.throughput(Throughput::Elements(OPERATIONS));
    group.bench_function("get_many, store", |bencher| bencher.iter(|| store.get_many(black_box(keys.present()))));
    group.bench_function("get_many, hashbrown one by one", |bencher| {
        bencher.iter(|| black_box(keys.present()).iter().map(|key| map.get(key).copied()).collect::<Vec<_>>());
    });
    group.finish();
}
