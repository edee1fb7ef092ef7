//! Revocation: closing a shard to announcements, and waiting for those inside. And giving its bias back.
#![forbid(unsafe_code)]

use std::time::Instant;

use autoshard_tuning::Bias;

use super::{
    ShardLock, Waits,
    bias::{BiasWord, Mode, tag},
};
use crate::{
    mutants::{Mutant, is_on, unless_relaxed},
    presence::{self, Kind, Line},
    sync::{
        atomic::{Ordering, fence},
        heavy_barrier,
        hint::spin_loop,
        store_and_fence,
    },
};

/// Looks at the cells before a revoker backs out. An operation that is inside and running is out after a few; one that is not
/// running, or a guard, takes far longer than is worth spinning for.
const SPINS: u32 = if cfg!(any(autoshard_loom, autoshard_shuttle)) { 2 } else { 40 };

/// Of so many revocations by a fence, one is timed and counted: the clock and the shared counter cost as much as one.
const TIMED_ONE_IN: u32 = 16;

impl ShardLock {
    /// Closes the shard to announcements, and tells whether nobody is inside by announcement in a way that excludes `kind`; for
    /// `Exclusive`, the shard is then neutral. The caller holds the raw lock exclusively.
    pub(super) fn revoke(&self, kind: Kind, line: Option<&Line>, waits: &Waits) -> bool {
        let word = self.word();
        let is_heavy = match word.mode() {
            Mode::Neutral => return true,
            Mode::Revoked | Mode::Fenced | Mode::Latched => false,
            Mode::Unseen | Mode::Asymmetric | Mode::Owned(_) => true,
        };
        let is_timed = is_heavy || line.is_some_and(|line| line.is_one_in(TIMED_ONE_IN));
        let start = is_timed.then(Instant::now);
        self.close(word);
        if let Some(start) = start.filter(|_| is_heavy) {
            waits.barriers.add(start.elapsed());
        }
        let is_free_at_once = !self.is_barred(kind);
        if let Some(start) = start.filter(|_| word.is_fenced() && is_free_at_once) {
            waits.looks.add(start.elapsed());
        }
        let is_free = is_free_at_once || self.awaits_nobody(kind);
        if is_free
            && self.word().mode() == Mode::Revoked
            && (kind == Kind::Exclusive || !self.is_barred(Kind::Exclusive))
        {
            self.bias.store(word.with_tag(tag(Bias::Neutral)).0, Ordering::Relaxed);
        }
        // The tuner and the migrator have no line: what they cost is no sign of what the load costs.
        if let Some(start) = start.filter(|_| line.is_some()) {
            let stands_for = if is_heavy { 1 } else { TIMED_ONE_IN };
            waits.revocations.add_many(u64::from(stands_for), start.elapsed() * stands_for);
        }
        is_free
    }

    /// From any mode but neutral to `Revoked`.
    fn close(&self, word: BiasWord) {
        match word.mode() {
            Mode::Neutral | Mode::Revoked | Mode::Latched => {}
            // The fence: see the argument in `super`.
            Mode::Fenced if is_on(Mutant::ClosedWithoutFence) => self.bias.store(word.revoked().0, Ordering::Release),
            Mode::Fenced => store_and_fence(&self.bias, word.revoked().0),
            Mode::Asymmetric | Mode::Owned(_) => {
                self.demote();
                self.bias.store(word.unseen().0, Ordering::Release);
                self.make_visible(word);
            }
            Mode::Unseen => self.make_visible(word),
        }
    }

    /// The heavy barrier was dear: what the tuner chose no longer pays.
    fn demote(&self) {
        let cheaper = if self.chosen() == Bias::Asymmetric { Bias::Fenced } else { Bias::Neutral };
        self.chosen.store(tag(cheaper), Ordering::Relaxed);
    }

    fn make_visible(&self, word: BiasWord) {
        if !is_on(Mutant::NoHeavyBarrier) {
            heavy_barrier();
        }
        // The barrier's own side; where it is a system call this is one more fence beside thousands of cycles.
        fence(Ordering::SeqCst);
        self.bias.store(word.revoked().0, Ordering::Release);
    }

    /// Whether, for a moment at most, nobody bars the way.
    pub(super) fn awaits_nobody(&self, kind: Kind) -> bool {
        (0..SPINS).any(|_| {
            let is_free = !self.is_barred(kind) || is_on(Mutant::NobodyAwaited);
            if !is_free {
                spin_loop();
            }
            is_free
        })
    }

    /// Whether anybody is inside by announcement in a way that excludes `kind`, or has the latch. Costs a look at each thread's line.
    pub(super) fn is_barred(&self, kind: Kind) -> bool {
        match self.word().mode() {
            Mode::Latched => return true,
            Mode::Neutral => return false,
            _ => {}
        }
        let uid = self.uid();
        presence::lines().any(|line| line.cells.bar(uid, kind))
    }

    /// Opens the shard to announcements again, if the tuner wants that and nobody is pending. The caller holds the raw lock
    /// exclusively, and nobody is inside by announcement who may not be under the chosen mode.
    pub(super) fn give_back(&self) {
        let chosen = self.chosen.load(Ordering::Relaxed);
        if chosen != tag(Bias::Neutral) && self.pending.load(Ordering::Relaxed) == 0 {
            // Never over a latch, even one taken in vain: whoever has it might find the raw lock released before it looks. It is inside
            // then, and whoever comes after it sees to the bias (`reopen`). Release: see `word`.
            let word = self.word();
            if word.mode() != Mode::Latched {
                let given_back = word.with_tag(chosen).0;
                let ordering = unless_relaxed(Mutant::GivenBackRelaxed, Ordering::Release);
                let _ = self.bias.compare_exchange(word.0, given_back, ordering, Ordering::Relaxed);
            }
        }
    }

    /// Closes the shard to announcements that a revoker would need the heavy barrier for, as part of many to be revoked together:
    /// one barrier then serves all. Tells whether there is something to be seen by it. Does nothing if the raw lock is taken.
    pub(crate) fn close_unseen(&self) -> bool {
        if !matches!(self.word().mode(), Mode::Asymmetric | Mode::Owned(_)) || !self.try_raw(Kind::Exclusive) {
            return false;
        }
        let word = self.word();
        let is_unseen = matches!(word.mode(), Mode::Asymmetric | Mode::Owned(_));
        if is_unseen {
            self.demote();
            let closed = if is_on(Mutant::SeenBeforeBarrier) { word.revoked() } else { word.unseen() };
            self.bias.store(closed.0, Ordering::Release);
        }
        self.release(Kind::Exclusive);
        is_unseen
    }

    /// After the barrier that was issued after [`close_unseen`](Self::close_unseen), and before anybody closes shards so again: those
    /// inside can be seen. Does nothing if the raw lock is taken; whoever has it will see to it.
    pub(crate) fn mark_seen(&self) {
        if !self.try_raw(Kind::Exclusive) {
            return;
        }
        let word = self.word();
        if word.mode() == Mode::Unseen {
            self.bias.store(word.revoked().0, Ordering::Release);
        }
        self.release(Kind::Exclusive);
    }
}
