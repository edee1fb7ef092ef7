//! The shard's lock: a raw reader-writer lock, and a bias that lets some in without it.
//!
//! After BRAVO (Dice and Kogan, *BRAVO: Biased Locking for Reader-Writer Locks*, USENIX ATC 2019), with each thread's own
//! presence line in place of a hashed table of readers, and with more modes.
//!
//! # Modes
//!
//! The *bias word* is the mode, together with the shard's never-reused id ([`BiasWord`]).
//!
//! * *Neutral*: everybody takes the raw lock; or, for an operation that ends by itself, the *latch*, which is the bias word in
//!   another state, *latched*: one read-modify-write in place of two. (Guards, and functions of the user's that read, never take it.)
//! * *Fenced*: a reader announces itself in a cell of its line, executes a full fence, looks at the bias word again, and is
//!   in if that is unchanged. It writes no line that others write. A writer takes the raw lock and *revokes*.
//! * *Asymmetric*: as fenced, but for the reader the fence is free, and the revoker executes a heavy barrier in its place.
//! * *Owned*: as asymmetric, for reads and writes of one thread; all others revoke first.
//! * *Revoked*: closed to announcements, while some who announced themselves may still be inside; all of them can be
//!   seen. *Unseen*: the same, before the heavy barrier.
//!
//! # Roles
//!
//! An *announced* entry is recorded in a cell and nowhere else. A *raw* entry holds the raw lock, and is recorded in a
//! cell, too, unless it is an iterator's (whose guards may be dropped by other threads: it leaves a
//! [note](crate::presence::Standing), for refusals alone), the migrator's, or that of a thread whose thread-locals are
//! gone. A *latched* entry has the latch, and is recorded in a cell. Whoever holds the raw lock exclusively may change
//! the bias word, and nobody else, but from neutral to latched and back.
//!
//! # Invariants
//!
//! 1. While the word is neutral, nobody is inside by announcement or latch.
//! 2. While somebody is inside exclusively, by the raw lock, the word is neutral.
//! 3. While somebody is inside by the raw lock, shared, the word is not `Owned`; and if it says that announced entries may be
//!    there, these are shared.
//!
//! # Why a revoker and an announced entry exclude each other
//!
//! The one who announces (A) stores its cell, then loads the word. The revoker (R), holding the raw lock exclusively, stores the
//! word, then loads all cells. Between the two, each executes a full fence, or A a light barrier and R the heavy one. Of
//! the two stores, one is first in the order of the fences:
//!
//! * A's cell is first: R sees the cell. It waits for it to be cleared, or gives up.
//! * R's word is first: A sees the word changed. It clears its cell and goes another way. That R may see the cell for a moment costs
//!   R a little time.
//!
//! A word that was changed and changed back cannot deceive A: if R did not see the cell, A's second load comes after R's first
//! store, and finds that, or the later one that gives the bias back; that is a Release store and A's load an Acquire, so A sees all
//! that R did inside. The other way round, cells are cleared by Release stores and read by R with Acquire.
//!
//! # Why a latched entry and a raw one exclude each other
//!
//! The one who latches (L) changes the word from neutral to latched by a compare-exchange, then looks whether the raw
//! lock is taken. Whoever takes the raw lock (W) does so by a read-modify-write, then looks at the word. Each executes
//! a full fence in between (on x86-64 the read-modify-write is one). So at least one sees the other: L then changes
//! the word back and goes another way; W waits for the word to change, as a revoker waits for cells. Both may see each
//! other, and then W gets in. While W is inside, passers-by may latch in vain for a moment: so whoever holds the raw
//! lock stores no word over a latched one, for L might find the raw lock released before it looks. What was done
//! inside is handed on by the Release store that unlatches and every Acquire load of the word; and from a raw entry to
//! a latched one by the raw lock's release, and the fence after L's look at it.
//!
//! # Why modes are not mixed up
//!
//! An entry with the fence that finds the mode asymmetric, or the other way round, is out: the word must be the very one under
//! which it announced. A change of mode is an exclusive entry, and so a revocation at the old mode's price.
//!
//! # Giving the bias back
//!
//! `chosen` is the mode that the tuner wants. Whoever leaves exclusively stores it into the word, unless a writer is *pending*, or
//! somebody has the latch; whoever finds the shard neutral then sees to it before it enters.
//! A revocation by the heavy barrier makes `chosen` cheaper on the spot (asymmetric becomes fenced, owned neutral): so the heavy
//! barrier is paid once for each time that the tuner chooses such a mode, whatever the load does in between.
//!
//! # Waiting
//!
//! A revoker that finds somebody inside spins briefly, then counts itself as pending, releases the raw lock, sleeps for a
//! millisecond at most, and tries again; whoever leaves by clearing a cell pays for no wake-up. While anyone is pending, the
//! bias is not given back: nobody else can announce himself, so those inside become fewer, and the revoker gets in. Meanwhile
//! readers enter by the raw lock, whether they hold a guard or not. (Making those without a guard queue behind the pending writer
//! would only add to what can hang: the writer does not need it, since in the raw lock's queue it is not overtaken for long.)
//!
//! A thread that would wait for itself, or for others that wait for it ([`circle`]), gets a panic that says where the
//! guards were taken: at once, if a cell of its own says so; after a long wait, if it is an iterator of its own, or
//! others. A thread that holds a guard takes the raw lock for reading *recursively*, past queued writers, because two
//! threads that read each other's shards would otherwise wait for each other through the writers between them. In a
//! step of a migration nobody blocks: that panics, which gives the migration up.
//!
//! Waiting is counted by those who wait, after they got in, so that free acquisitions pay nothing for it.

