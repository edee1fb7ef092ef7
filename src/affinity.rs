//! The cores that the process may use, whichever thread asks.
//!
//! A thread has the affinity of whoever started it, and programs that pin their threads start the tuner's from one of those, or lay out a
//! store in one. So it is the main thread that is asked; whoever pins that one means the whole process. Known on Linux only; elsewhere,
//! and where the system refuses, each thread's own affinity has to do.

/// Runs something on the cores that the process may use, and goes back to the thread's own; `None` if that cannot be.
pub(crate) fn as_the_process<T>(run: impl FnOnce() -> T) -> Option<T> {
    let (own, process) = (system::of_thread()?, system::of_process()?);
    if !system::go_to(&process) {
        return None;
    }
    let result = run();
    // Where it was before, it may be again.
    system::go_to(&own);
    Some(result)
}

/// Lets the calling thread use as many cores as the process may.
pub(crate) fn adopt() {
    let Some(own) = system::of_thread() else { return };
    let before = num_cpus::get();
    if system::of_process().is_some_and(|process| system::go_to(&process)) && num_cpus::get() < before {
        system::go_to(&own);
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::mem::MaybeUninit;

    pub(super) type Cores = libc::cpu_set_t;

    /// What the call takes for the calling thread.
    const SELF: libc::pid_t = 0;

    pub(super) fn of_thread() -> Option<Cores> {
        of(SELF)
    }

    pub(super) fn of_process() -> Option<Cores> {
        of(std::process::id() as libc::pid_t)
    }

    fn of(thread: libc::pid_t) -> Option<Cores> {
        let mut cores = MaybeUninit::<Cores>::zeroed();
        // SAFETY: there is room for as many bytes as the call is told; what it writes are bits, of which any pattern is a set of cores, as
        // are the zeros that it leaves.
        unsafe {
            let result = libc::sched_getaffinity(thread, size_of::<Cores>(), cores.as_mut_ptr());
            (result == 0).then(|| cores.assume_init())
        }
    }

    pub(super) fn go_to(cores: &Cores) -> bool {
        // SAFETY: the call reads as many bytes as it is told, which are there.
        unsafe { libc::sched_setaffinity(SELF, size_of::<Cores>(), cores) == 0 }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) struct Cores;

    pub(super) fn of_thread() -> Option<Cores> {
        None
    }

    pub(super) fn of_process() -> Option<Cores> {
        None
    }

    pub(super) fn go_to(_: &Cores) -> bool {
        false
    }
}
