//! The control block: all of a store that is not generic.
//!
//! It is shared with the tuner's thread, which thereby can see and decide everything, and touch no key or value.
//!
//! # The lease
//!
//! A store's body, with its keys and values, belongs to the thread that owns the store. Whoever else runs a step in it (the
//! tuner's thread) does so under the *lease*, and only while the store is open. Closing takes the lease once, so it
//! waits for the step under way, and no other begins: entries are destroyed on the thread that drops the store.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use autoshard_tuning::{Bias, Outcome, Plan, ShardId, SlotId};

#[cfg(feature = "rayon")]
use crate::shard::refuse_waiting_for_oneself;
use crate::{
    directory::Directory,
    layout::Layout,
    mutants::{Mutant, is_on},
    policy::{PolicyInForce, StorePolicy},
    presence::{Holding, Kind, Line},
    shard::{Header, HeaderStats, Headers, Pass, Visitor, refuse_luck},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, Ordering},
        heavy_barrier, statics,
    },
    telemetry::{Event, EventKind},
    tuner::TuningState,
    workers::Workers,
};

statics! {
    /// Numbers of stores in this process.
    static NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);
    /// Held by whoever revokes the biases of many shards together.
    static REVOKING: Mutex<()> = Mutex::new(());
}

/// Who decides, and who carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Driver {
    /// The background thread does both.
    Thread = 0,
    /// The background thread decides, callers carry out.
    Callers = 1,
    /// Nobody but `tune_now`: there is no background thread to be had.
    Manual = 2,
}

impl Driver {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Callers => "callers",
            Self::Manual => "manual",
        }
    }
}

/// All of a store that is not generic.
///
/// With the body it is all that an empty store takes, so it is kept small: what only tuning and telemetry need is made when
/// one of them first does.
pub(crate) struct Control {
    /// The store's number in this process, as samples name it.
    pub(crate) number: u32,
    pub(crate) directory: Directory,
    pub(crate) headers: Headers,
    pub(crate) policy: StorePolicy,
    /// When it took its first entry, or was first asked the time: a store that nobody uses does not even read the clock.
    opened: OnceLock<Instant>,
    driver: AtomicU8,
    layout: Layout,
    /// Whether there is anything for steps to do.
    has_work: AtomicBool,
    closed: AtomicBool,
    lease: Mutex<()>,
    /// Apart, and made when it is first asked for.
    tuning: OnceLock<Box<TuningState>>,
}

