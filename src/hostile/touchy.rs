//! A key or value that is counted, and whose own code panics when it is told to.

use std::{
    cell::Cell,
    hash::{Hash, Hasher},
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// When the code of keys and values, and functions that call [`touch`], panic on this thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fuse {
    Never,
    Always,
    /// At the call after so many more, and then never again.
    After(u32),
}

thread_local! {
    static FUSE: Cell<Fuse> = const { Cell::new(Fuse::Never) };
}

/// Sets the fuse; returns the one before.
pub(super) fn set_fuse(fuse: Fuse) -> Fuse {
    FUSE.replace(fuse)
}

/// One call of the user's code. Never panics while a panic unwinds: that would end the process.
pub(super) fn touch() {
    if std::thread::panicking() {
        return;
    }
    let (next, panics) = match FUSE.get() {
        Fuse::After(0) => (Fuse::Never, true),
        Fuse::After(more) => (Fuse::After(more - 1), false),
        fuse => (fuse, fuse == Fuse::Always),
    };
    FUSE.set(next);
    if panics {
        // Without a message: there will be thousands.
        resume_unwind(Box::new("on purpose"));
    }
}

/// The key or value.
#[derive(Debug)]
pub(super) struct Touchy {
    pub(super) number: u64,
    alive: Arc<AtomicI64>,
}

impl Touchy {
    pub(super) fn new(number: u64, alive: &Arc<AtomicI64>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self { number, alive: Arc::clone(alive) }
    }
}

impl Clone for Touchy {
    fn clone(&self) -> Self {
        touch();
        Self::new(self.number, &self.alive)
    }
}

/// What entries of borrowed keys make keys by.
impl From<&Self> for Touchy {
    fn from(touchy: &Self) -> Self {
        touchy.clone()
    }
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        touch();
        self.number == other.number
    }
}

impl Eq for Touchy {}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        touch();
        self.number.hash(state);
    }
}

impl Drop for Touchy {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
        touch();
    }
}