mod bias;
mod circle;
mod entry;
mod refusal;
mod revocation;
#[cfg(all(test, not(any(autoshard_loom, autoshard_shuttle))))]
mod tests;
mod visitor;
mod waits;

use std::time::Duration;

use autoshard_tuning::Bias;

#[cfg(feature = "rayon")]
pub(crate) use self::refusal::refuse_waiting_for_oneself;
pub(crate) use self::{
    bias::owned_tag,
    refusal::refuse_luck,
    visitor::{Errand, Operation, Pass, Stay, Visitor},
    waits::Waits,
};
use self::{
    bias::{BiasWord, Mode, tag},
    visitor::{Patience, Request},
};
use crate::{
    mutants::{Mutant, is_on, unless_relaxed},
    presence::{CellRef, Kind, Word},
    sync::{
        RawRwLock, RawRwLockDowngrade, RawRwLockFair, RawShared,
        atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering},
        fence_after_swap, has_heavy_barrier, light_barrier, thread,
    },
};

/// The lock of one shard.
#[repr(C)]
pub(crate) struct ShardLock {
    raw: RawRwLock,
    /// A [`BiasWord`].
    bias: AtomicU64,
    /// The mode that the tuner wants: what a bias word says besides the id.
    chosen: AtomicU32,
    /// Writers that wait for announced entries to end.
    pending: AtomicU16,
    /// Not the lock's, but the header's, for which there is room here in its first cache line: whether a migration has marked
    /// the shard as a source. Written under the exclusive lock.
    pub(super) marked: AtomicBool,
}

impl ShardLock {
    pub(crate) fn new() -> Self {
        Self {
            raw: RawRwLock::INIT,
            bias: AtomicU64::new(0),
            chosen: AtomicU32::new(0),
            pending: AtomicU16::new(0),
            marked: AtomicBool::new(false),
        }
    }

    /// Gives the lock to a new shard, which begins neutral. Waits for passers-by that a stale directory entry has led here.
    pub(crate) fn renew(&self, uid: u64) {
        let pass = self.enter_leaf(Kind::Exclusive);
        self.chosen.store(0, Ordering::Relaxed);
        // Never over a latch that a passer-by has taken in vain: see `give_back`.
        let old = BiasWord::neutral(self.uid());
        let new = BiasWord::neutral(uid);
        if is_on(Mutant::RenewedOverLatch) {
            self.bias.store(old.0, Ordering::Release);
        }
        while self.bias.compare_exchange(old.0, new.0, Ordering::Release, Ordering::Relaxed).is_err() {
            thread::yield_now();
        }
        self.leave(Kind::Exclusive, pass);
    }

    pub(crate) fn uid(&self) -> u64 {
        self.word().uid()
    }

    /// Acquire: pairs with the Release stores by which a bias or the latch is given back; whoever finds that sees what was done
    /// inside before.
    #[inline(always)]
    fn word(&self) -> BiasWord {
        BiasWord(self.bias.load(unless_relaxed(Mutant::WordReadRelaxed, Ordering::Acquire)))
    }

