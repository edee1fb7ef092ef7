//! Where user code runs in the middle of a migration, the store must not block: whoever it would wait for may be
//! waiting for the migration. Operations called from there that would have to wait panic, which gives the migration up.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::sync::thread_local;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static TARGETS: Cell<u32> = const { Cell::new(0) };
}

/// While it lives, operations of this thread that would wait for a shard panic instead.
pub(crate) struct StepGuard(());

impl StepGuard {
    pub(crate) fn new() -> Self {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self(())
    }
}

impl Drop for StepGuard {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}

/// Whether this thread is in a step, or holds a target.
pub(crate) fn is_active() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Panics where waiting is not allowed; for operations that are about to wait.
pub(crate) fn refuse_to_block() {
    assert!(
        !is_active(),
        "an operation of the store, called by a key's or value's own code (Clone, Eq or Hash) during a step of a \
         migration, would have to wait; it is refused, and the migration is given up"
    );
}

/// While it lives, this thread holds a target: what holds of a step holds, too, and it must not wait for another target.
pub(crate) struct TargetGuard {
    _step: StepGuard,
}

impl TargetGuard {
    pub(crate) fn new() -> Self {
        TARGETS.with(|targets| targets.set(targets.get() + 1));
        Self { _step: StepGuard::new() }
    }
}

impl Drop for TargetGuard {
    fn drop(&mut self) {
        TARGETS.with(|targets| targets.set(targets.get() - 1));
    }
}

/// Panics where this thread holds a target and is about to wait for one, which may be the same.
pub(crate) fn refuse_second_target() {
    assert!(
        TARGETS.with(Cell::get) == 0,
        "an operation of the store, called by a key's own code (Eq or Hash) while an entry was looked up in a fresh shard, would \
         have to wait for such a shard; it is refused"
    );
}
