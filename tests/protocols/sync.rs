//! What the library's files find as `crate::sync` when they are compiled here, for loom.

pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
}

pub(crate) mod hint {
    pub(crate) use loom::hint::spin_loop;
}
