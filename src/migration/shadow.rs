//! The shadow of a migration: what all who meet it need to know, whatever the types of key and value.

use autoshard_tuning::ShardId;

use super::step_guard::{self, TargetGuard};
use crate::{
    control::Control,
    presence::Kind,
    shard::{Contents, Header, Pass},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// How entries come into the targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Copied; writes go to both; the source stays complete.
    DualWrite,
    /// Moved; look-ups try the source, then the target.
    HandOver,
}

/// One migration, as its sources' marks see it.
pub(crate) struct Shadow {
    control: Arc<Control>,
    pub(crate) mode: Mode,
    /// The target of each slot of the sources.
    target_of: Box<[Option<ShardId>]>,
    /// The targets.
    pub(crate) targets: Box<[ShardId]>,
    aborted: AtomicBool,
    /// Why it was aborted: the first reason given.
    reason: Mutex<Option<String>>,
    /// Writes that callers applied to a target.
    pub(crate) dual_writes: AtomicU64,
}

impl Shadow {
    pub(crate) fn new(
        control: Arc<Control>,
        mode: Mode,
        target_of: Box<[Option<ShardId>]>,
        targets: Box<[ShardId]>,
    ) -> Self {
        Self {
            control,
            mode,
            target_of,
            targets,
            aborted: AtomicBool::new(false),
            reason: Mutex::new(None),
            dual_writes: AtomicU64::new(0),
        }
    }

    /// The target that a hash belongs to; `None` if it is not of a source.
    pub(crate) fn target(&self, hash: u64) -> Option<ShardId> {
        self.target_of[usize::from(self.control.directory.slot(hash))]
    }

    /// The shard that the directory gives a hash to: its source, for as long as a source of this migration is held.
    pub(crate) fn source(&self, hash: u64) -> Option<ShardId> {
        self.control.directory.shard(self.control.directory.slot(hash))
    }

    pub(crate) fn header(&self, id: ShardId) -> &Header {
        self.control.headers.get(id)
    }

    /// Gives the migration up. Callers do so while they hold a source exclusively, so that a cut-over, which holds all
    /// sources, has either come before or sees it.
    pub(crate) fn abort(&self, reason: &str) {
        self.reason.lock().get_or_insert_with(|| reason.to_owned());
        self.aborted.store(true, Ordering::Release);
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    pub(crate) fn abort_reason(&self) -> String {
        self.reason.lock().clone().unwrap_or_else(|| "it was asked to stop".to_owned())
    }
}

/// A target, locked for a few entries by someone who holds one of its sources.
pub(crate) struct TargetLock<'a, K, V> {
    header: &'a Header,
    kind: Kind,
    pass: Pass,
    contents: *mut Contents<K, V>,
    /// The user's `Eq` and `Hash` may run while this is held.
    _held: TargetGuard,
}

impl<'a, K, V> TargetLock<'a, K, V> {
    /// Locks a target. Waits only for others who do the same.
    ///
    /// # Safety
    ///
    /// The header belongs to a store of these types, its contents are initialised, and the caller is inside a source
    /// whose mark leads to it (or is the migrator, before or after any mark does).
    pub(crate) unsafe fn new(header: &'a Header, kind: Kind) -> Self {
        let pass = header.lock.try_enter_leaf(kind).unwrap_or_else(|| {
            step_guard::refuse_second_target();
            header.lock.enter_leaf(kind)
        });
        Self::with_pass(header, kind, pass)
    }

    /// As [`new`](Self::new), for the migrator when it locks all targets, one after another: those who wait for one of them hold
    /// a source, of which it has all; so what it waits for are passers-by.
    ///
    /// # Safety
    ///
    /// As of [`new`](Self::new).
    pub(crate) unsafe fn new_among_others(header: &'a Header, kind: Kind) -> Self {
        Self::with_pass(header, kind, header.lock.enter_leaf(kind))
    }

    fn with_pass(header: &'a Header, kind: Kind, pass: Pass) -> Self {
        Self { header, kind, pass, contents: header.opaque.get(), _held: TargetGuard::new() }
    }

    pub(crate) fn header(&self) -> &'a Header {
        self.header
    }

    pub(crate) fn contents(&self) -> &Contents<K, V> {
        // SAFETY: the lock is held in some mode, by `new`; nobody changes the contents meanwhile.
        unsafe { &*self.contents }
    }

    pub(crate) fn contents_mut(&mut self) -> &mut Contents<K, V> {
        debug_assert_eq!(self.kind, Kind::Exclusive);
        // SAFETY: the lock is held exclusively, by the caller's choice in `new`, checked above in debug builds.
        unsafe { &mut *self.contents }
    }
}

impl<K, V> Drop for TargetLock<'_, K, V> {
    fn drop(&mut self) {
        self.header.lock.leave(self.kind, self.pass);
    }
}
