//! Words that outlive their occasion: a look at a neutral shard that is acted upon when the shard is no longer so.

use autoshard_tuning::Bias;

use super::subject::{A_MODEL, Shard, UID, check, check_many, join, spawn};
use crate::{
    presence::{Kind, Line},
    shard::{Pass, Stay, Visitor},
};

impl Shard {
    /// Enters by the latch, and chooses a mode there, which nobody gives back on leaving.
    fn latch_and_choose(&self, line: &'static Line, bias: Bias) -> Pass {
        let visitor = Visitor::passing(Some(line), &A_MODEL);
        let pass = self.lock.enter_at_once(Kind::Exclusive, visitor, Stay::Brief).expect("nobody else is inside");
        self.lock.choose(bias);
        pass
    }

    /// Enters, if that is possible at once, and leaves, as who was led here by a stale directory entry.
    fn pass_by(&self, line: &'static Line) {
        if let Some(pass) = self.lock.enter_at_once(Kind::Shared, Visitor::passing(Some(line), &A_MODEL), Stay::Brief) {
            self.lock.leave(Kind::Shared, pass);
        }
    }
}

/// Somebody finds the shard left neutral, and is about to reopen it. Meanwhile it is opened, entered, and closed by a bulk operation, whose
/// barrier is yet to come: opened again, it would be closed by a fence, which shows nobody who has entered before.
#[test]
fn a_shard_closed_before_its_barrier_is_not_reopened() {
    check_many(|| {
        let (shard, [reads, late]) = Shard::new(Bias::Neutral);
        let pass = shard.latch_and_choose(reads, Bias::Asymmetric);
        shard.lock.leave(Kind::Exclusive, pass);
        let bulk = spawn(&shard, |shard| shard.lock.close_unseen());
        let writer = spawn(&shard, |shard| {
            assert_eq!(shard.read(late), 0);
            shard.write(late);
        });
        assert!(shard.read(reads) <= 1);
        join(bulk);
        join(writer);
        shard.finish(late, 1);
    });
}

/// A shard's header goes to the next while a passer-by, who has looked at it before, latches it: what he stores as he leaves is not the
/// id of the shard that is gone.
#[test]
fn a_passer_by_does_not_bring_the_old_id_back() {
    check(|| {
        let (shard, [stale]) = Shard::new(Bias::Neutral);
        let visitor = spawn(&shard, |shard| shard.pass_by(stale));
        shard.lock.renew(UID + 1);
        join(visitor);
        assert_eq!(shard.lock.uid(), UID + 1);
    });
}

/// A shard is split by somebody who has the latch, while somebody else is about to give back the mode that was chosen before: the header
/// goes to the next shard neutral.
#[test]
fn a_shard_that_is_gone_does_not_stay_biased() {
    check(|| {
        let (shard, [reads, splits]) = Shard::new(Bias::Neutral);
        let reader = spawn(&shard, |shard| {
            shard.read(reads);
        });
        let visitor = Visitor::passing(Some(splits), &A_MODEL);
        if let Some(pass) = shard.lock.enter_at_once(Kind::Exclusive, visitor, Stay::Brief) {
            shard.lock.choose(Bias::Fenced);
            loom::thread::yield_now();
            shard.lock.choose(Bias::Neutral);
            shard.lock.leave(Kind::Exclusive, pass);
            shard.settle();
        }
        join(reader);
        assert!(shard.is_neutral(), "a shard that is gone has a bias");
        shard.lock.renew(UID + 1);
    });
}

/// The same, split by the shard's owner, beside somebody whom a stale directory entry has led here.
#[test]
fn an_owners_shard_that_is_gone_does_not_stay_owned() {
    check(|| {
        let (shard, [stale, owner]) = Shard::new(Bias::Neutral);
        shard.choose(Bias::Owned(owner.index));
        let visitor = spawn(&shard, |shard| shard.pass_by(stale));
        let pass = shard.enter(Kind::Exclusive, owner);
        shard.lock.choose(Bias::Neutral);
        shard.lock.leave(Kind::Exclusive, pass);
        shard.settle();
        join(visitor);
        assert!(shard.is_neutral(), "a shard that is gone has a bias");
    });
}