    /// Enters if that is possible at once and without looking at much.
    #[inline(always)]
    pub(crate) fn enter_at_once(&self, kind: Kind, visitor: Visitor, stay: Stay) -> Option<Pass> {
        let line = visitor.line?;
        let cell = line.cells.first();
        if !cell.read().is_empty() {
            return None;
        }
        let word = self.word();
        if word.is_neutral() {
            if self.chosen.load(Ordering::Relaxed) != tag(Bias::Neutral) {
                // Left neutral, and to be opened first (`reopen`).
                return None;
            }
            return match stay {
                Stay::Brief => self.latch(kind, word, cell),
                Stay::Long => self.enter_neutral(kind, visitor, cell),
            };
        }
        if kind == Kind::Shared && word.is_asymmetric() {
            cell.write(placed(word.entry_unowned(kind), visitor, cell));
            light_barrier();
        } else if kind == Kind::Shared && word.is_fenced() {
            cell.write_and_fence(placed(word.entry_unowned(kind), visitor, cell));
        } else if word.tag() == line.owned_tag && line.cells.are_free() {
            cell.write(placed(word.entry(kind), visitor, cell));
            light_barrier();
        } else {
            return None;
        }
        self.admit_announced(word, cell)
    }

    /// Enters without the raw lock, if nobody is inside. Keeps everybody else out, whatever the kind, which is for the thread's own
    /// record.
    #[inline(always)]
    fn latch(&self, kind: Kind, word: BiasWord, cell: CellRef) -> Option<Pass> {
        let latched = word.latched();
        if self.bias.compare_exchange(word.0, latched.0, Ordering::SeqCst, Ordering::Relaxed).is_err() {
            return None;
        }
        fence_after_swap();
        let is_free = !self.raw.is_locked() || is_on(Mutant::NoLookAtRawLock);
        if !(is_free && self.acquire_free()) {
            // Whoever has it may have changed the word meanwhile, so that it is no longer ours.
            let _ = self.bias.compare_exchange(latched.0, word.0, Ordering::Release, Ordering::Relaxed);
            return None;
        }
        cell.write(word.entry_unowned(kind).with_latch());
        Some(Pass(Some(cell)))
    }

    /// After a look that found the raw lock free: pairs with the Release by which it was given back, since looking does not.
    #[cfg(not(autoshard_tsan))]
    #[inline(always)]
    fn acquire_free(&self) -> bool {
        crate::sync::atomic::fence(Ordering::Acquire);
        true
    }

    /// The same for ThreadSanitizer, to which only the lock's own word shows what that fence does; `false` if somebody
    /// has taken the lock since.
    #[cfg(autoshard_tsan)]
    fn acquire_free(&self) -> bool {
        let is_free = self.try_raw(Kind::Shared);
        if is_free {
            self.release(Kind::Shared);
        }
        is_free
    }

    /// Takes the raw lock, if that is possible at once and the shard is neutral.
    #[inline(always)]
    fn enter_neutral(&self, kind: Kind, visitor: Visitor, cell: CellRef) -> Option<Pass> {
        if !self.try_raw(kind) {
            return None;
        }
        let word = self.word();
        if !word.is_neutral() && !is_on(Mutant::NoLookInNeutral) {
            self.release(kind);
            return None;
        }
        cell.write(placed(word.entry_unowned(kind).with_raw(), visitor, cell));
        Some(Pass(Some(cell)))
    }

    /// Whoever has announced himself under a word is in if that is still the word.
    #[inline(always)]
    fn admit_announced(&self, word: BiasWord, cell: CellRef) -> Option<Pass> {
        if self.word() == word || is_on(Mutant::NoLookAfterAnnouncing) {
            return Some(Pass(Some(cell)));
        }
        cell.clear();
        None
    }

    /// Enters; waits as long as it takes. For those whom [`enter_at_once`](Self::enter_at_once) refused.
    #[cold]
    pub(crate) fn enter(&self, kind: Kind, visitor: Visitor, waits: &Waits) -> Pass {
        self.enter_in_the_end(Request { kind, visitor, is_recordable: true }, waits)
    }

    /// Enters for an iterator of a thread, whose guards may be dropped by other threads: by the raw lock; waits as long as it takes.
    pub(crate) fn enter_unrecorded(&self, kind: Kind, visitor: Visitor, waits: &Waits) -> Pass {
        self.enter_in_the_end(Request { kind, visitor, is_recordable: false }, waits)
    }

    fn enter_in_the_end(&self, request: Request, waits: &Waits) -> Pass {
        let pass = self.enter_patiently(request, Patience::Endless, waits);
        pass.unwrap_or_else(|| unreachable!("endless patience ends with getting in"))
    }

