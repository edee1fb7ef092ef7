//! Single operations: the store's beside hashbrown's own.

use std::{cell::RefCell, hint::black_box};

use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, measurement::WallTime};

use crate::{
    common::map::Map,
    keys::{ENTRIES, Keys, OPERATIONS},
};

/// The two maps of a group.
struct Maps {
    store: RefCell<crate::Numbers>,
    hashbrown: RefCell<hashbrown::HashMap<u64, u64, crate::Hasher>>,
}

impl Maps {
    fn of(keys: &Keys) -> Self {
        Self { store: RefCell::new(keys.store()), hashbrown: RefCell::new(keys.hashbrown()) }
    }
}

/// Measures an operation of both maps, after preparing them for each iteration by another.
macro_rules! both {
    ($group:expr, $name:literal, $maps:expr, $operands:expr, $prepare:expr, $operation:expr) => {
        each($group, concat!($name, ", store"), &$maps.store, $operands, $prepare, $operation);
        each($group, concat!($name, ", hashbrown"), &$maps.hashbrown, $operands, $prepare, $operation);
    };
    ($group:expr, $name:literal, $maps:expr, $operands:expr, $operation:expr) => {
        both!($group, $name, $maps, $operands, |_, _| None, $operation);
    };
}

/// An iteration goes through the operands once; before it, unmeasured, the preparation does.
fn each<M: Map>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    map: &RefCell<M>,
    operands: &[u64],
    prepare: impl Fn(&mut M, u64) -> Option<u64>,
    operation: impl Fn(&mut M, u64) -> Option<u64>,
) {
    group.bench_function(name, |bencher| {
        bencher.iter_batched(
            || {
                let mut map = map.borrow_mut();
                for &key in operands {
                    prepare(&mut map, key);
                }
            },
            |()| {
                let mut map = map.borrow_mut();
                for &key in operands {
                    black_box(operation(&mut map, key));
                }
            },
            BatchSize::PerIteration,
        );
    });
}

fn insert_itself(map: &mut impl Map, key: u64) -> Option<u64> {
    Map::insert(map, key, key)
}

pub(crate) fn reads(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let maps = Maps::of(&keys);
    let mut group = crate::group(criterion, "read");
    let group = group.throughput(Throughput::Elements(OPERATIONS));
    both!(group, "get, hit", maps, keys.present(), Map::get);
    both!(group, "get, miss", maps, keys.absent(), Map::get);
    each(group, "get_cloned, hit", &maps.store, keys.present(), |_, _| None, Map::get_cloned);
    each(group, "get_cloned, miss", &maps.store, keys.absent(), |_, _| None, Map::get_cloned);
    each(group, "view, hit", &maps.store, keys.present(), |_, _| None, Map::view);
    each(group, "view, miss", &maps.store, keys.absent(), |_, _| None, Map::view);
}

pub(crate) fn changes(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let maps = Maps::of(&keys);
    let mut group = crate::group(criterion, "change");
    let group = group.throughput(Throughput::Elements(OPERATIONS));
    both!(group, "update, hit", maps, keys.present(), Map::update);
    both!(group, "update, miss", maps, keys.absent(), Map::update);
    both!(group, "insert, replacing", maps, keys.present(), insert_itself);
    both!(group, "remove, miss", maps, keys.absent(), Map::remove);
}

/// Each iteration undoes the one before, unmeasured. Maps have room for what is inserted: nothing grows.
pub(crate) fn new_and_gone(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let maps = Maps::of(&keys);
    let mut group = crate::group(criterion, "come and go");
    let group = group.throughput(Throughput::Elements(OPERATIONS));
    both!(group, "insert, new", maps, keys.absent(), Map::remove, insert_itself);
    both!(group, "remove, hit", maps, keys.present(), insert_itself, Map::remove);
}
