//! Counts the bytes that are allocated, once somebody wants to know; until then it costs a load of a flag that nobody writes.
#![expect(
    unsafe_code,
    reason = "a global allocator is an unsafe trait; this one only counts, and leaves the rest to the system's"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicBool, AtomicIsize, Ordering},
};

/// The system's allocator, and a count.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static IS_COUNTING: AtomicBool = AtomicBool::new(false);

/// May be negative: of what is freed, some was allocated before the count began.
static BYTES: AtomicIsize = AtomicIsize::new(0);

/// Counts from now on, for the rest of the process: every allocation then writes a line that all threads share.
pub(crate) fn start_counting() {
    IS_COUNTING.store(true, Ordering::Relaxed);
}

/// Bytes asked for and not yet given back, since counting started. What the system adds to each allocation is not in it.
pub(crate) fn bytes() -> isize {
    BYTES.load(Ordering::Relaxed)
}

/// Relaxed: whoever compares two counts has waited for the threads that allocate.
fn count(bytes: isize) {
    if IS_COUNTING.load(Ordering::Relaxed) {
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator as it came, and its answer back as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
