//! What stores with little or nothing in them take, and what is given back: counted by the allocator.
//!
//! Counted is what the measuring thread itself has allocated and not freed: not what the tuner's thread learns of a store, nor
//! the thread's own ring of samples, which all stores share and which is there before the counting begins.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hash::{Hash, Hasher},
    hint::black_box,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    thread,
};

use autoshard::Store;
use dashmap::DashMap;

/// What a store with 100 entries may take, in bytes, on a machine where it begins with no more than [`SHARDS`] shards.
const SMALL_STORE_BYTES_MAX: usize = 16 * 1024;

/// Shards of a fresh store on four cores. With more cores it has more, of a header and a table each.
const SHARDS: usize = 16;

/// Accesses after which a thread was sampled for certain: the longest countdown to a sample is some 2,500.
const ACCESSES: u64 = 100_000;

/// Counts the bytes of each thread, and leaves the rest to the system's allocator.
struct CountingAllocator;

thread_local! {
    /// Bytes that the thread has allocated and not freed; below 0 where it frees what others allocated.
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // The cell has no destructor, so it is there as long as the thread is.
    BYTES.with(|count| count.set(count.get() + bytes));
}

// SAFETY: all is done by the system's allocator; counting allocates nothing and does not panic.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as the caller promised; the pointer came from `alloc`, and so from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What `make` makes, and the bytes that it takes.
fn weigh<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.get();
    let made = black_box(make());
    let bytes = BYTES.get() - before;
    (made, usize::try_from(bytes).expect("nothing is freed that was there before"))
}

fn filled(entries: u64) -> Store<u64, u64> {
    let store = Store::new();
    for key in 0..entries {
        store.insert(key, key);
    }
    store
}

#[test]
fn an_empty_store_takes_no_more_than_an_empty_dashmap() {
    // The first of each reads the environment and counts the cores.
    let _first: (Store<u64, u64>, DashMap<u64, u64>) = (Store::new(), DashMap::new());
    let (_store, ours) = weigh(Store::<u64, u64>::new);
    let (_map, dashmaps) = weigh(DashMap::<u64, u64>::new);
    assert!(ours > 0 && ours <= dashmaps, "an empty store takes {ours} bytes, an empty DashMap {dashmaps}");
}

#[test]
fn a_store_of_a_hundred_entries_takes_no_more_than_16_kib() {
    let _first = filled(ACCESSES);
    let (store, bytes) = weigh(|| filled(100));
    let max = SMALL_STORE_BYTES_MAX * store.shard_count().max(SHARDS) / SHARDS;
    assert!(bytes > 0 && bytes <= max, "a store of 100 entries takes {bytes} bytes, and may take {max}");
}

/// Threads that come and go.
const THREADS: usize = 10_000;

/// Of them, so many at the same time.
const THREADS_AT_ONCE: usize = 4;

/// What all of them together may leave behind, in bytes: lines for as many as there are at a time, in this test and beside it, with their rings
/// of samples. If each left a line of its own, it would be more than two million.
const LEFT_BEHIND_MAX: isize = 16 * 40 * 1024;

#[test]
fn ten_thousand_short_threads_leave_no_more_behind_than_a_few() {
    let store = filled(100);
    let mut left_behind = 0;
    for _ in 0..THREADS / THREADS_AT_ONCE {
        let use_store = |number: u64| {
            let store = &store;
            move || {
                let before = BYTES.get();
                // Guards, nested ones too, an operation of each kind, and an iterator.
                let (one, same) = (store.get(&number), store.get(&number));
                drop((one, same));
                store.update(&number, |value| *value += 1);
                store.insert(number, number);
                store.iter().next().expect("there are entries");
                BYTES.get() - before
            }
        };
        left_behind += thread::scope(|scope| {
            let threads = [0, 1, 2, 3].map(|number| scope.spawn(use_store(number)));
            threads.map(|thread| thread.join().expect("no panic")).iter().sum::<isize>()
        });
    }
    assert!(left_behind > 0, "lines are counted");
    assert!(left_behind <= LEFT_BEHIND_MAX, "{THREADS} threads have left {left_behind} bytes behind");
}

thread_local! {
    /// Calls of a key's own code until one of them panics.
    static CALLS_LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// A key that has its bytes on the heap, and whose `Clone` and `Hash` panic when their time has come.
#[derive(PartialEq, Eq)]
struct Touchy(Box<u64>);

fn touch() {
    CALLS_LEFT.set(CALLS_LEFT.get() - 1);
    if CALLS_LEFT.get() == 0 {
        CALLS_LEFT.set(u64::MAX);
        resume_unwind(Box::new("on purpose"));
    }
}

impl Clone for Touchy {
    fn clone(&self) -> Self {
        touch();
        Self(self.0.clone())
    }
}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        touch();
        self.0.hash(state);
    }
}

/// What a migration that is given up may leave behind in telemetry: a decision with its plan, and events.
const TOLD_BYTES_MAX: isize = 4 * 1024;

#[test]
fn a_migration_that_is_given_up_gives_its_memory_back() {
    for by_hand_over in [false, true] {
        let builder = || Store::builder().set("shards.initial", 1).set("tuner.enabled", false);
        let store: Store<Touchy, u64> =
            if by_hand_over { builder().build_by_hand_over() } else { builder().build() }.expect("the policy is valid");
        (0..200).for_each(|number| assert_eq!(store.insert(Touchy(Box::new(number)), number), None));
        // The first makes what all share.
        let give_up = |calls| {
            CALLS_LEFT.set(calls);
            let outcome = catch_unwind(AssertUnwindSafe(|| store.reshard(8)));
            CALLS_LEFT.set(u64::MAX);
            assert!(!matches!(outcome, Ok(Ok(()))), "the panic after {calls} calls ends it");
            assert_eq!((store.shard_count(), store.len(), store.iter().count()), (1, 200, 200));
        };
        give_up(1);
        let before = BYTES.get();
        let rounds = 190;
        (1..=rounds).for_each(give_up);
        let grown = BYTES.get() - before;
        // Targets for 200 entries take more than twice what may be told of each.
        assert!(grown <= TOLD_BYTES_MAX * rounds as isize, "{rounds} migrations given up have left {grown} bytes");
        store.reshard(8).expect("nothing is in the way any more");
        assert_eq!((store.shard_count(), store.iter().count()), (8, 200));
    }
}
