//! Readers who announce themselves, and writers who revoke.

use autoshard_tuning::Bias;

use super::subject::{Shard, check, check_many, join, spawn};
use crate::presence::{Kind, add_line};

const MODES: [Bias; 3] = [Bias::Neutral, Bias::Fenced, Bias::Asymmetric];

/// Two writes, so that the bias is taken, given back and taken again: a word that changes and changes back.
#[test]
fn a_reader_sees_whole_writes() {
    for bias in MODES {
        check(move || {
            let (shard, [reads, writes]) = Shard::new(bias);
            let reader = spawn(&shard, |shard| [shard.read(reads), shard.read(reads)]);
            shard.write(writes);
            shard.write(writes);
            let [first, second] = join(reader);
            assert!(first <= second && second <= 2, "time went backwards: {first}, {second}");
            shard.finish(writes, 2);
        });
    }
}

#[test]
fn two_readers_and_a_writer() {
    for bias in MODES {
        check_many(move || {
            let (shard, [one, other, writes]) = Shard::new(bias);
            let readers = [one, other].map(|line| spawn(&shard, move |shard| shard.read(line)));
            shard.write(writes);
            readers.into_iter().for_each(|reader| assert!(join(reader) <= 1));
            shard.finish(writes, 1);
        });
    }
}

/// One writer has given the bias back when the other takes it.
#[test]
fn two_writers_and_a_reader() {
    for bias in MODES {
        check_many(move || {
            let (shard, [reads, one, other]) = Shard::new(bias);
            let reader = spawn(&shard, |shard| shard.read(reads));
            let writer = spawn(&shard, |shard| shard.write(one));
            shard.write(other);
            join(writer);
            assert!(join(reader) <= 2);
            shard.finish(one, 2);
        });
    }
}

/// The outer guard goes first; the inner one keeps the writer out, and the same entry still.
#[test]
fn a_nested_reader_keeps_the_writer_out_to_the_last() {
    for bias in MODES {
        check(move || {
            let (shard, [reads, writes]) = Shard::new(bias);
            let reader = spawn(&shard, |shard| {
                let outer = shard.enter(Kind::Shared, reads);
                let before = shard.look();
                let inner = shard.enter(Kind::Shared, reads);
                shard.lock.leave(Kind::Shared, outer);
                assert_eq!(shard.look(), before, "somebody wrote beside a reader");
                shard.lock.leave(Kind::Shared, inner);
                shard.read(reads)
            });
            shard.write(writes);
            assert!(join(reader) <= 1);
            shard.finish(writes, 1);
        });
    }
}

/// Two shards at once: the second entry is in the second block of cells, which the writer must find.
#[test]
fn an_entry_in_a_spilled_cell_is_found() {
    for bias in MODES {
        check(move || {
            let (outer, []) = Shard::new(Bias::Neutral);
            let (shard, [reads, writes]) = Shard::new(bias);
            outer.lock.renew(super::subject::UID + 1);
            let reader = spawn(&shard, move |shard| {
                let held = outer.enter(Kind::Shared, reads);
                let found = shard.read(reads);
                outer.lock.leave(Kind::Shared, held);
                found
            });
            shard.write(writes);
            assert!(join(reader) <= 1);
            shard.finish(writes, 1);
        });
    }
}

/// Who holds on to a guard makes the writer wait, without the raw lock: others read meanwhile.
#[test]
fn a_pending_writer_gets_in_when_the_guard_goes() {
    for bias in MODES {
        check_many(move || {
            let (shard, [reads, other, writes]) = Shard::new(bias);
            let guard = shard.enter(Kind::Shared, reads);
            let writer = spawn(&shard, |shard| shard.write(writes));
            let reader = spawn(&shard, |shard| shard.read(other));
            assert_eq!(shard.look(), 0, "somebody wrote beside a reader");
            shard.lock.leave(Kind::Shared, guard);
            join(writer);
            assert!(join(reader) <= 1);
            shard.finish(writes, 1);
        });
    }
}

/// A writer goes over to reading: readers come in beside it, another writer does not.
#[test]
fn a_downgraded_writer_is_a_reader() {
    for bias in MODES {
        check_many(move || {
            let (shard, [reads, one, other]) = Shard::new(bias);
            let reader = spawn(&shard, |shard| shard.read(reads));
            let writer = spawn(&shard, |shard| shard.write(one));
            let mut pass = shard.enter(Kind::Exclusive, other);
            shard.add();
            pass = shard.lock.downgrade(pass);
            let found = shard.look();
            assert_eq!(shard.look(), found);
            shard.lock.leave(Kind::Shared, pass);
            join(writer);
            assert!(join(reader) <= 2);
            shard.finish(one, 2);
        });
    }
}

/// A thread whose line comes on the roll while a revoker goes through it: it is found, or finds the bias taken.
#[test]
fn a_new_thread_is_found_or_finds_the_bias_taken() {
    for bias in MODES {
        check(move || {
            let (shard, [writes]) = Shard::new(bias);
            let reader = spawn(&shard, |shard| shard.read(add_line()));
            shard.write(writes);
            assert!(join(reader) <= 1);
            shard.finish(writes, 1);
        });
    }
}

#[test]
fn who_only_tries_never_gets_in_beside_others() {
    for bias in MODES {
        check(move || {
            let (shard, [reads, writes]) = Shard::new(bias);
            let reader = spawn(&shard, |shard| {
                let Some(pass) = shard.try_enter(Kind::Shared, reads) else { return };
                shard.look();
                shard.lock.leave(Kind::Shared, pass);
            });
            let pass = shard.try_enter(Kind::Exclusive, writes);
            let written = u64::from(pass.is_some());
            if let Some(pass) = pass {
                shard.add();
                shard.lock.leave(Kind::Exclusive, pass);
            }
            join(reader);
            shard.finish(writes, written);
        });
    }
}
