//! A ring of samples: written by the thread that made them, emptied by one collector at a time.
//!
//! # Orderings
//!
//! Single producer, single consumer. The producer fills an entry and then publishes it by a Release store of `head`,
//! which the collector's Acquire load of `head` pairs with; the collector reads the entry and then frees it by a
//! Release store of `tail`, which the producer's Acquire load of `tail` pairs with. Entries are atomics themselves, so
//! a mistake here could mix up samples, never memory.
#![forbid(unsafe_code)]

use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Samples that a ring holds. At the default intake budget and 20 ms between collections one thread makes about 1,000
/// in that time; a power of two, so that an index is a mask away. Models have rings that are soon full.
const CAPACITY: usize = if cfg!(any(autoshard_loom, autoshard_shuttle)) { 2 } else { 2048 };
const _: () = assert!(CAPACITY.is_power_of_two());

/// One access in N.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// The store's number in this process.
    pub(crate) store: u32,
    /// The key's hash.
    pub(crate) hash: u64,
    /// Whether the access may have written.
    pub(crate) is_write: bool,
}

/// The ring. 32 KiB; allocated at a thread's first sample that is kept.
pub(crate) struct Ring {
    head: AtomicUsize,
    tail: AtomicUsize,
    entries: Box<[Entry]>,
}

#[derive(Default)]
struct Entry {
    hash: AtomicU64,
    /// The store's number, and in the bit above it whether the access may have written.
    origin: AtomicU64,
}

const WRITE_BIT: u64 = 1 << u32::BITS;

impl Ring {
    pub(crate) fn new() -> Self {
        Self {
            head: AtomicUsize::new(0),
            tail: AtomicUsize::new(0),
            entries: (0..CAPACITY).map(|_| Entry::default()).collect(),
        }
    }

    /// Adds a sample; `false` when there is no room for it. For the owner alone.
    pub(crate) fn push(&self, sample: Sample) -> bool {
        let head = self.head.load(Ordering::Relaxed);
        if head.wrapping_sub(self.tail.load(Ordering::Acquire)) == CAPACITY {
            return false;
        }
        let entry = &self.entries[head % CAPACITY];
        entry.hash.store(sample.hash, Ordering::Relaxed);
        let origin = u64::from(sample.store) | if sample.is_write { WRITE_BIT } else { 0 };
        entry.origin.store(origin, Ordering::Relaxed);
        self.head.store(head.wrapping_add(1), Ordering::Release);
        true
    }

    /// Hands over all samples that were in the ring when it was called. For one collector at a time.
    pub(crate) fn drain(&self, mut each: impl FnMut(Sample)) {
        let head = self.head.load(Ordering::Acquire);
        let mut tail = self.tail.load(Ordering::Relaxed);
        while tail != head {
            let entry = &self.entries[tail % CAPACITY];
            let origin = entry.origin.load(Ordering::Relaxed);
            each(Sample {
                store: (origin & (WRITE_BIT - 1)) as u32,
                hash: entry.hash.load(Ordering::Relaxed),
                is_write: origin & WRITE_BIT != 0,
            });
            tail = tail.wrapping_add(1);
        }
        self.tail.store(tail, Ordering::Release);
    }
}

#[cfg(all(test, not(autoshard_loom)))]
mod tests {
    use super::*;

    fn sample(number: u64) -> Sample {
        Sample { store: number as u32 % 5, hash: number, is_write: number.is_multiple_of(3) }
    }

    #[test]
    fn a_full_ring_refuses_and_an_emptied_one_takes_again() {
        let ring = Ring::new();
        for round in 0..3 {
            for number in 0..CAPACITY as u64 {
                assert!(ring.push(sample(round + number)));
            }
            assert!(!ring.push(sample(0)), "round {round}");
            let mut number = round;
            ring.drain(|found| {
                assert_eq!(found, sample(number));
                number += 1;
            });
            assert_eq!(number, round + CAPACITY as u64);
        }
    }

    #[test]
    fn every_sample_that_was_taken_arrives_once_and_in_order() {
        let ring = Ring::new();
        let total = 200_000;
        std::thread::scope(|scope| {
            let producer = scope.spawn(|| {
                let mut number = 0;
                while number < total {
                    if ring.push(sample(number)) {
                        number += 1;
                    } else {
                        std::thread::yield_now();
                    }
                }
            });
            let mut expected = 0;
            while expected < total {
                ring.drain(|found| {
                    assert_eq!(found, sample(expected));
                    expected += 1;
                });
                std::thread::yield_now();
            }
            producer.join().expect("the producer does not panic");
        });
    }
}
