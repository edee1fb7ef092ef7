//! The raw reader-writer lock, by the rules of `parking_lot`'s that the shard's lock relies on.
//!
//! A writer first claims the lock, which keeps further readers out, and then waits for those inside to leave. So a reader
//! queues behind a waiting writer; one that enters recursively does not, as long as some other reader is inside.

use std::time::{Duration, Instant};

use parking_lot::lock_api::{
    GuardSend, RawRwLock as RawShared, RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed,
    RawRwLockTimed,
};

use super::{
    clock::sleep,
    locks::{Condvar, Mutex, PATIENCE_YIELDS},
};

/// More than any wait with a time-out is given: what is longer has no end.
const PATIENCE_MAX: Duration = Duration::from_hours(1);

/// As `parking_lot::RawRwLock`.
pub(crate) struct RawRwLock {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    readers: u32,
    /// Whether a writer is inside, or waits for the readers to leave.
    is_claimed: bool,
}

impl State {
    fn read(&mut self) -> bool {
        self.readers += u32::from(!self.is_claimed);
        !self.is_claimed
    }

    fn read_recursively(&mut self) -> bool {
        let may = !self.is_claimed || self.readers > 0;
        self.readers += u32::from(may);
        may
    }

    fn claim(&mut self) -> bool {
        !std::mem::replace(&mut self.is_claimed, true)
    }

    fn write(&mut self) -> bool {
        self.readers == 0 && self.claim()
    }
}

impl RawRwLock {
    fn attempt(&self, enter: impl FnOnce(&mut State) -> bool) -> bool {
        enter(&mut self.state.lock())
    }

    fn wait(&self, mut enter: impl FnMut(&mut State) -> bool) {
        let mut state = self.state.lock();
        while !enter(&mut state) {
            self.changed.wait(&mut state);
        }
    }

    /// Tries for as long as the scheduler lets others go on so many times. The clock is moved by as much as that is to mean. Without an
    /// end to the patience it waits, as `parking_lot` does, so that the checker sees who waits for ever.
    fn attempt_for(&self, patience: Duration, mut enter: impl FnMut(&mut State) -> bool) -> bool {
        if patience > PATIENCE_MAX {
            self.wait(enter);
            return true;
        }
        let yields = if patience.is_zero() { 0 } else { PATIENCE_YIELDS };
        self.attempt(&mut enter)
            || (0..yields).any(|_| {
                sleep(patience / PATIENCE_YIELDS);
                self.attempt(&mut enter)
            })
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock());
        self.changed.notify_all();
    }
}

// SAFETY: `State` lets a writer in only while nobody else is inside, and a reader only while no writer is: a writer is
// inside once it has claimed the lock and there are no readers, and a recursive reader enters past a claim only while
// there are.
unsafe impl RawShared for RawRwLock {
    const INIT: Self = Self { state: Mutex::new(State { readers: 0, is_claimed: false }), changed: Condvar::new() };

    type GuardMarker = GuardSend;

    fn lock_shared(&self) {
        self.wait(State::read);
    }

    fn try_lock_shared(&self) -> bool {
        self.attempt(State::read)
    }

    unsafe fn unlock_shared(&self) {
        self.change(|state| state.readers -= 1);
    }

    fn lock_exclusive(&self) {
        self.wait(State::claim);
        self.wait(|state| state.readers == 0);
    }

    fn try_lock_exclusive(&self) -> bool {
        self.attempt(State::write)
    }

    unsafe fn unlock_exclusive(&self) {
        self.change(|state| state.is_claimed = false);
    }

    fn is_locked(&self) -> bool {
        let state = self.state.lock();
        state.is_claimed || state.readers > 0
    }
}

// SAFETY: as above. Whose turn it is, the scheduler decides.
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

// SAFETY: the writer gives its claim up and becomes a reader in one step.
unsafe impl RawRwLockDowngrade for RawRwLock {
    unsafe fn downgrade(&self) {
        self.change(|state| *state = State { readers: 1, is_claimed: false });
    }
}

// SAFETY: as `RawShared`.
unsafe impl RawRwLockRecursive for RawRwLock {
    fn lock_shared_recursive(&self) {
        self.wait(State::read_recursively);
    }

    fn try_lock_shared_recursive(&self) -> bool {
        self.attempt(State::read_recursively)
    }
}

// SAFETY: as `RawShared`; a writer that gives up takes its claim back.
unsafe impl RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_shared_for(&self, patience: Duration) -> bool {
        self.attempt_for(patience, State::read)
    }

    fn try_lock_exclusive_for(&self, patience: Duration) -> bool {
        if !self.attempt_for(patience, State::claim) {
            return false;
        }
        let entered = self.attempt_for(patience, |state| state.readers == 0);
        if !entered {
            self.change(|state| state.is_claimed = false);
        }
        entered
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
    fn try_lock_shared_recursive_for(&self, patience: Duration) -> bool {
        self.attempt_for(patience, State::read_recursively)
    }

    fn try_lock_shared_recursive_until(&self, _: Instant) -> bool {
        unreachable!("nobody asks for a lock up to a moment")
    }
}
