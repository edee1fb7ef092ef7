//! Modes that change while others are inside, and headers that go to another shard.

use std::sync::Arc;

use autoshard_tuning::Bias;
use loom::sync::atomic::{AtomicUsize, Ordering};

use super::subject::{A_MODEL, Shard, UID, check, check_many, join, spawn};
use crate::{
    presence::{Kind, Line},
    shard::{Stay, Visitor},
};

/// From which mode, given the owner, to which.
type Change = (fn(&Line) -> Bias, fn(&Line) -> Bias);

const CHANGES: [Change; 5] = [
    (|_| Bias::Fenced, |_| Bias::Asymmetric),
    (|_| Bias::Asymmetric, |_| Bias::Fenced),
    (|_| Bias::Fenced, |line| Bias::Owned(line.index)),
    (|line| Bias::Owned(line.index), |_| Bias::Fenced),
    (|line| Bias::Owned(line.index), |_| Bias::Neutral),
];

#[test]
fn a_mode_changes_beside_a_reader_that_writes() {
    for (from, to) in CHANGES {
        check(move || {
            let (shard, [line]) = Shard::new(Bias::Neutral);
            shard.choose(from(line));
            let user = spawn(&shard, |shard| {
                let found = shard.read(line);
                shard.write(line);
                assert_eq!(shard.read(line), found + 1);
            });
            shard.choose(to(line));
            join(user);
            shard.finish(line, 1);
        });
    }
}

#[test]
fn a_mode_changes_beside_a_reader_and_a_writer() {
    for (from, to) in [CHANGES[0], CHANGES[3]] {
        check_many(move || {
            let (shard, [reads, writes]) = Shard::new(Bias::Neutral);
            shard.choose(from(reads));
            let reader = spawn(&shard, |shard| shard.read(reads));
            let writer = spawn(&shard, |shard| shard.write(writes));
            shard.choose(to(reads));
            assert!(join(reader) <= 1);
            join(writer);
            shard.finish(writes, 1);
        });
    }
}

/// A bulk operation closes the shard, and issues the barrier of many shards.
#[test]
fn a_bulk_operation_closes_a_shard_beside_a_reader() {
    for bias in [|_: &Line| Bias::Asymmetric, |line: &Line| Bias::Owned(line.index)] {
        check(move || {
            let (shard, [line, bulk]) = Shard::new(Bias::Neutral);
            shard.choose(bias(line));
            let user = spawn(&shard, |shard| shard.read(line));
            if shard.lock.close_unseen() {
                crate::sync::heavy_barrier();
                shard.lock.mark_seen();
            }
            shard.write(bulk);
            assert!(join(user) <= 1);
            shard.finish(bulk, 1);
        });
    }
}

/// A writer comes when the shard is closed, and the barrier has not been issued yet: it has to issue one of its own.
#[test]
fn a_writer_comes_between_closing_and_the_barrier() {
    check(|| {
        let (shard, [reads, writes]) = Shard::new(Bias::Asymmetric);
        let reader = spawn(&shard, |shard| shard.read(reads));
        shard.lock.close_unseen();
        shard.write(writes);
        assert!(join(reader) <= 1);
        shard.finish(writes, 1);
    });
}

/// Each mode, given the owner.
const MODES: [fn(&Line) -> Bias; 4] =
    [|_| Bias::Neutral, |_| Bias::Fenced, |_| Bias::Asymmetric, |line| Bias::Owned(line.index)];

/// The directory's one entry: whether it names the shard, or another one.
#[derive(Default)]
struct Directory(AtomicUsize);

const HERE: usize = 0;
const ELSEWHERE: usize = 1;

/// A shard is retired, and its header goes to a new one, which the directory then names. A visitor that looked the header up before
/// is inside only while the directory says so, and then alone with its like.
#[test]
fn a_stale_visitor_finds_that_the_header_has_gone_to_another_shard() {
    for kind in [Kind::Shared, Kind::Exclusive] {
        for bias in MODES {
            check_many(move || {
                let directory = Arc::new(Directory::default());
                let (shard, [line, tuner]) = Shard::new(Bias::Neutral);
                shard.choose(bias(line));
                let visitor = {
                    let directory = Arc::clone(&directory);
                    spawn(&shard, move |shard| {
                        if directory.0.load(Ordering::Acquire) != HERE {
                            return;
                        }
                        let pass = shard.enter(kind, line);
                        if directory.0.load(Ordering::Acquire) == HERE {
                            shard.look();
                        }
                        shard.lock.leave(kind, pass);
                    })
                };
                // Cut over: the old shard ends.
                let pass = shard.enter(Kind::Exclusive, tuner);
                directory.0.store(ELSEWHERE, Ordering::Release);
                shard.lock.choose(Bias::Neutral);
                shard.lock.leave(Kind::Exclusive, pass);
                // The header is a new shard's, which gets contents, and is named.
                shard.lock.renew(UID + 1);
                let pass = shard.lock.enter_leaf(Kind::Exclusive);
                shard.add();
                shard.lock.leave(Kind::Exclusive, pass);
                let pass = shard.lock.enter_leaf(Kind::Exclusive);
                directory.0.store(HERE, Ordering::Release);
                shard.lock.leave(Kind::Exclusive, pass);
                shard.choose(bias(line));
                shard.write(tuner);
                join(visitor);
                shard.finish(tuner, 2);
            });
        }
    }
}

/// What is announced under a word of the old shard does not count under the same mode of the new one.
#[test]
fn an_announcement_to_the_old_shard_is_none_to_the_new_one() {
    check(|| {
        let (shard, [reads, writes]) = Shard::new(Bias::Fenced);
        let reader = spawn(&shard, |shard| {
            let Some(pass) =
                shard.lock.enter_at_once(Kind::Shared, Visitor::passing(Some(reads), &A_MODEL), Stay::Brief)
            else {
                return;
            };
            shard.look();
            shard.lock.leave(Kind::Shared, pass);
        });
        shard.write(writes);
        shard.choose(Bias::Neutral);
        shard.lock.renew(UID + 1);
        shard.choose(Bias::Fenced);
        shard.write(writes);
        join(reader);
        shard.finish(writes, 2);
    });
}

/// A short operation that a stale directory entry has led to a target latches it: whoever then has the target named waits for that
/// one, which might else find the target named, and itself inside.
#[test]
fn a_target_is_not_named_beside_a_stale_visitor_with_the_latch() {
    check(|| {
        let directory = Arc::new(Directory(AtomicUsize::new(ELSEWHERE)));
        let (shard, [line]) = Shard::new(Bias::Neutral);
        let visitor = {
            let directory = Arc::clone(&directory);
            spawn(&shard, move |shard| {
                let visitor = Visitor::passing(Some(line), &A_MODEL);
                let Some(pass) = shard.lock.enter_at_once(Kind::Exclusive, visitor, Stay::Brief) else { return };
                if directory.0.load(Ordering::Acquire) == HERE {
                    shard.look();
                }
                shard.lock.leave(Kind::Exclusive, pass);
            })
        };
        let pass = shard.lock.enter_leaf(Kind::Exclusive);
        directory.0.store(HERE, Ordering::Release);
        shard.add();
        shard.lock.leave(Kind::Exclusive, pass);
        join(visitor);
        shard.finish(line, 1);
    });
}
