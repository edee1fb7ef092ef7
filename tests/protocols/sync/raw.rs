//! The raw lock, for loom: made of one of its atomics, so that it hands over what its holders did, and nothing more.

use std::{
    sync::{Mutex, MutexGuard, OnceLock},
    time::{Duration, Instant},
};

use loom::{
    sync::atomic::{AtomicUsize, Ordering},
    thread::{self, Thread},
};
use parking_lot::lock_api::{
    GuardSend, RawRwLock as RawShared, RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed,
    RawRwLockTimed,
};

/// As `parking_lot::RawRwLock`, but unfair: nobody queues.
pub(crate) struct RawRwLock {
    /// Readers inside, or [`WRITER`]. Made at the first use, since loom's atomics are not constant: by the thread that sets the
    /// model up, before there are others.
    state: OnceLock<AtomicUsize>,
    /// Who is to be woken when somebody leaves. Not one of loom's types: it is looked at in no step of its own.
    parked: Mutex<Vec<Thread>>,
}

const WRITER: usize = usize::MAX;

impl RawRwLock {
    fn state(&self) -> &AtomicUsize {
        self.state.get_or_init(|| AtomicUsize::new(0))
    }

    /// By read-modify-writes alone, as all else here: a load might find that the lock was taken once.
    fn try_change(&self, change: impl Fn(usize) -> Option<usize>) -> bool {
        loop {
            let state = self.state().fetch_add(0, Ordering::Relaxed);
            let Some(changed) = change(state) else { return false };
            if self.state().compare_exchange(state, changed, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return true;
            }
        }
    }

    fn parked(&self) -> MutexGuard<'_, Vec<Thread>> {
        self.parked.lock().expect("no model goes on after a panic")
    }

    fn wait_for(&self, mut attempt: impl FnMut() -> bool) {
        while !attempt() {
            self.parked().push(thread::current());
            thread::park();
        }
    }

    fn wake(&self) {
        let parked = std::mem::take(&mut *self.parked());
        parked.iter().for_each(Thread::unpark);
    }
}

// SAFETY: the state says who is inside, and is changed atomically.
unsafe impl RawShared for RawRwLock {
    const INIT: Self = Self { state: OnceLock::new(), parked: Mutex::new(Vec::new()) };

    type GuardMarker = GuardSend;

    fn lock_shared(&self) {
        self.wait_for(|| self.try_lock_shared());
    }

    fn try_lock_shared(&self) -> bool {
        self.try_change(|state| (state != WRITER).then(|| state + 1))
    }

    unsafe fn unlock_shared(&self) {
        self.state().fetch_sub(1, Ordering::Release);
        self.wake();
    }

    fn lock_exclusive(&self) {
        self.wait_for(|| self.try_lock_exclusive());
    }

    fn try_lock_exclusive(&self) -> bool {
        self.state().compare_exchange(0, WRITER, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    fn is_locked(&self) -> bool {
        self.state().load(Ordering::Relaxed) != 0
    }

    unsafe fn unlock_exclusive(&self) {
        self.state().swap(0, Ordering::Release);
        self.wake();
    }
}

// SAFETY: the writer becomes a reader in one step.
unsafe impl RawRwLockDowngrade for RawRwLock {
    unsafe fn downgrade(&self) {
        self.state().swap(1, Ordering::Release);
        self.wake();
    }
}

// SAFETY: as `RawShared`. Whose turn it is, loom decides.
unsafe impl RawRwLockFair for RawRwLock {
    unsafe fn unlock_shared_fair(&self) {
        // SAFETY: the caller's promise.
        unsafe { self.unlock_shared() };
    }

    unsafe fn unlock_exclusive_fair(&self) {
        // SAFETY: the caller's promise.
        unsafe { self.unlock_exclusive() };
    }
}

// SAFETY: as `RawShared`.
unsafe impl RawRwLockRecursive for RawRwLock {
    fn lock_shared_recursive(&self) {
        self.lock_shared();
    }

    fn try_lock_shared_recursive(&self) -> bool {
        self.try_lock_shared()
    }
}

// SAFETY: as `RawShared`.
unsafe impl RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_shared_for(&self, _: Duration) -> bool {
        self.try_lock_shared()
    }

    fn try_lock_exclusive_for(&self, _: Duration) -> bool {
        self.try_lock_exclusive()
    }

    fn try_lock_shared_until(&self, _: Instant) -> bool {
        unreachable!("nobody asks for a lock up to a moment")
    }

    fn try_lock_exclusive_until(&self, _: Instant) -> bool {
        unreachable!("nobody asks for a lock up to a moment")
    }
}

// SAFETY: as `RawShared`.
unsafe impl RawRwLockRecursiveTimed for RawRwLock {
    fn try_lock_shared_recursive_for(&self, _: Duration) -> bool {
        self.try_lock_shared()
    }

    fn try_lock_shared_recursive_until(&self, _: Instant) -> bool {
        unreachable!("nobody asks for a lock up to a moment")
    }
}
