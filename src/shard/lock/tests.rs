//! Visitors who behave oddly, at a lock without a shard, in every mode.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use autoshard_tuning::Bias;

use super::*;
use crate::{
    Store,
    presence::{self, Line},
    sync::{heavy_barrier, heavy_barriers},
};

const A_TEST: Operation = Operation { name: "a test", stay: Stay::Long };

/// A lock of its own, in this mode.
fn lock(uid: u64, bias: Bias) -> ShardLock {
    let lock = ShardLock::new();
    lock.renew(presence::UID_MAX - uid);
    let pass = lock.enter(Kind::Exclusive, Visitor::ANONYMOUS, &Waits::default());
    lock.choose(bias);
    lock.leave(Kind::Exclusive, pass);
    lock
}

/// Every mode; owned by the thread that calls this.
fn modes() -> [Bias; 4] {
    [Bias::Neutral, Bias::Fenced, Bias::Asymmetric, Bias::Owned(line().index)]
}

fn line() -> &'static Line {
    presence::current().expect("a living thread has a line")
}

fn enter(lock: &ShardLock, kind: Kind) -> Pass {
    let visitor = Visitor::passing(Some(line()), &A_TEST);
    lock.enter_at_once(kind, visitor, Stay::Long).unwrap_or_else(|| lock.enter(kind, visitor, &Waits::default()))
}

fn can_enter(lock: &ShardLock, kind: Kind) -> bool {
    let pass = lock.try_enter(kind, Visitor::passing(Some(line()), &A_TEST), &Waits::default());
    pass.is_some_and(|pass| {
        lock.leave(kind, pass);
        true
    })
}

fn on_another_thread<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(run).join().expect("no panic"))
}

/// A short operation's way into a neutral shard.
#[test]
fn a_latch_keeps_everybody_out_but_its_own_thread_reading() {
    let lock = lock(90, Bias::Neutral);
    let visitor = Visitor::passing(Some(line()), &A_TEST);
    for kind in [Kind::Shared, Kind::Exclusive] {
        let pass = lock.enter_at_once(kind, visitor, Stay::Brief).expect("nobody is inside");
        assert!(!on_another_thread(|| can_enter(&lock, Kind::Shared) || can_enter(&lock, Kind::Exclusive)));
        assert_eq!(can_enter(&lock, Kind::Shared), kind == Kind::Shared);
        assert!(!can_enter(&lock, Kind::Exclusive));
        lock.leave(kind, pass);
        assert!(on_another_thread(|| can_enter(&lock, Kind::Exclusive)));
    }
    // Somebody is inside by the raw lock: the latch is not to be had, and nothing is left of the attempt.
    let pass = enter(&lock, Kind::Shared);
    assert!(!on_another_thread(|| {
        let visitor = Visitor::passing(Some(line()), &A_TEST);
        lock.enter_at_once(Kind::Shared, visitor, Stay::Brief).is_some()
    }));
    assert!(on_another_thread(|| can_enter(&lock, Kind::Shared)));
    lock.leave(Kind::Shared, pass);
}

/// The tuner may have had to leave a shard neutral, since somebody had the latch: short readers alone must find it opened in the end.
#[test]
fn whoever_comes_after_a_latch_gives_the_bias_back() {
    let lock = lock(91, Bias::Neutral);
    let visitor = Visitor::passing(Some(line()), &A_TEST);
    let pass = lock.enter_at_once(Kind::Shared, visitor, Stay::Brief).expect("nobody is inside");
    lock.choose(Bias::Fenced);
    lock.leave(Kind::Shared, pass);
    for stay in [Stay::Brief, Stay::Long] {
        assert!(lock.enter_at_once(Kind::Shared, visitor, stay).is_none(), "it would leave the shard neutral");
    }
    lock.leave(Kind::Shared, enter(&lock, Kind::Shared));
    assert!(lock.word().is_fenced());
}

#[test]
fn whoever_is_inside_keeps_out_those_whom_that_excludes() {
    for (number, bias) in modes().into_iter().enumerate() {
        let lock = lock(100 + number as u64, bias);
        let pass = enter(&lock, Kind::Shared);
        assert!(on_another_thread(|| can_enter(&lock, Kind::Shared)), "{bias:?}");
        assert!(!on_another_thread(|| can_enter(&lock, Kind::Exclusive)), "{bias:?}");
        lock.leave(Kind::Shared, pass);
        let pass = enter(&lock, Kind::Exclusive);
        assert!(!on_another_thread(|| can_enter(&lock, Kind::Shared)), "{bias:?}");
        lock.leave(Kind::Exclusive, pass);
        assert!(on_another_thread(|| can_enter(&lock, Kind::Exclusive)), "{bias:?}");
    }
}

