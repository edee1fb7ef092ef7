//! Pinning a thread to a core.
#![forbid(unsafe_code)]

/// Pins the calling thread to one of the process's cores, the worker's number deciding which; says to which the operating system then says it is
/// confined. `None` where the system refuses, or does not say.
#[cfg(all(feature = "pinning", not(autoshard_shuttle)))]
pub(super) fn pin(worker: usize) -> Option<usize> {
    let cores = core_affinity::get_core_ids()?;
    let core = *cores.get(worker % cores.len().max(1))?;
    if !core_affinity::set_for_current(core) {
        return None;
    }
    match core_affinity::get_core_ids()?.as_slice() {
        [only] if *only == core => Some(core.id),
        _ => None,
    }
}

#[cfg(not(all(feature = "pinning", not(autoshard_shuttle))))]
pub(super) fn pin(_: usize) -> Option<usize> {
    None
}
