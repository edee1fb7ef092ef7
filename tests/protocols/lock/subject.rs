//! A shard of which there is nothing but lock and contents.

use std::sync::Arc;

use autoshard_tuning::Bias;
use loom::{
    cell::UnsafeCell,
    thread::{self, JoinHandle},
};

use crate::{
    presence::{Kind, Line, add_line},
    shard::{Operation, Pass, ShardLock, Stay, Visitor, Waits},
    sync::begin_execution,
};

/// Preemptions of a schedule of two threads: most faults of locks need one or two.
const PREEMPTIONS: usize = 2;
/// Of a schedule of more, or of two that do a lot.
const PREEMPTIONS_OF_MANY: usize = 1;

/// What models do.
pub(super) const A_MODEL: Operation = Operation { name: "a model", stay: Stay::Long };

/// The shard's id.
pub(super) const UID: u64 = 7;

/// Lock and contents.
pub(super) struct Shard {
    pub(super) lock: ShardLock,
    waits: Waits,
    contents: UnsafeCell<u64>,
}

// SAFETY: the contents are reached by whoever is inside, in the way in which it is; that this is safe is what loom checks.
unsafe impl Sync for Shard {}
// SAFETY: as above.
unsafe impl Send for Shard {}

impl Shard {
    /// A shard in this mode, and so many lines of threads.
    pub(super) fn new<const THREADS: usize>(bias: Bias) -> (Arc<Self>, [&'static Line; THREADS]) {
        let shard = Self { lock: ShardLock::new(), waits: Waits::default(), contents: UnsafeCell::new(0) };
        shard.lock.renew(UID);
        shard.choose(bias);
        (Arc::new(shard), [(); THREADS].map(|()| add_line()))
    }

    /// Enters as a guard does.
    pub(super) fn enter(&self, kind: Kind, line: &'static Line) -> Pass {
        self.enter_to(kind, line, Stay::Long)
    }

    fn enter_to(&self, kind: Kind, line: &'static Line, stay: Stay) -> Pass {
        let visitor = Visitor::passing(Some(line), &A_MODEL);
        self.lock.enter_at_once(kind, visitor, stay).unwrap_or_else(|| self.lock.enter(kind, visitor, &self.waits))
    }

    pub(super) fn try_enter(&self, kind: Kind, line: &'static Line) -> Option<Pass> {
        self.lock.try_enter(kind, Visitor::passing(Some(line), &A_MODEL), &self.waits)
    }

    /// What is inside; for those who are.
    pub(super) fn look(&self) -> u64 {
        // SAFETY: loom's own check.
        self.contents.with(|contents| unsafe { *contents })
    }

    /// Adds one; for who is inside exclusively.
    pub(super) fn add(&self) {
        // SAFETY: loom's own check.
        self.contents.with_mut(|contents| unsafe { *contents += 1 });
    }

    /// Reads as a short operation does.
    pub(super) fn read(&self, line: &'static Line) -> u64 {
        let pass = self.enter_to(Kind::Shared, line, Stay::Brief);
        let found = self.look();
        self.lock.leave(Kind::Shared, pass);
        found
    }

    /// Writes as a short operation does.
    pub(super) fn write(&self, line: &'static Line) {
        let pass = self.enter_to(Kind::Exclusive, line, Stay::Brief);
        self.add();
        self.lock.leave(Kind::Exclusive, pass);
    }

    /// Reads as an iterator does, whose entry nobody records.
    pub(super) fn read_unrecorded(&self, line: &'static Line) -> u64 {
        let pass = self.lock.enter_unrecorded(Kind::Shared, Visitor::passing(Some(line), &A_MODEL), &self.waits);
        let found = self.look();
        self.lock.leave(Kind::Shared, pass);
        found
    }

    /// Gives the lock another mode, as the tuner does.
    pub(super) fn choose(&self, bias: Bias) {
        let pass = self.lock.enter_unrecorded(Kind::Exclusive, Visitor::ANONYMOUS, &self.waits);
        self.lock.choose(bias);
        self.lock.leave(Kind::Exclusive, pass);
    }

    /// Makes the lock of a shard that is gone ready for the next.
    pub(super) fn settle(&self) {
        self.lock.settle(&self.waits);
    }

    /// Whether the lock is, while nobody is inside.
    pub(super) fn is_neutral(&self) -> bool {
        let pass = self.lock.try_enter_leaf(Kind::Exclusive);
        pass.map(|pass| self.lock.leave(Kind::Exclusive, pass)).is_some()
    }

    /// At the end, when all threads have been joined: so much was written, and nobody is inside.
    pub(super) fn finish(&self, line: &'static Line, written: u64) {
        let pass = self.try_enter(Kind::Exclusive, line).expect("nobody is inside any more");
        assert_eq!(self.look(), written, "writes were lost");
        self.lock.leave(Kind::Exclusive, pass);
    }
}

/// Tries a model of two threads in all schedules.
pub(super) fn check(model: impl Fn() + Send + Sync + 'static) {
    check_bounded(PREEMPTIONS, model);
}

/// Tries a model of more threads, or of two that do a lot, in all schedules.
pub(super) fn check_many(model: impl Fn() + Send + Sync + 'static) {
    check_bounded(PREEMPTIONS_OF_MANY, model);
}

fn check_bounded(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(move || {
        begin_execution();
        model();
    });
}

/// Runs something on a thread of its own, with the shard.
pub(super) fn spawn<R: 'static>(shard: &Arc<Shard>, run: impl FnOnce(&Shard) -> R + 'static) -> JoinHandle<R> {
    let shard = Arc::clone(shard);
    thread::spawn(move || run(&shard))
}

/// Waits for a thread's end.
pub(super) fn join<R>(thread: JoinHandle<R>) -> R {
    thread.join().expect("no thread of the model panics")
}