#[test]
fn levels_beyond_what_a_cell_can_count_are_entries_of_their_own() {
    for (number, bias) in modes().into_iter().enumerate() {
        let lock = lock(200 + number as u64, bias);
        let mut passes = vec![enter(&lock, Kind::Shared)];
        let cell_of = |pass: &Pass| pass.0.map(std::ptr::from_ref);
        while passes.len() < 5 || cell_of(&passes[passes.len() - 4]) == cell_of(&passes[0]) {
            passes.push(enter(&lock, Kind::Shared));
        }
        let last = passes.pop();
        passes.into_iter().for_each(|pass| lock.leave(Kind::Shared, pass));
        assert!(!on_another_thread(|| can_enter(&lock, Kind::Exclusive)), "{bias:?}");
        last.into_iter().for_each(|pass| lock.leave(Kind::Shared, pass));
        assert!(on_another_thread(|| can_enter(&lock, Kind::Exclusive)), "{bias:?}");
    }
}

#[test]
fn more_shards_than_cells_are_left_in_any_order() {
    for (number, bias) in modes().into_iter().enumerate() {
        let locks: Vec<_> = (0..12).map(|index| lock(300 + 20 * number as u64 + index, bias)).collect();
        let passes: Vec<_> = locks.iter().map(|lock| enter(lock, Kind::Exclusive)).collect();
        assert!(on_another_thread(|| locks.iter().all(|lock| !can_enter(lock, Kind::Shared))), "{bias:?}");
        let (even, odd): (Vec<_>, Vec<_>) = locks.iter().zip(passes).enumerate().partition(|(index, _)| index % 2 == 0);
        for (_, (lock, pass)) in odd.into_iter().chain(even) {
            lock.leave(Kind::Exclusive, pass);
        }
        assert!(on_another_thread(|| locks.iter().all(|lock| can_enter(lock, Kind::Exclusive))), "{bias:?}");
    }
}

/// An entry that its thread never ended stays, and nobody else is given the line that it is recorded in.
#[test]
fn an_entry_outlives_its_thread() {
    for bias in [Bias::Neutral, Bias::Fenced, Bias::Asymmetric] {
        let lock = lock(400, bias);
        let index = on_another_thread(|| {
            let _never_left = enter(&lock, Kind::Shared);
            line().index
        });
        assert!((0..20).all(|_| on_another_thread(|| line().index) != index), "{bias:?}");
        assert!(can_enter(&lock, Kind::Shared) && !can_enter(&lock, Kind::Exclusive), "{bias:?}");
    }
}

#[test]
fn who_would_wait_for_himself_is_told_and_keeps_what_he_has() {
    for (number, bias) in modes().into_iter().enumerate() {
        let lock = lock(500 + number as u64, bias);
        let pass = enter(&lock, Kind::Shared);
        assert!(catch_unwind(AssertUnwindSafe(|| enter(&lock, Kind::Exclusive))).is_err(), "{bias:?}");
        assert!(!on_another_thread(|| can_enter(&lock, Kind::Exclusive)), "{bias:?}");
        lock.leave(Kind::Shared, pass);
        assert!(on_another_thread(|| can_enter(&lock, Kind::Exclusive)), "{bias:?}");
    }
}

/// Ownership is lost to a reader, and after that there are readers alone: they must not find the shard closed for ever.
#[test]
fn readers_open_what_a_reader_has_closed() {
    let lock = lock(600, Bias::Owned(line().index));
    // The owner is inside for as long as it takes the other to revoke, and to find that it must wait.
    let pass = enter(&lock, Kind::Exclusive);
    assert!(!on_another_thread(|| can_enter(&lock, Kind::Shared)));
    lock.leave(Kind::Exclusive, pass);
    assert!(on_another_thread(|| can_enter(&lock, Kind::Shared)));
    let visitor = Visitor::passing(Some(line()), &A_TEST);
    let pass = lock.enter_at_once(Kind::Shared, visitor, Stay::Long).expect("nobody is inside");
    lock.leave(Kind::Shared, pass);
}

