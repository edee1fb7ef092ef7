//! The cores that threads are pinned to.

use std::{sync::LazyLock, thread};

use core_affinity::CoreId;

/// The cores that this process may use; empty where the system does not tell.
static CORES: LazyLock<Vec<CoreId>> = LazyLock::new(|| core_affinity::get_core_ids().unwrap_or_default());

/// How many cores the process may use.
pub(crate) fn count() -> usize {
    if CORES.is_empty() { thread::available_parallelism().map_or(1, usize::from) } else { CORES.len() }
}

/// Pins the calling thread to a core, threads going round; where the system refuses, the thread runs where it may.
pub(crate) fn pin(thread: usize) {
    if !CORES.is_empty() {
        core_affinity::set_for_current(CORES[thread % CORES.len()]);
    }
}
