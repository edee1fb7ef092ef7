//! Entry where it takes more than a moment: re-entry, revocation, waiting.

use std::time::Duration;

use super::{
    Pass, ShardLock, Waits,
    bias::Mode,
    placed,
    refusal::refuse_waiting_for_oneself,
    visitor::{Patience, Request},
};
use crate::{
    migration::step_guard,
    presence::Kind,
    sync::{RawRwLockRecursive, RawRwLockTimed, RawShared, atomic::Ordering, light_barrier, thread, time::Instant},
};

/// Times that a pending writer gives the processor away before it sleeps: those inside may be waiting for it.
const YIELDS: u32 = 8;
/// First sleep of a pending writer; each further one is twice as long. A guess: some system calls' worth.
const SLEEP_MIN: Duration = Duration::from_micros(20);
/// Longest sleep of a pending writer: what a writer waits for nothing, since nobody wakes it.
const SLEEP_MAX: Duration = Duration::from_millis(1);

/// One try to get in, however long it takes.
struct Attempt<'a> {
    lock: &'a ShardLock,
    waits: &'a Waits,
    patience: Patience,
    /// When it first had to wait.
    since: Option<Instant>,
    is_pending: bool,
    pauses: u32,
}

impl ShardLock {
    /// Enters, unless patience ends first.
    pub(super) fn enter_patiently(&self, request: Request, patience: Patience, waits: &Waits) -> Option<Pass> {
        if let Some(answer) = self.reenter(request, patience) {
            return answer;
        }
        let kind = request.kind;
        let mut attempt = Attempt { lock: self, waits, patience, since: None, is_pending: false, pauses: 0 };
        if self.word().mode() == Mode::Latched {
            attempt.note_wait();
        }
        loop {
            if let Some(pass) = self.announce(request) {
                return Some(pass);
            }
            // Only an exclusive holder may revoke.
            let may_revoke = matches!(self.word().mode(), Mode::Owned(_) | Mode::Unseen);
            let raw = if may_revoke { Kind::Exclusive } else { kind };
            if !attempt.take_raw(raw, request) {
                return None;
            }
            if self.is_admitted(request, raw, waits) {
                if raw != kind {
                    self.downgrade_raw();
                }
                return Some(self.record_raw(request));
            }
            if patience.is_over() {
                attempt.end_pending();
                if raw == Kind::Exclusive && self.word().mode() == Mode::Revoked {
                    self.give_back();
                }
                self.release(raw);
                return None;
            }
            attempt.begin_pending();
            self.release(raw);
            attempt.pause();
        }
    }

    /// Whoever is inside already: goes deeper, or is told that it would wait for itself. `None` if it is not inside, or if what it
    /// wants is no matter of cells.
    fn reenter(&self, request: Request, patience: Patience) -> Option<Option<Pass>> {
        let cell = request.visitor.line?.cells.find(self.uid())?;
        let entry = cell.read();
        if request.kind.excludes(entry.kind()) {
            if matches!(patience, Patience::Endless) {
                refuse_waiting_for_oneself(request.kind, request.visitor.place, entry.kind(), cell.place());
            }
            return Some(None);
        }
        if !request.is_recordable || !entry.can_deepen() {
            return None;
        }
        cell.write(entry.deeper());
        Some(Some(Pass(Some(cell))))
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
            return self.revoke(request.kind, request.visitor.line, waits);
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

    fn take_raw_for(&self, kind: Kind, patience: Duration) -> bool {
        match kind {
            Kind::Shared => self.raw.try_lock_shared_for(patience),
            Kind::Exclusive => self.raw.try_lock_exclusive_for(patience),
        }
    }
}

impl Attempt<'_> {
    /// Takes the raw lock, unless patience ends first.
    fn take_raw(&mut self, kind: Kind, request: Request) -> bool {
        let raw = &self.lock.raw;
        if self.lock.try_raw(kind) {
            return true;
        }
        let is_recursive = kind == Kind::Shared && request.holds_guard();
        if is_recursive && raw.try_lock_shared_recursive() {
            return true;
        }
        if let Some(left) = self.patience.left() {
            return !left.is_zero() && self.lock.take_raw_for(kind, left);
        }
        self.begin_wait();
        match kind {
            Kind::Shared if is_recursive => raw.lock_shared_recursive(),
            Kind::Shared => raw.lock_shared(),
            Kind::Exclusive => raw.lock_exclusive(),
        }
        true
    }

    /// Waits of those who have to get in are counted.
    fn note_wait(&mut self) {
        if matches!(self.patience, Patience::Endless) {
            self.since.get_or_insert_with(Instant::now);
        }
    }

    fn begin_wait(&mut self) {
        if matches!(self.patience, Patience::Endless) {
            step_guard::refuse_to_block();
        }
        self.note_wait();
    }

    /// From now on, the bias is not given back.
    fn begin_pending(&mut self) {
        if !self.is_pending {
            self.is_pending = true;
            self.lock.pending.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn end_pending(&mut self) {
        if std::mem::take(&mut self.is_pending) {
            self.lock.pending.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn pause(&mut self) {
        self.begin_wait();
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