/// A reader that wants to revoke needs the raw lock exclusively; somebody else revokes first, and stays as a reader.
#[test]
fn a_reader_waits_for_no_reader_who_revoked_before_it() {
    let owner = on_another_thread(|| line().index);
    let lock = lock(700, Bias::Owned(owner));
    if lock.word().is_neutral() {
        // There is no ownership on this machine.
        return;
    }
    lock.raw.lock_exclusive();
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let pass = enter(&lock, Kind::Shared);
            lock.leave(Kind::Shared, pass);
        });
        // What follows is right whether or not the reader has come to wait; so it may have a little time for it.
        (0..1000).for_each(|_| thread::yield_now());
        lock.chosen.store(0, Ordering::Relaxed);
        lock.bias.store(BiasWord::neutral(lock.uid()).0, Ordering::Release);
        // SAFETY: taken above.
        unsafe { lock.raw.downgrade() };
        reader.join().expect("no panic");
    });
    lock.release(Kind::Shared);
}

/// A writer might never get in, if whoever looks in vain opened the shard to more readers.
#[test]
fn nobody_gives_the_bias_back_past_a_pending_writer() {
    let lock = lock(800, Bias::Fenced);
    let pass = enter(&lock, Kind::Shared);
    lock.pending.fetch_add(1, Ordering::Relaxed);
    assert!(!on_another_thread(|| can_enter(&lock, Kind::Exclusive)));
    assert_eq!(lock.word().mode(), Mode::Revoked);
    lock.pending.fetch_sub(1, Ordering::Relaxed);
    assert!(!on_another_thread(|| can_enter(&lock, Kind::Exclusive)));
    assert_eq!(lock.word().mode(), Mode::Fenced, "nobody is pending any more");
    lock.leave(Kind::Shared, pass);
}

/// A mode is chosen while somebody is inside, or while a writer is pending; so the one who goes over to reading may find that
/// it is an ownership, whose owner would write beside it.
#[test]
fn an_owner_does_not_write_beside_a_downgraded_writer() {
    let lock = lock(810, Bias::Neutral);
    let owner = line().index;
    on_another_thread(|| {
        let pass = enter(&lock, Kind::Exclusive);
        lock.choose(Bias::Owned(owner));
        let _never_left = lock.downgrade(pass);
    });
    assert!(can_enter(&lock, Kind::Shared) && !can_enter(&lock, Kind::Exclusive));
}

/// Or each bulk operation would pay for a barrier that the tuner never chose.
#[test]
fn what_a_bulk_operation_closes_needs_no_second_barrier() {
    for (number, (bias, cheaper)) in
        [(Bias::Asymmetric, Bias::Fenced), (Bias::Owned(line().index), Bias::Neutral)].into_iter().enumerate()
    {
        let lock = lock(820 + number as u64, bias);
        if lock.chosen() != bias {
            // This machine has no heavy barrier.
            continue;
        }
        assert!(lock.close_unseen());
        heavy_barrier();
        lock.mark_seen();
        assert!(can_enter(&lock, Kind::Exclusive));
        assert_eq!(lock.chosen(), cheaper);
        assert!(!lock.close_unseen());
    }
}

/// The order within a bulk operation: whoever finds a shard revoked relies on the barrier, and issues none. Somebody looks on
/// meanwhile; what it asserts holds whenever it looks.
#[test]
fn a_bulk_operation_marks_shards_as_seen_after_its_barrier() {
    const ROUNDS: u32 = 500;
    if !has_heavy_barrier() {
        return;
    }
    let store: Store<u64, u64> =
        Store::builder().set("shards.initial", 64).set("tuner.enabled", false).build().expect("the policy is valid");
    store.insert(1, 1);
    let control = store.control();
    // Of the first of many shards: the others are marked between that and whatever comes next.
    let (_, first) = control.headers.serving().next().expect("there is an entry");
    // Barriers issued when all shards had been biased for the last time.
    let issued = AtomicU64::new(u64::MAX);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let onlooker = scope.spawn(|| {
            while !is_over.load(Ordering::Acquire) {
                let issued = issued.load(Ordering::Acquire);
                let is_seen = first.lock.word().mode() == Mode::Revoked;
                assert!(!is_seen || issued == u64::MAX || heavy_barriers() > issued, "seen, but not by any barrier");
            }
        });
        for _ in 0..ROUNDS {
            for (id, header) in control.headers.serving() {
                assert!(control.choose_bias(id, header.lock.uid(), Bias::Asymmetric, Duration::ZERO));
            }
            issued.store(heavy_barriers(), Ordering::Release);
            control.revoke_together();
        }
        is_over.store(true, Ordering::Release);
        onlooker.join().expect("no shard is marked too early");
    });
}

/// Or a writer would look for readers by its own fence alone, before the barrier that makes them visible.
#[test]
fn what_is_closed_before_its_barrier_is_not_reopened() {
    let lock = lock(830, Bias::Asymmetric);
    if lock.close_unseen() {
        lock.reopen();
        assert_eq!(lock.word().mode(), Mode::Unseen);
    }
}
