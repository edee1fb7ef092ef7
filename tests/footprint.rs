//! What stores with little or nothing in them take, counted by the allocator.
//!
//! Counted is what the measuring thread itself has allocated and not freed: not what the tuner's thread learns of a store, nor
//! the thread's own ring of samples, which all stores share and which is there before the counting begins.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
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
