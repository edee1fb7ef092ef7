//! A full fence of which one side is free: whoever executes the *heavy* barrier makes every other thread of the process
//! execute a full fence, at some point while it waits; for them, the *light* barrier need only keep the compiler from
//! moving anything past it.
//!
//! If one thread stores A, executes the light barrier and loads B, and another stores B, executes the heavy one and loads
//! A, at least one of them sees the other's store: the fence that the heavy barrier puts into the first thread comes
//! before its store of A (then its load of B comes after the barrier and sees B), or after it (then A can be seen).
//!
//! On Linux it is `membarrier(2)`, private and expedited, since version 4.14. Elsewhere, and where it is refused, there
//! is none, and the modes of the shard's lock that need it are not offered.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering, compiler_fence},
};

static ISSUED: AtomicU64 = AtomicU64::new(0);

/// The side that costs nothing.
///
/// Needed though no test notices when it is gone: compilers may move a later load before the store, but those of today leave atomic
/// accesses in their order.
#[inline]
pub(crate) fn light_barrier() {
    compiler_fence(Ordering::SeqCst);
}

/// Heavy barriers that this process has issued.
pub(crate) fn heavy_barriers() -> u64 {
    ISSUED.load(Ordering::Relaxed)
}

/// Whether there is a heavy barrier. Asked of the system once.
pub(crate) fn has_heavy_barrier() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(system::register)
}

/// The side that costs microseconds, and an interrupt of every core that runs a thread of this process.
///
/// # Panics
///
/// If the system refuses what it has granted before. There is no way on for the caller that would be safe.
pub(crate) fn heavy_barrier() {
    ISSUED.fetch_add(1, Ordering::Relaxed);
    // A new process image, or a fork on some systems, has to ask anew.
    let executed = system::execute() || (system::register() && system::execute());
    assert!(executed, "the system refuses a memory barrier (membarrier) that it has granted this process before");
}

#[cfg(target_os = "linux")]
mod system {
    /// Commands of `membarrier(2)`.
    const QUERY: libc::c_int = 0;
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    fn membarrier(command: libc::c_int) -> libc::c_long {
        let flags: libc::c_uint = 0;
        // SAFETY: the call has no effect on memory but to order accesses to it.
        unsafe { libc::syscall(libc::SYS_membarrier, command, flags) }
    }

    pub(super) fn register() -> bool {
        let supported = membarrier(QUERY);
        supported > 0
            && supported & libc::c_long::from(PRIVATE_EXPEDITED) != 0
            && membarrier(REGISTER_PRIVATE_EXPEDITED) == 0
    }

    pub(super) fn execute() -> bool {
        membarrier(PRIVATE_EXPEDITED) == 0
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn register() -> bool {
        false
    }

    pub(super) fn execute() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicU32, thread};

    use super::*;
    use crate::sync::{fence_after_swap, store_and_fence};

    /// Rounds of a litmus test: some milliseconds' worth without a heavy barrier, and some tenths of a second with one.
    const ROUNDS: u32 = 30_000;

    #[test]
    fn a_barrier_that_is_offered_can_be_executed() {
        if has_heavy_barrier() {
            (0..100).for_each(|_| heavy_barrier());
        }
    }

    /// Two threads, each of which stores its own word, with a barrier after it, and loads the other's: how often both found nothing,
    /// which a barrier on both sides forbids.
    fn store_buffering(
        rounds: u32,
        first: impl Fn(&AtomicU64, u64) + Sync,
        second: impl Fn(&AtomicU64, u64) + Sync,
    ) -> u32 {
        // In cache lines of their own, or the stores would not wait in their buffers.
        #[repr(align(128))]
        #[derive(Default)]
        struct Word(AtomicU64);
        let words: [Word; 2] = Default::default();
        let at_start = [const { AtomicU32::new(0) }; 2];
        let run = |own: usize, store: &dyn Fn(&AtomicU64, u64)| {
            (1..=rounds)
                .map(|round| {
                    at_start[own].store(round, Ordering::Release);
                    // Both begin a round at about the same time; with one core, when the other one has had its turn.
                    for spins in 0u32.. {
                        if at_start[1 - own].load(Ordering::Acquire) >= round {
                            break;
                        }
                        if spins % 1000 == 999 {
                            thread::yield_now();
                        }
                    }
                    store(&words[own].0, u64::from(round));
                    words[1 - own].0.load(Ordering::Relaxed) >= u64::from(round)
                })
                .collect::<Vec<_>>()
        };
        let [seen, others] = thread::scope(|scope| {
            let other = scope.spawn(|| run(1, &second));
            [run(0, &first), other.join().expect("no panic")]
        });
        seen.iter().zip(&others).filter(|&(&one, &other)| !one && !other).count() as u32
    }

    /// A store, and a barrier after it.
    fn before(barrier: impl Fn() + Sync) -> impl Fn(&AtomicU64, u64) + Sync {
        move |word, value| {
            word.store(value, Ordering::Relaxed);
            barrier();
        }
    }

    /// The litmus test of store buffering, on the machine at hand; no model knows the heavy barrier.
    #[test]
    fn a_light_and_a_heavy_barrier_are_as_good_as_two_fences() {
        let none = || before(|| compiler_fence(Ordering::SeqCst));
        let without = store_buffering(ROUNDS, none(), none());
        println!("without a barrier, both threads missed the other's store in {without} of {ROUNDS} rounds");
        if has_heavy_barrier() {
            assert_eq!(store_buffering(ROUNDS, before(light_barrier), before(heavy_barrier)), 0, "of {ROUNDS} rounds");
            assert_eq!(store_buffering(ROUNDS, before(heavy_barrier), before(light_barrier)), 0, "of {ROUNDS} rounds");
        }
    }

    /// What takes a fence's place where the processor has something cheaper. In models both are fences.
    #[test]
    fn a_swap_is_as_good_as_a_fence() {
        let swap = |word: &AtomicU64, value| {
            word.swap(value, Ordering::Acquire);
            fence_after_swap();
        };
        assert_eq!(store_buffering(ROUNDS, store_and_fence, store_and_fence), 0, "of {ROUNDS} rounds");
        assert_eq!(store_buffering(ROUNDS, store_and_fence, swap), 0, "of {ROUNDS} rounds");
    }
}