    /// Makes the lock of a shard that is gone neutral, as [`renew`](Self::renew) wants it; that mode has been chosen
    /// for it. Waits for passers-by at most, whom a stale directory entry has led here.
    ///
    /// By the raw lock also if it is neutral already: somebody who has that may be about to give back the mode chosen before.
    pub(crate) fn settle(&self, waits: &Waits) {
        if is_on(Mutant::NotSettled) || is_on(Mutant::SettledAtALook) && self.word().is_neutral() {
            return;
        }
        let pass = self.enter_unrecorded(Kind::Exclusive, Visitor::ANONYMOUS, waits);
        self.leave(Kind::Exclusive, pass);
    }

    /// Enters if that takes no waiting.
    pub(crate) fn try_enter(&self, kind: Kind, visitor: Visitor, waits: &Waits) -> Option<Pass> {
        let request = Request { kind, visitor, is_recordable: true };
        self.enter_at_once(kind, visitor, Stay::Long).or_else(|| self.enter_patiently(request, Patience::None, waits))
    }

    /// Enters if that takes no longer than `patience`; for the migrator, which leaves no record and whose waits are not counted.
    pub(crate) fn try_enter_for(&self, kind: Kind, patience: Duration, waits: &Waits) -> Option<Pass> {
        let request = Request { kind, visitor: Visitor::ANONYMOUS, is_recordable: false };
        self.enter_patiently(request, Patience::of(patience), waits)
    }

    /// Enters a target if that takes no waiting.
    pub(crate) fn try_enter_leaf(&self, kind: Kind) -> Option<Pass> {
        if !self.try_raw(kind) {
            return None;
        }
        if self.word().is_neutral() {
            return Some(Pass(None));
        }
        self.release(kind);
        None
    }

    /// Enters a target: a leaf, held for a few entries at a time by those who hold one of its sources, so that waiting for
    /// it is short and closes no circle. Targets are neutral.
    pub(crate) fn enter_leaf(&self, kind: Kind) -> Pass {
        match kind {
            Kind::Shared => self.raw.lock_shared(),
            Kind::Exclusive => self.raw.lock_exclusive(),
        }
        fence_after_swap();
        // Passers-by, led here by a stale directory entry, may have the latch for a moment.
        while !self.word().is_neutral() && !is_on(Mutant::LeafBesideLatch) {
            thread::yield_now();
        }
        Pass(None)
    }

    /// Whether somebody waits to get in exclusively; for those who hold the raw lock, shared.
    pub(crate) fn is_awaited(&self) -> bool {
        // The first to wait keeps later ones out, as if it had the lock already.
        self.raw.is_locked_exclusive()
    }

    /// Takes the raw lock if that is possible at once. Whoever has it looks at the word next.
    #[inline(always)]
    fn try_raw(&self, kind: Kind) -> bool {
        let taken = match kind {
            Kind::Shared => self.raw.try_lock_shared(),
            Kind::Exclusive => self.raw.try_lock_exclusive(),
        };
        fence_after_swap();
        taken
    }

    /// Leaves.
    #[inline(always)]
    pub(crate) fn leave(&self, kind: Kind, pass: Pass) {
        match pass.0 {
            Some(cell) if self.leave_unlocked(kind, cell) => {}
            _ => self.leave_raw(kind),
        }
    }

    /// Leaves exclusively, and has whoever waits have the raw lock next: for one without a record who comes again at once.
    pub(crate) fn leave_in_turn(&self, pass: Pass) {
        debug_assert!(pass.0.is_none(), "for those without a record");
        self.give_back_chosen();
        // SAFETY: as in `release`.
        unsafe { self.raw.unlock_exclusive_fair() };
    }

    /// As [`leave`](Self::leave), for whoever [entered at once](Self::enter_at_once) and [briefly](Stay::Brief), and so never by the raw lock.
    #[inline(always)]
    pub(crate) fn leave_brief(&self, kind: Kind, pass: Pass) {
        if let Some(cell) = pass.0 {
            let has_left = self.leave_unlocked(kind, cell);
            debug_assert!(has_left, "who enters briefly takes no raw lock");
        }
    }

