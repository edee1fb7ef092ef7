//! A load thread.

use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use autoshard::Store;

use super::signals::{Report, Signals};
use crate::{
    key::Key,
    latency::TIMED_ONE_IN,
    proof::Tally,
    workload::{Kind, Operation, Plan},
};

/// Operations between two looks at the signals: a guess, small beside the shortest phase.
const BATCH: usize = 64;
/// How long a silent thread sleeps between two looks at the signals.
const SILENCE: Duration = Duration::from_millis(5);

/// A load thread's state.
pub(crate) struct Worker<'run> {
    store: &'run Store<Key, u64>,
    plan: &'run Plan,
    signals: &'run Signals,
    report: &'run Report,
    thread: usize,
    /// Rounds of arithmetic on the value inside each operation: see [`toil`].
    work: u32,
    tally: Tally,
    /// Operations carried out in each phase.
    executed: Vec<u64>,
    /// Latencies taken in this batch.
    latencies: Vec<Duration>,
    until_timed: u32,
}

/// What a load thread leaves.
pub(crate) struct Worked {
    pub(crate) tally: Tally,
    /// Operations carried out in each phase.
    pub(crate) executed: Vec<u64>,
}

impl<'run> Worker<'run> {
    /// The thread numbered `thread`.
    pub(crate) fn new(
        store: &'run Store<Key, u64>,
        plan: &'run Plan,
        signals: &'run Signals,
        thread: usize,
        work: u32,
    ) -> Self {
        Self {
            store,
            plan,
            signals,
            report: signals.report(thread),
            thread,
            work,
            tally: Tally::default(),
            executed: vec![0; plan.phases.len()],
            latencies: Vec::with_capacity(BATCH),
            until_timed: TIMED_ONE_IN,
        }
    }

    /// Works until the run is over.
    pub(crate) fn run(mut self) -> Worked {
        while let number = self.signals.phase()
            && let Some(phase) = self.plan.phases.get(number)
        {
            match phase.scripts[self.thread].as_slice() {
                [] => thread::sleep(SILENCE),
                script => self.batch(number, script),
            }
            self.report.tell(self.tally.operations, &mut self.latencies);
        }
        Worked { tally: self.tally, executed: self.executed }
    }

    /// A batch of the phase's script, from where the last one ended.
    fn batch(&mut self, phase: usize, script: &[Operation]) {
        let mut position = self.executed[phase] as usize % script.len();
        for _ in 0..BATCH {
            self.timed(script[position]);
            position = if position + 1 == script.len() { 0 } else { position + 1 };
        }
        self.executed[phase] += BATCH as u64;
        self.tally.operations += BATCH as u64;
    }

    fn timed(&mut self, operation: Operation) {
        self.until_timed -= 1;
        if self.until_timed > 0 {
            return self.carry_out(operation);
        }
        self.until_timed = TIMED_ONE_IN;
        let begin = Instant::now();
        self.carry_out(operation);
        self.latencies.push(begin.elapsed());
    }

    fn carry_out(&mut self, Operation { key, kind }: Operation) {
        let (store, work) = (self.store, self.work);
        let is_permanent = key < self.plan.permanent;
        let key = &self.plan.keys[key as usize];
        let found = match kind {
            Kind::Read => store.view(key, |_, value| toil(*value, work)).is_some(),
            Kind::Update => {
                let found = store.update(key, |value| add_one(value, work)).is_some();
                self.tally.additions += u64::from(found);
                found
            }
            Kind::Upsert => {
                self.upsert(key);
                true
            }
            Kind::Remove => {
                if let Some((_, count)) = store.remove(key) {
                    self.tally.removed += 1;
                    self.tally.removed_count += count;
                }
                true
            }
        };
        self.tally.missed += u64::from(is_permanent && !found);
    }

    fn upsert(&mut self, key: &Key) {
        let work = self.work;
        let mut inserted = 0;
        let insert = || {
            inserted = 1;
            toil(1, work);
            1
        };
        self.store.upsert(key.clone(), insert, |value| add_one(value, work));
        self.tally.inserted += inserted;
        self.tally.additions += 1;
    }
}

fn add_one(value: &mut u64, work: u32) {
    toil(*value, work);
    *value += 1;
}

/// Stands for what a program does with a value while it holds it: arithmetic in a chain, each round of which takes about
/// a nanosecond, and no memory.
fn toil(value: u64, work: u32) {
    let mut state = value;
    for _ in 0..work {
        state = black_box(state).rotate_left(5) ^ 0x9E37_79B9;
    }
    black_box(state);
}
