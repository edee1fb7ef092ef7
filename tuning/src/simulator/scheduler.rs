//! Cores, the threads on them, and whose turn it is.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::machine::{Machine, picoseconds};

/// A thread, by its place.
pub(super) type ThreadIndex = u32;

/// Threads on cores, each on one for good.
pub(super) struct Scheduler {
    cores: Vec<Core>,
    threads: Vec<Thread>,
    /// Cores that have something to do, by when.
    queue: BinaryHeap<Reverse<(u64, u16)>>,
    slice: u64,
    switch: u64,
}

struct Core {
    threads: Vec<ThreadIndex>,
    /// Whose turn it is, of these.
    turn: usize,
    slice_ends: u64,
    is_queued: bool,
}

struct Thread {
    core: u16,
    /// When it goes on; never, while it waits for somebody.
    ready_at: u64,
}

/// A thread that has its turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) now: u64,
    pub(super) core: u16,
    pub(super) thread: ThreadIndex,
    /// When another will have its turn; never, if there is none.
    pub(super) ends: u64,
}

impl Scheduler {
    /// So many threads, spread over the machine's cores in turn.
    pub(super) fn new(machine: &Machine, threads: u32) -> Self {
        let used = machine.cores.min(threads).max(1);
        let mut cores: Vec<Core> =
            (0..used).map(|_| Core { threads: Vec::new(), turn: 0, slice_ends: 0, is_queued: true }).collect();
        let slice = picoseconds(machine.slice_ns);
        let threads = (0..threads.max(1)).map(|thread| {
            let core = thread % used;
            cores[core as usize].threads.push(thread);
            Thread { core: core as u16, ready_at: 0 }
        });
        let threads = threads.collect();
        for (index, core) in cores.iter_mut().enumerate() {
            // No two cores change their threads at the same moment.
            core.slice_ends = slice * (index as u64 + 1) / u64::from(used);
        }
        let queue = (0..used as u16).map(|core| Reverse((0, core))).collect();
        Self { cores, threads, queue, slice, switch: picoseconds(machine.switch_ns) }
    }

    /// Cores that threads run on.
    pub(super) fn cores(&self) -> usize {
        self.cores.len()
    }

    /// The next turn; `None` if all wait for each other.
    pub(super) fn next(&mut self) -> Option<Turn> {
        let Reverse((at, index)) = self.queue.pop()?;
        let core = &mut self.cores[usize::from(index)];
        core.is_queued = false;
        let ready_at = |turn: usize| self.threads[core.threads[turn] as usize].ready_at;
        let count = core.threads.len();
        let mut now = at;
        let is_over = at >= core.slice_ends || ready_at(core.turn) > at;
        if count > 1 && is_over {
            let others = (1..=count).map(|step| (core.turn + step) % count);
            let next = others.min_by_key(|&turn| ready_at(turn).max(at)).unwrap_or(core.turn);
            if next != core.turn {
                core.turn = next;
                now += self.switch;
            }
            core.slice_ends = now.max(ready_at(next).min(u64::MAX - self.slice)) + self.slice;
        }
        let ready = ready_at(core.turn);
        if ready == u64::MAX {
            // All of them wait: whoever wakes one puts the core back.
            return self.next();
        }
        let ends = if count > 1 { core.slice_ends } else { u64::MAX };
        Some(Turn { now: now.max(ready), core: index, thread: core.threads[core.turn], ends })
    }

    /// A thread goes on at this time, and its core is free from then on.
    pub(super) fn go_on(&mut self, thread: ThreadIndex, at: u64) {
        self.leave(thread, at, at);
    }

    /// A thread pauses until then; its core is free from `free_at` on.
    pub(super) fn leave(&mut self, thread: ThreadIndex, free_at: u64, until: u64) {
        let Thread { core, ready_at } = &mut self.threads[thread as usize];
        *ready_at = until;
        let core = *core;
        self.enqueue(core, free_at);
    }

    /// A thread that waits may go on from then on.
    pub(super) fn wake(&mut self, thread: ThreadIndex, at: u64) {
        let Thread { core, ready_at } = &mut self.threads[thread as usize];
        *ready_at = at + self.switch;
        let core = *core;
        self.enqueue(core, at);
    }

    /// Whether somebody else could use this thread's core then.
    pub(super) fn is_wanted(&self, thread: ThreadIndex, at: u64) -> bool {
        let core = &self.cores[usize::from(self.threads[thread as usize].core)];
        core.threads.iter().any(|&other| other != thread && self.threads[other as usize].ready_at <= at)
    }

    fn enqueue(&mut self, core: u16, at: u64) {
        let state = &mut self.cores[usize::from(core)];
        if !state.is_queued {
            state.is_queued = true;
            self.queue.push(Reverse((at, core)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_a_core_have_equal_time() {
        let mut scheduler = Scheduler::new(&Machine::near(2), 6);
        let mut time = [0; 6];
        let mut now = 0;
        while now < 200 * picoseconds(3e6) {
            let turn = scheduler.next().expect("nobody waits");
            now = turn.now;
            time[turn.thread as usize] += 1;
            scheduler.go_on(turn.thread, turn.now + 1_000_000);
        }
        let (least, most) = (time.iter().min().unwrap(), time.iter().max().unwrap());
        assert!(most - least < most / 10, "{time:?}");
    }

    #[test]
    fn a_core_serves_others_while_a_thread_waits() {
        let mut scheduler = Scheduler::new(&Machine::near(1), 2);
        let first = scheduler.next().expect("both are ready");
        scheduler.leave(first.thread, first.now, u64::MAX);
        let second = scheduler.next().expect("the other is ready");
        assert_ne!(second.thread, first.thread);
        scheduler.wake(first.thread, second.now);
        scheduler.leave(second.thread, second.now, u64::MAX);
        assert_eq!(scheduler.next().expect("it was woken").thread, first.thread);
    }

    #[test]
    fn nothing_is_next_when_all_wait() {
        let mut scheduler = Scheduler::new(&Machine::near(1), 1);
        let turn = scheduler.next().expect("it is ready");
        scheduler.leave(turn.thread, turn.now, u64::MAX);
        assert!(scheduler.next().is_none());
    }
}
