//! Entry where it takes more than a moment: re-entry, revocation, waiting.

use std::{mem, time::Duration};

use super::{
    Bias, Pass, ShardLock, Waits,
    bias::Mode,
    circle::{self, Listed},
    placed,
    refusal::refuse_waiting_for_oneself,
    visitor::{Patience, Request},
};
use crate::{
    migration::step_guard,
    mutants::{Mutant, is_on},
    presence::Kind,
    sync::{
        RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed, RawShared, atomic::Ordering, fence_after_swap,
        hint, light_barrier, thread, time::Instant,
    },
};

/// Looks at a latched shard between two naps. Models look once.
const LOOKS: u32 = if cfg!(any(autoshard_loom, autoshard_shuttle)) { 1 } else { 6 };
/// Pauses before the first look; before each further one, twice as many. A short operation takes about as long as the first.
const SPINS: u32 = 4;
/// Naps before whoever waits for the latch goes by the raw lock, where his turn comes for certain.
const NAPS: u32 = if cfg!(any(autoshard_loom, autoshard_shuttle)) { 0 } else { 8 };
/// Times that a pending writer gives the processor away before it sleeps: those inside may be waiting for it.
const YIELDS: u32 = 8;
/// First sleep of a pending writer; each further one is twice as long. A guess: some system calls' worth.
const SLEEP_MIN: Duration = Duration::from_micros(20);
/// Longest sleep of a pending writer: what a writer waits for nothing, since nobody wakes it.
const SLEEP_MAX: Duration = Duration::from_millis(1);
/// How long a thread that holds a guard waits before it looks whether it waits for itself, by way of others. A guess: far longer than an
/// operation takes, and than a time slice of most schedulers.
const LONG: Duration = Duration::from_millis(10);
/// The same of a thread that an iterator is noted with, which it may have given away. A guess: what was given away has been worked off by
/// then, or at least gone on from where it stood.
const LONG_WITH_ITERATOR: Duration = Duration::from_secs(1);

/// One try to get in, however long it takes.
struct Attempt<'a> {
    lock: &'a ShardLock,
    waits: &'a Waits,
    request: Request,
    patience: Patience,
    /// When it first had to wait.
    since: Option<Instant>,
    is_pending: bool,
    pauses: u32,
    /// Once the wait is a long one.
    listed: Option<Listed>,
}

/// The raw lock, held by somebody who is not inside yet; released when dropped, if only by a panic (there is one in the heavy
/// barrier).
struct Held<'a> {
    lock: &'a ShardLock,
    kind: Kind,
}

impl ShardLock {
    /// Enters, unless patience ends first.
    pub(super) fn enter_patiently(&self, request: Request, patience: Patience, waits: &Waits) -> Option<Pass> {
        if let Some(answer) = self.reenter(request, patience) {
            return answer;
        }
        let mut attempt = Attempt::new(self, request, patience, waits);
        match self.word().mode() {
            Mode::Latched => {
                attempt.note_wait();
                let may_wait = matches!(patience, Patience::Endless) && !step_guard::is_active();
                if let Some(pass) = may_wait.then(|| self.enter_after_latch(request)).flatten() {
                    return Some(pass);
                }
            }
            // A writer would only revoke it again; it gives the bias back when it leaves.
            Mode::Neutral if request.kind == Kind::Shared => self.reopen(),
            _ => {}
        }
        loop {
            if let Some(pass) = self.announce(request) {
                return Some(pass);
            }
            if let Some(held) = attempt.take_raw() {
                if self.is_admitted(request, held.kind, waits) {
                    return Some(held.enter(request));
                }
                if patience.is_over() {
                    attempt.end_pending();
                    held.leave();
                    return None;
                }
                // A latch is soon given back, and keeps nobody from announcing himself afterwards.
                if self.word().mode() != Mode::Latched {
                    attempt.begin_pending();
                }
            }
            if patience.is_over() {
                return None;
            }
            attempt.pause();
        }
    }