    /// Leaves, unless that takes more than the cell and the latch: then the cell is cleared, and the raw lock is to be given back.
    #[inline(always)]
    fn leave_unlocked(&self, kind: Kind, cell: CellRef) -> bool {
        let entry = cell.read();
        debug_assert!(!entry.is_empty() && entry.kind() == kind, "left a shard in another way than entered");
        if entry.is_plain() {
            cell.clear();
            return true;
        }
        // Nobody goes deeper into what is exclusive.
        if kind == Kind::Shared && !entry.is_outermost() && !is_on(Mutant::ClearedEarly) {
            cell.write(entry.shallower());
            return true;
        }
        // Before raw lock or latch are given back: so that whoever has them then finds no such entry in anybody's cell.
        // Not for safety, and no test would notice: a cell that says too much keeps others out for a moment, and lets nobody in.
        // But who only tries would be refused in vain.
        cell.clear();
        if entry.is_latched() {
            let ordering = unless_relaxed(Mutant::UnlatchedRelaxed, Ordering::Release);
            self.bias.store(BiasWord::neutral(entry.uid()).0, ordering);
            return true;
        }
        false
    }

    /// Releases the raw lock, which the caller holds in this way; from exclusive, with the bias given back.
    #[inline(always)]
    fn leave_raw(&self, kind: Kind) {
        if kind == Kind::Exclusive {
            self.give_back_chosen();
        }
        self.release(kind);
    }

    /// Gives the bias back, if the shard is to have one.
    #[inline(always)]
    fn give_back_chosen(&self) {
        if self.chosen.load(Ordering::Relaxed) != 0 {
            self.give_back();
        }
    }

    /// Gives a bias back to a neutral shard that whoever left last could not: there was a latch, or somebody pending. Does nothing if the
    /// raw lock is taken.
    fn reopen(&self) {
        if self.chosen.load(Ordering::Relaxed) != tag(Bias::Neutral) && self.try_raw(Kind::Exclusive) {
            // Looked at again: in between it may have been opened, and closed by somebody whose barrier is yet to come.
            if self.word().is_neutral() || is_on(Mutant::ClosedReopened) {
                self.give_back();
            }
            self.release(Kind::Exclusive);
        }
    }

    /// Releases the raw lock, which the caller holds in this way, and leaves the bias as it is.
    #[inline(always)]
    fn release(&self, kind: Kind) {
        // SAFETY: the caller has taken the raw lock in that way: in this module, or else by a `Pass`, which is made where it was
        // taken (or notes in its cell that it was not) and is handed back once.
        unsafe {
            match kind {
                Kind::Shared => self.raw.unlock_shared(),
                Kind::Exclusive => self.raw.unlock_exclusive(),
            }
        }
    }

    /// Goes from exclusive to shared without leaving.
    pub(crate) fn downgrade(&self, pass: Pass) -> Pass {
        if let Some(cell) = pass.0 {
            let entry = cell.read();
            debug_assert_eq!(entry.kind(), Kind::Exclusive);
            cell.write(entry.with_kind(Kind::Shared));
            if !entry.is_raw() {
                return pass;
            }
        }
        self.downgrade_raw();
        pass
    }

    /// From exclusive to shared. A read bias is given back; ownership is not, for the owner might write.
    fn downgrade_raw(&self) {
        if matches!(self.chosen(), Bias::Fenced | Bias::Asymmetric) {
            self.give_back();
        }
        // SAFETY: as in `leave_raw`: the caller's pass says that the raw lock is held, exclusively.
        unsafe { self.raw.downgrade() };
    }

    /// The mode that the shard has while nobody revokes it.
    pub(crate) fn chosen(&self) -> Bias {
        match self.word().with_tag(self.chosen.load(Ordering::Relaxed)).mode() {
            Mode::Fenced => Bias::Fenced,
            Mode::Asymmetric => Bias::Asymmetric,
            Mode::Owned(line) => Bias::Owned(line),
            Mode::Neutral | Mode::Revoked | Mode::Unseen | Mode::Latched => Bias::Neutral,
        }
    }

    /// Sets the mode that the shard is to have once the caller, who is inside exclusively, has left it. A mode that this machine
    /// does not offer is replaced by the next best.
    pub(crate) fn choose(&self, bias: Bias) {
        let offered = match bias {
            Bias::Asymmetric if !has_heavy_barrier() => Bias::Fenced,
            Bias::Owned(_) if !has_heavy_barrier() => Bias::Neutral,
            bias => bias,
        };
        self.chosen.store(tag(offered), Ordering::Relaxed);
    }
}

/// The entry, with the place where the guard is taken, if it is one.
#[inline(always)]
fn placed(entry: Word, visitor: Visitor, cell: CellRef) -> Word {
    match visitor.errand {
        Errand::Guard(place) => {
            cell.keep_place(place);
            entry.with_place()
        }
        Errand::Iterator(_) | Errand::Operation(_) => entry,
    }
}
