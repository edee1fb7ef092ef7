//! Writes into shards that are biased towards readers.

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use criterion::{BatchSize, Criterion};

use crate::{
    Numbers,
    common::forced::{Forced, RARELY},
    keys::Keys,
    parts,
};

/// Entries: few, so that the reader beside is in the shard that is written more often than not in neighbouring ones.
const ENTRIES: u64 = 1000;

/// A write beside a reader on another thread, without whom there would be nothing to revoke: in a neutral shard, in a fenced one, and
/// in an asymmetric one, which is chosen anew before each write, unmeasured. On a machine with one core the reader has to be
/// interrupted first.
pub(crate) fn revoke(criterion: &mut Criterion) {
    let keys = Keys::draw(ENTRIES);
    let mut group = crate::group(criterion, "revoke");
    for bias in ["neutral", "fenced", "asymmetric"] {
        let Some(store) = parts::forced(bias, RARELY, &keys) else { continue };
        let forced = Forced { bias, sample_every: RARELY };
        let mut operands = keys.all_present().iter().cycle();
        beside_reader(&store, keys.all_present(), || {
            group.bench_function(format!("update, {bias}"), |bencher| {
                bencher.iter_batched(
                    || put_in_place(&store, forced, &mut operands),
                    |key| store.update(&key, |value| *value += 1),
                    BatchSize::PerIteration,
                );
            });
        });
    }
    group.finish();
}

/// The next key, after all shards have the mode again.
fn put_in_place<'a>(store: &Numbers, forced: Forced, operands: &mut impl Iterator<Item = &'a u64>) -> u64 {
    // A shard that the reader is inside keeps what it has, and is chosen for again.
    while !forced.is_in_place(store) {
        store.tune_now();
    }
    operands.next().copied().unwrap_or_default()
}

/// Runs something while another thread looks keys up.
fn beside_reader(store: &Numbers, keys: &[u64], run: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for key in keys {
                    black_box(store.get_cloned(key));
                }
            }
        });
        run();
        is_over.store(true, Ordering::Relaxed);
    });
}