    /// Waits for the latch without the raw lock, up to a point: whoever has taken the raw lock turns the latch away from all
    /// others, who then queue there, too. Looks ever more rarely, and sleeps in between: where threads crowd at one shard, one of them
    /// gets through many operations while its line stays with it, which serves all better than a line that changes hands with each.
    fn enter_after_latch(&self, request: Request) -> Option<Pass> {
        let visitor = request.visitor;
        request.recorder().filter(|line| line.cells.first().read().is_empty())?;
        for naps in 0..=NAPS {
            for look in 0..LOOKS {
                (0..SPINS << look).for_each(|_| hint::spin_loop());
                let is_latched = self.word().mode() == Mode::Latched;
                if !is_latched && let Some(pass) = self.enter_at_once(request.kind, visitor, visitor.errand.stay()) {
                    return Some(pass);
                }
                if !self.is_for_latches() {
                    return None;
                }
            }
            if naps < NAPS {
                thread::sleep(SLEEP_MIN);
            }
        }
        None
    }

    /// Whether nothing but a latch may keep one out who comes for it.
    fn is_for_latches(&self) -> bool {
        let is_neutral = matches!(self.word().mode(), Mode::Neutral | Mode::Latched);
        is_neutral && self.chosen() == Bias::Neutral && !self.raw.is_locked()
    }

    /// Whoever is inside already: goes deeper, or is told that it would wait for itself. `None` if it is not inside, or if what it
    /// wants is no matter of cells.
    fn reenter(&self, request: Request, patience: Patience) -> Option<Option<Pass>> {
        let cell = request.visitor.line?.cells.find(self.uid())?;
        let entry = cell.read();
        let can_deepen = request.is_recordable && entry.can_deepen() && !request.kind.excludes(entry.kind());
        if can_deepen {
            cell.write(entry.deeper());
            return Some(Some(Pass(Some(cell))));
        }
        // The latch keeps out whoever does not come by its cell, readers, too.
        if request.kind.excludes(entry.kind()) || entry.is_latched() {
            if matches!(patience, Patience::Endless) {
                refuse_waiting_for_oneself(request.kind, request.visitor.errand, cell.holding());
            }
            return Some(None);
        }
        None
    }

    /// Enters by announcement, in any cell, if the mode allows it. The caller is not inside yet.
    fn announce(&self, request: Request) -> Option<Pass> {
        let line = request.recorder()?;
        let word = self.word();
        let reads = request.kind == Kind::Shared;
        let may_announce = match word.mode() {
            Mode::Fenced | Mode::Asymmetric => reads,
            Mode::Owned(_) => word.tag() == line.owned_tag,
            Mode::Neutral | Mode::Revoked | Mode::Unseen | Mode::Latched => false,
        };
        if !may_announce {
            return None;
        }
        let cell = line.cells.vacant();
        let entry = placed(word.entry(request.kind), request.visitor, cell);
        if word.is_fenced() {
            cell.write_and_fence(entry);
        } else {
            cell.write(entry);
            light_barrier();
        }
        self.admit_announced(word, cell)
    }

    /// Whether one who holds the raw lock in the one way may be inside in the other.
    fn is_admitted(&self, request: Request, raw: Kind, waits: &Waits) -> bool {
        if raw == Kind::Exclusive {
            let is_unpaid = is_on(Mutant::ModeChangedUnpaid) && request.visitor.line.is_none();
            return is_unpaid || self.revoke(request.kind, request.visitor.line, waits);
        }
        match self.word().mode() {
            Mode::Neutral | Mode::Fenced | Mode::Asymmetric => true,
            Mode::Revoked | Mode::Latched => self.awaits_nobody(request.kind),
            Mode::Owned(_) | Mode::Unseen => false,
        }
    }

    /// Records an entry that holds the raw lock.
    fn record_raw(&self, request: Request) -> Pass {
        let Some(line) = request.recorder() else { return Pass(None) };
        let cell = line.cells.vacant();
        cell.write(placed(self.word().entry(request.kind).with_raw(), request.visitor, cell));
        Pass(Some(cell))
    }

    fn take_raw_for(&self, kind: Kind, is_recursive: bool, patience: Duration) -> bool {
        match kind {
            Kind::Shared if is_recursive => self.raw.try_lock_shared_recursive_for(patience),
            Kind::Shared => self.raw.try_lock_shared_for(patience),
            Kind::Exclusive => self.raw.try_lock_exclusive_for(patience),
        }
    }
}

impl Held<'_> {
    /// Goes inside, in the way that was wanted.
    fn enter(self, request: Request) -> Pass {
        let (lock, kind) = (self.lock, self.kind);
        mem::forget(self);
        if kind != request.kind {
            lock.downgrade_raw();
        }
        lock.record_raw(request)
    }

    /// Releases the raw lock, with the bias given back if it was revoked.
    fn leave(self) {
        if self.kind == Kind::Exclusive && self.lock.word().mode() == Mode::Revoked {
            self.lock.give_back();
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lock.release(self.kind);
    }
}

