//! What rests on memory orderings alone, with no lock around it: the ring of samples and the layout sequence.
//!
//! The library's own files are compiled here with loom's atomics. Not the library as a whole: loom's atomics cannot be
//! made in constants and statics, and a migration has more schedules than loom could ever go through. All else hands
//! data over by the shards' locks, which are `parking_lot`'s.
//!
//! # Bounds
//!
//! Two threads; a ring of two entries and up to three samples; two changes of the layout and one reading. Within that loom
//! tries all schedules, with the values that weak memory lets each load return. It does not model loads that return
//! values of the future (load buffering): so it cannot tell that the ring's tail needs its Release and Acquire, which
//! keep the producer from overwriting an entry before the collector has read it.

#[expect(dead_code, reason = "the number of shards is no matter of orderings")]
#[path = "../../../src/layout.rs"]
mod layout;
#[path = "../../../src/presence/ring.rs"]
mod ring;

use loom::{
    model,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use layout::Layout;
use ring::{Ring, Sample};

fn sample(number: u64) -> Sample {
    Sample { store: number as u32, hash: number, is_write: number % 2 == 1 }
}

#[test]
fn each_sample_arrives_whole_once_and_in_order() {
    model(|| {
        let ring = Arc::new(Ring::new());
        let producer = {
            let ring = Arc::clone(&ring);
            // One more than there is room for, so that entries are used again.
            thread::spawn(move || (1..=3).filter(|&number| ring.push(sample(number))).collect::<Vec<_>>())
        };
        let mut found = Vec::new();
        let mut drain = || ring.drain(|sample| found.push(sample));
        drain();
        drain();
        let taken = producer.join().expect("no panic");
        drain();
        assert_eq!(found, taken.into_iter().map(sample).collect::<Vec<_>>());
    });
}

#[test]
fn two_collectors_in_turn_find_each_sample_once() {
    model(|| {
        let ring = Arc::new(Ring::new());
        let found = Arc::new(loom::sync::Mutex::new(Vec::new()));
        // Under a lock, as `presence::collect` does it.
        let collect = |ring: &Ring, found: &loom::sync::Mutex<Vec<Sample>>| {
            let mut found = found.lock().expect("no panic");
            ring.drain(|sample| found.push(sample));
        };
        assert!(ring.push(sample(1)));
        let other = {
            let (ring, found) = (Arc::clone(&ring), Arc::clone(&found));
            thread::spawn(move || collect(&ring, &found))
        };
        assert!(ring.push(sample(2)));
        collect(&ring, &found);
        other.join().expect("no panic");
        assert_eq!(*found.lock().expect("no panic"), [sample(1), sample(2)]);
    });
}

/// Entries go from one shard to another and back; they are never seen in both, or in none.
#[test]
fn a_sum_over_shards_is_never_torn() {
    model(|| {
        let layout = Arc::new(Layout::new());
        let lengths = Arc::new([AtomicU64::new(3), AtomicU64::new(0)]);
        let migrator = {
            let (layout, lengths) = (Arc::clone(&layout), Arc::clone(&lengths));
            thread::spawn(move || {
                for (first, second) in [(0, 3), (3, 0)] {
                    layout.change(|| {
                        lengths[0].store(first, Ordering::Relaxed);
                        lengths[1].store(second, Ordering::Relaxed);
                    });
                }
            })
        };
        let sum = layout.read(|| lengths.iter().map(|length| length.load(Ordering::Relaxed)).sum::<u64>());
        assert_eq!(sum, 3);
        migrator.join().expect("no panic");
    });
}
