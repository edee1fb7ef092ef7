//! Whether this is still the process in which something was started, or one that was forked off it.
//!
//! Asked on the way of each staged write, where a system call would be most of the cost: on Linux the C library counts forks for us.

use std::process;

#[cfg(target_os = "linux")]
use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

/// The process in which it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProcessMark {
    /// By how many forks lie between this process and the first one.
    #[cfg(target_os = "linux")]
    Forks(u32),
    /// By its id.
    Id(u32),
}

#[cfg(target_os = "linux")]
static FORKS: AtomicU32 = AtomicU32::new(0);

#[cfg(target_os = "linux")]
extern "C" fn count_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Whether forks are counted.
#[cfg(target_os = "linux")]
fn are_counted() -> bool {
    static COUNTED: OnceLock<bool> = OnceLock::new();
    // SAFETY: the handler is a function of this program, which is never unloaded without it, and does what is allowed in a child: one
    // atomic addition.
    *COUNTED.get_or_init(|| unsafe { libc::pthread_atfork(None, None, Some(count_fork)) } == 0)
}

impl ProcessMark {
    pub(crate) fn here() -> Self {
        #[cfg(target_os = "linux")]
        if are_counted() {
            return Self::Forks(FORKS.load(Ordering::Relaxed));
        }
        Self::Id(process::id())
    }

    /// Whether this is the same process.
    pub(crate) fn is_here(self) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::Forks(forks) => forks == FORKS.load(Ordering::Relaxed),
            Self::Id(id) => id == process::id(),
        }
    }
}