impl<'a> Attempt<'a> {
    fn new(lock: &'a ShardLock, request: Request, patience: Patience, waits: &'a Waits) -> Self {
        Self { lock, waits, request, patience, since: None, is_pending: false, pauses: 0, listed: None }
    }

    /// Takes the raw lock in the way that the mode asks for. `None` if patience ends first, or if the mode may ask for another way
    /// by now.
    fn take_raw(&mut self) -> Option<Held<'a>> {
        let lock = self.lock;
        let kind = match lock.word().mode() {
            // Only an exclusive holder may revoke.
            Mode::Owned(_) | Mode::Unseen => Kind::Exclusive,
            // Closed on nobody's behalf: opened by whoever can do so at once, or readers alone would find it closed for ever.
            Mode::Revoked if lock.pending.load(Ordering::Relaxed) == 0 && lock.try_raw(Kind::Exclusive) => {
                return Some(Held { lock, kind: Kind::Exclusive });
            }
            _ => self.request.kind,
        };
        let is_taken = self.wait_for_raw(kind);
        // Whoever has it looks at the word next.
        fence_after_swap();
        is_taken.then(|| Held { lock, kind })
    }

    fn wait_for_raw(&mut self, kind: Kind) -> bool {
        let lock = self.lock;
        let is_recursive = kind == Kind::Shared && self.request.may_hold_guard();
        if lock.try_raw(kind) || (is_recursive && lock.raw.try_lock_shared_recursive()) {
            return true;
        }
        if let Some(left) = self.patience.left() {
            return !left.is_zero() && lock.take_raw_for(kind, is_recursive, left);
        }
        let waited = self.begin_wait();
        // A reader that wants to revoke must not wait for other readers, one of whom may have revoked meanwhile.
        if kind != self.request.kind {
            return lock.take_raw_for(kind, is_recursive, SLEEP_MAX);
        }
        if self.request.is_inside() && self.listed.is_none() {
            if lock.take_raw_for(kind, is_recursive, self.long().saturating_sub(waited)) {
                return true;
            }
            self.look_around();
        }
        match kind {
            Kind::Shared if is_recursive => lock.raw.lock_shared_recursive(),
            Kind::Shared => lock.raw.lock_shared(),
            Kind::Exclusive => lock.raw.lock_exclusive(),
        }
        true
    }

    /// Waits of those who have to get in are counted.
    fn note_wait(&mut self) -> Duration {
        if !matches!(self.patience, Patience::Endless) {
            return Duration::ZERO;
        }
        self.since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Tells how long it has waited already.
    fn begin_wait(&mut self) -> Duration {
        if matches!(self.patience, Patience::Endless) {
            step_guard::refuse_to_block();
        }
        self.note_wait()
    }

    /// How long it waits before it looks around.
    fn long(&self) -> Duration {
        let has_iterator = self.request.visitor.line.is_some_and(|line| !line.stands.is_empty());
        if has_iterator { LONG_WITH_ITERATOR } else { LONG }
    }

    /// The wait is a long one: panics if it is for oneself, by way of others.
    fn look_around(&mut self) {
        if let Some(line) = self.request.visitor.line.filter(|_| self.request.is_inside() && self.listed.is_none()) {
            self.listed = Some(circle::list(line, self.lock, self.request.kind, self.request.visitor.errand));
        }
    }

    /// From now on, the bias is not given back.
    fn begin_pending(&mut self) {
        if !self.is_pending {
            self.is_pending = true;
            self.lock.pending.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn end_pending(&mut self) {
        if mem::take(&mut self.is_pending) {
            self.lock.pending.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn pause(&mut self) {
        if self.begin_wait() >= self.long() {
            self.look_around();
        }
        if self.pauses < YIELDS {
            thread::yield_now();
        } else {
            let sleep = SLEEP_MIN.saturating_mul(1 << (self.pauses - YIELDS).min(16)).min(SLEEP_MAX);
            thread::sleep(self.patience.left().map_or(sleep, |left| sleep.min(left)));
        }
        self.pauses += 1;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.end_pending();
        if let Some(since) = self.since {
            self.waits.waits.add(since.elapsed());
        }
    }
}