impl Control {
    pub(crate) fn new(policy: StorePolicy, driver: Driver) -> Arc<Self> {
        let shards = policy.in_force().shards.clone();
        // Sources and targets exist side by side, at worst for all shards at once.
        let headers_max = shards.max as usize * 2;
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self {
            number,
            directory: Directory::new(shards.slots),
            headers: Headers::new(headers_max),
            opened: OnceLock::new(),
            driver: AtomicU8::new(driver as u8),
            layout: Layout::new(),
            has_work: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            lease: Mutex::new(()),
            tuning: OnceLock::new(),
            policy,
        })
    }

    /// The policy in force. For whoever does not work on keys: it takes a lock, if only for a moment.
    pub(crate) fn policy(&self) -> PolicyInForce {
        self.policy.in_force()
    }

    pub(crate) fn driver(&self) -> Driver {
        match self.driver.load(Ordering::Relaxed) {
            0 => Driver::Thread,
            1 => Driver::Callers,
            _ => Driver::Manual,
        }
    }

    pub(crate) fn set_driver(&self, driver: Driver) {
        self.driver.store(driver as u8, Ordering::Relaxed);
    }

    /// What tuning and telemetry keep.
    pub(crate) fn tuning(&self) -> &TuningState {
        self.tuning.get_or_init(Box::default)
    }

    /// Begins to count the time, unless that is done.
    pub(crate) fn start_clock(&self) {
        self.opened.get_or_init(Instant::now);
    }

    /// Time since the store was opened; begins with 0 when it is first asked for.
    pub(crate) fn uptime(&self) -> Duration {
        self.opened.get_or_init(Instant::now).elapsed()
    }

    /// Publishes an event.
    pub(crate) fn announce(&self, kind: EventKind) {
        self.tuning().journal.publish(Event { at: self.uptime(), kind });
    }

    /// Says that no event will follow, if anything was ever published or listened to.
    pub(crate) fn end_events(&self) {
        if let Some(tuning) = self.tuning.get() {
            tuning.journal.close();
        }
    }

    /// The store's workers, if it has any.
    pub(crate) fn workers(&self) -> Option<&Arc<dyn Workers>> {
        self.tuning.get()?.workers.get()
    }

    /// Has the workers make what was staged, and waits for their end; `false` if the calling thread is one of them, which goes on until
    /// its queue is empty.
    pub(crate) fn dismiss_workers(&self) -> bool {
        self.workers().is_none_or(|workers| workers.dismiss(false, self))
    }

    /// As [`dismiss_workers`](Self::dismiss_workers), for the drop of the store, which does not wait for ever for sinks.
    pub(crate) fn release_workers(&self) {
        if let Some(workers) = self.workers() {
            workers.dismiss(true, self);
        }
    }

    /// Entries. Exact while nothing is under way, and off by at most the operations under way; takes no lock.
    pub(crate) fn length(&self) -> usize {
        self.consistently(|| self.headers.serving().map(|(_, header)| header.length()).sum())
    }

    /// Figures of the shards that serve.
    pub(crate) fn stats(&self) -> Vec<HeaderStats> {
        self.consistently(|| self.headers.serving().map(|(id, header)| header.stats(id)).collect())
    }

    /// Reads something from all serving shards while no cut-over changes which these are.
    fn consistently<T>(&self, read: impl Fn() -> T) -> T {
        self.layout.read(read)
    }

    /// Makes room for shards that replace others; `false` if the policy does not allow so many.
    pub(crate) fn make_room(&self, replaced: usize, by: usize) -> bool {
        self.make_room_below(self.policy().shards.max, replaced, by)
    }

    /// As [`make_room`](Self::make_room), for whoever has asked the policy already.
    #[inline(never)]
    pub(crate) fn make_room_below(&self, max: u32, replaced: usize, by: usize) -> bool {
        self.layout.make_room(replaced, by, max)
    }

    /// Shards that serve, with those for which room was made. Costs one load.
    pub(crate) fn shards_promised(&self) -> u32 {
        self.layout.shards()
    }

    /// Changes which shards serve. The caller holds all shards concerned exclusively, and has made room for those that are added.
    pub(crate) fn change_layout(&self, change: impl FnOnce(&Directory)) {
        self.layout.change(|| change(&self.directory));
    }

    /// Changes made to the layout so far.
    pub(crate) fn shard_count(&self) -> usize {
        self.consistently(|| self.headers.serving().count())
    }

    /// Whether steps have anything to do.
    #[inline]
    pub(crate) fn has_work(&self) -> bool {
        self.has_work.load(Ordering::Acquire)
    }

    pub(crate) fn set_has_work(&self, has_work: bool) {
        self.has_work.store(has_work, Ordering::Release);
    }

    /// Hands a plan to whoever runs steps. Replaces one that nobody has begun.
    pub(crate) fn submit(&self, plan: Plan) {
        *self.tuning().plan.lock() = Some(plan);
        self.set_has_work(true);
    }

    pub(crate) fn has_plan(&self) -> bool {
        self.tuning().plan.lock().is_some()
    }

    pub(crate) fn take_plan(&self) -> Option<Plan> {
        self.tuning().plan.lock().take()
    }

    pub(crate) fn set_outcome(&self, outcome: Outcome) {
        *self.tuning().outcome.lock() = Some(outcome);
    }

    pub(crate) fn take_outcome(&self) -> Option<Outcome> {
        self.tuning().outcome.lock().take()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Runs something in the store's body on behalf of somebody who does not own the store; `None` once it is closed.
    pub(crate) fn under_lease<T>(&self, run: impl FnOnce() -> T) -> Option<T> {
        let _lease = self.lease.lock();
        (!self.is_closed()).then(run)
    }

    /// Closes the store: waits for the step under way, after which nobody else enters its body until it is opened again.
    ///
    /// On the tuner's own thread (a step's user code may drop a store) it must not wait: the step that it would wait for is
    /// its own.
    pub(crate) fn close(&self, may_wait: bool) {
        self.closed.store(true, Ordering::Release);
        if may_wait && !is_on(Mutant::ClosedDuringStep) {
            drop(self.lease.lock());
        }
    }

    /// Opens a closed store. Release pairs with the Acquire in [`is_closed`](Self::is_closed): a step that begins now finds the
    /// body as its owner left it.
    pub(crate) fn open(&self) {
        self.closed.store(false, Ordering::Release);
    }

    /// Takes the header of a shard back whose table is gone, and keeps the count of its waits.
    pub(crate) fn retire_header(&self, id: ShardId) {
        let (waits, wait_ns) = self.headers.get(id).waits.waits.read();
        let counters = &self.tuning().migrations;
        counters.retired_waits.fetch_add(waits, Ordering::Relaxed);
        counters.retired_wait_ns.fetch_add(wait_ns, Ordering::Relaxed);
        self.headers.give_back(id);
    }

    /// Gives a shard's lock another mode. `false` if somebody was inside for longer than `patience`, or if the header has gone
    /// to another shard.
    pub(crate) fn choose_bias(&self, id: ShardId, uid: u64, bias: Bias, patience: Duration) -> bool {
        let header = self.headers.get(id);
        let Some(pass) = header.lock.try_enter_for(Kind::Exclusive, patience, &header.waits) else { return false };
        let is_meant = header.lock.uid() == uid && header.slots() > 0;
        if is_meant {
            header.lock.choose(bias);
        }
        header.lock.leave(Kind::Exclusive, pass);
        is_meant
    }

    /// Before an operation that enters all shards exclusively: closes those of which each would take a heavy barrier, so that one
    /// serves for all.
    pub(crate) fn revoke_together(&self) {
        // One at a time: what one has closed, another's barrier may have come too early for.
        let _turn = REVOKING.lock();
        let closed: Vec<_> = self.headers.serving().filter(|(_, header)| header.lock.close_unseen()).collect();
        if !closed.is_empty() {
            heavy_barrier();
            closed.iter().for_each(|(_, header)| header.lock.mark_seen());
        }
    }

    /// Enters the shard of a hash's slot, with a table of `T`s; `None` while the store has never had an entry.
    ///
    /// The shard is the slot's for as long as it is held: the directory is read again inside, and changes only under the
    /// exclusive locks of the shards concerned.
    pub(crate) fn enter<T>(&self, hash: u64, kind: Kind, visitor: Visitor) -> Option<(&Header, Pass)> {
        let entered = self.enter_at_once::<T>(hash, kind, visitor);
        entered.or_else(|| self.enter_slot(self.directory.slot(hash), kind, visitor))
    }

    /// As [`enter`](Self::enter), if that is possible at once.
    #[inline(always)]
    pub(crate) fn enter_at_once<T>(&self, hash: u64, kind: Kind, visitor: Visitor) -> Option<(&Header, Pass)> {
        let entry = self.directory.entry_of(hash)?;
        let id = entry.load(Ordering::Acquire);
        let header = self.headers.get(id);
        header.prefetch::<T>(hash);
        if cfg!(debug_assertions) && kind == Kind::Exclusive {
            self.refuse_to_write_by_luck(header, visitor);
        }
        let pass = header.lock.enter_at_once(kind, visitor, visitor.errand.stay())?;
        if entry.load(Ordering::Acquire) != id && !is_on(Mutant::NoSecondLookAtOnce) {
            header.leave_unwanted(kind, pass, visitor.errand.stay());
            return None;
        }
        Some((header, pass))
    }

    /// Asks for what a look-up of the hash begins with, in a table of `T`s, ahead of its time.
    #[inline(always)]
    pub(crate) fn prefetch<T>(&self, hash: u64) {
        if let Some(entry) = self.directory.entry_of(hash) {
            self.headers.get(entry.load(Ordering::Acquire)).prefetch::<T>(hash);
        }
    }

    /// Panics if the visitor's thread is inside another shard of this store than the one that it wants to write to: a merge could
    /// make one of the two. Not for those who only try, and would be told; nor for who goes over all shards, and meets its own guard in any case.
    fn refuse_to_write_by_luck(&self, wanted: &Header, visitor: Visitor) {
        let wanted = wanted.lock.uid();
        if let Some(held) = self.holdings_of(visitor).find(|held| held.uid != wanted) {
            refuse_luck(visitor.errand, held);
        }
    }

    /// The shards of this store that the visitor's thread is inside.
    fn holdings_of(&self, visitor: Visitor) -> impl Iterator<Item = Holding> {
        let held = visitor.line.into_iter().flat_map(Line::holdings);
        held.filter(|held| self.headers.all().any(|(_, header)| header.lock.uid() == held.uid))
    }

    /// Panics if the visitor's thread is inside a shard in a way that keeps others out who want all shards, and for whom it will wait.
    #[cfg(feature = "rayon")]
    pub(crate) fn refuse_to_wait_for_oneself(&self, kind: Kind, visitor: Visitor) {
        if let Some(held) = self.holdings_of(visitor).find(|held| kind.excludes(held.kind)) {
            refuse_waiting_for_oneself(kind, visitor.errand, held);
        }
    }

    /// As [`enter`](Self::enter), of a slot.
    pub(crate) fn enter_slot(&self, slot: SlotId, kind: Kind, visitor: Visitor) -> Option<(&Header, Pass)> {
        let entry = self.directory.entry(slot)?;
        Some(self.enter_by(entry, kind, |header| header.lock.enter(kind, visitor, &header.waits)))
    }

    /// As [`enter`](Self::enter), for an iterator.
    pub(crate) fn enter_iterating(&self, slot: SlotId, kind: Kind, visitor: Visitor) -> Option<(&Header, Pass)> {
        let entry = self.directory.entry(slot)?;
        Some(self.enter_by(entry, kind, |header| header.lock.enter_unrecorded(kind, visitor, &header.waits)))
    }

    /// As [`enter_iterating`](Self::enter_iterating), if that takes no longer than `patience`. Not recorded, nor kept out by writers that wait.
    #[cfg(feature = "rayon")]
    pub(crate) fn try_enter_iterating(&self, slot: SlotId, kind: Kind, patience: Duration) -> Option<(&Header, Pass)> {
        let entry = self.directory.entry(slot)?;
        self.try_enter_by(entry, kind, |header| header.lock.try_enter_for(kind, patience, &header.waits))
    }

    /// Enters the shard that a directory entry names once it has been entered.
    fn enter_by(&self, entry: &AtomicU16, kind: Kind, enter: impl Fn(&Header) -> Pass) -> (&Header, Pass) {
        loop {
            let id = entry.load(Ordering::Acquire);
            let header = self.headers.get(id);
            let pass = enter(header);
            if entry.load(Ordering::Acquire) == id || is_on(Mutant::NoSecondLookWaiting) {
                return (header, pass);
            }
            // The slot went to another shard while we were on our way.
            header.lock.leave(kind, pass);
        }
    }

    /// As [`enter`](Self::enter), but gives up instead of waiting.
    pub(crate) fn try_enter(&self, hash: u64, kind: Kind, visitor: Visitor) -> Result<Option<(&Header, Pass)>, Locked> {
        let Some(entry) = self.directory.entry_of(hash) else { return Ok(None) };
        self.try_enter_by(entry, kind, |header| header.lock.try_enter(kind, visitor, &header.waits))
            .ok_or(Locked)
            .map(Some)
    }

    /// As [`enter_by`](Self::enter_by), for those who may not get in.
    fn try_enter_by(
        &self,
        entry: &AtomicU16,
        kind: Kind,
        enter: impl Fn(&Header) -> Option<Pass>,
    ) -> Option<(&Header, Pass)> {
        loop {
            let id = entry.load(Ordering::Acquire);
            let header = self.headers.get(id);
            let pass = enter(header)?;
            if entry.load(Ordering::Acquire) == id || is_on(Mutant::NoSecondLookTrying) {
                return Some((header, pass));
            }
            header.lock.leave(kind, pass);
        }
    }
}

/// A shard was locked, and the caller does not wait.
pub(crate) struct Locked;
