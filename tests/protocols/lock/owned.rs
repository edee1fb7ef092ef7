//! One thread reads and writes by announcement; others revoke.

use autoshard_tuning::Bias;

use super::subject::{Shard, check, check_many, join, spawn};
use crate::presence::{Kind, Line};

fn owned_by(line: &Line) -> Bias {
    Bias::Owned(line.index)
}

#[test]
fn the_owner_and_a_foreign_reader() {
    check(|| {
        let (shard, [owner, other]) = Shard::new(Bias::Neutral);
        shard.choose(owned_by(owner));
        let reader = spawn(&shard, |shard| [shard.read(other), shard.read(other)]);
        shard.write(owner);
        assert_eq!(shard.read(owner), 1);
        shard.write(owner);
        let [first, second] = join(reader);
        assert!(first <= second && second <= 2);
        shard.finish(owner, 2);
    });
}

#[test]
fn the_owner_and_a_foreign_writer() {
    check(|| {
        let (shard, [owner, other]) = Shard::new(Bias::Neutral);
        shard.choose(owned_by(owner));
        let writer = spawn(&shard, |shard| shard.write(other));
        shard.write(owner);
        assert!((1..=2).contains(&shard.read(owner)));
        shard.write(owner);
        join(writer);
        shard.finish(owner, 3);
    });
}

/// Two foreigners revoke one after the other, and the first goes over to reading.
#[test]
fn the_owner_a_foreign_reader_and_a_foreign_writer() {
    check_many(|| {
        let (shard, [owner, one, other]) = Shard::new(Bias::Neutral);
        shard.choose(owned_by(owner));
        let reader = spawn(&shard, |shard| shard.read(one));
        let writer = spawn(&shard, |shard| shard.write(other));
        shard.write(owner);
        assert!(join(reader) <= 2);
        join(writer);
        shard.finish(owner, 2);
    });
}

/// A writer is pending on the owner, and has released the raw lock; a reader that gets that must look for the owner, too.
#[test]
fn an_owner_inside_keeps_a_reader_out_beside_a_pending_writer() {
    check_many(|| {
        let (shard, [owner, one, other]) = Shard::new(Bias::Neutral);
        shard.choose(owned_by(owner));
        let pass = shard.enter(Kind::Exclusive, owner);
        let writer = spawn(&shard, |shard| shard.write(other));
        let reader = spawn(&shard, |shard| shard.read(one));
        shard.add();
        // Long enough for the writer to give the raw lock back, and for the reader to get it.
        (0..4).for_each(|_| loom::thread::yield_now());
        shard.lock.leave(Kind::Exclusive, pass);
        join(writer);
        assert!((1..=2).contains(&join(reader)));
        shard.finish(owner, 2);
    });
}

/// Owned again, and again by another.
#[test]
fn ownership_goes_from_one_to_the_other() {
    check(|| {
        let (shard, [one, other]) = Shard::new(Bias::Neutral);
        shard.choose(owned_by(one));
        let owner = spawn(&shard, |shard| {
            shard.write(one);
            shard.write(one);
        });
        shard.choose(owned_by(other));
        shard.write(other);
        join(owner);
        shard.finish(other, 3);
    });
}

/// An owner that holds a guard goes over to reading: then a foreign reader comes in beside it.
#[test]
fn an_owner_that_goes_over_to_reading() {
    check_many(|| {
        let (shard, [owner, one, other]) = Shard::new(Bias::Neutral);
        shard.choose(owned_by(owner));
        let reader = spawn(&shard, |shard| shard.read(one));
        let writer = spawn(&shard, |shard| shard.write(other));
        let pass = shard.enter(Kind::Exclusive, owner);
        shard.add();
        let pass = shard.lock.downgrade(pass);
        let found = shard.look();
        let nested = shard.enter(Kind::Shared, owner);
        shard.lock.leave(Kind::Shared, pass);
        assert_eq!(shard.look(), found, "somebody wrote beside a reader");
        shard.lock.leave(Kind::Shared, nested);
        join(writer);
        assert!(join(reader) <= 2);
        shard.finish(owner, 2);
    });
}

#[test]
fn the_owner_and_a_foreign_iterator() {
    check(|| {
        let (shard, [owner, other]) = Shard::new(Bias::Neutral);
        shard.choose(owned_by(owner));
        let iterator = spawn(&shard, |shard| shard.read_unrecorded(other));
        shard.write(owner);
        shard.write(owner);
        assert!(join(iterator) <= 2);
        shard.finish(owner, 2);
    });
}
