//! Maps that are built and never used.

use autoshard::Store;
use criterion::Criterion;
use dashmap::DashMap;

/// What stores cost that are built and never used, beside DashMaps.
pub(crate) fn empty(criterion: &mut Criterion) {
    let mut group = crate::group(criterion, "empty");
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
