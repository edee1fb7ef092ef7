//! Threads that carry out operations on shards, one after another in the order of virtual time.

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{
    keys::{Drawn, Keys},
    layout::Layout,
    machine::{Machine, picoseconds},
    probe::ProbeCosts,
    scheduler::{Scheduler, Turn},
    shard::Shard,
    workload::Traffic,
};
use crate::Bias;

/// Values whose lines are followed from core to core, at most.
const VALUES_MAX: usize = 1 << 20;
/// A value's line that no core has for itself.
const SHARED: u16 = u16::MAX;
/// Whoever would have to wait so long gives the processor away, if somebody else wants it. As parking locks do, roughly.
const PATIENCE: u64 = 5_000_000;
/// After so long, what a core has at hand for waiting has made room for something else.
const FORGOTTEN: u64 = 800_000;
/// A look at a presence line that is at hand, in picoseconds.
const LOOK: u64 = 1000;

/// The threads of a traffic, and all that they find where they left it.
pub(super) struct Engine {
    machine: Machine,
    prices: Prices,
    traffic: Traffic,
    keys: Keys,
    random: SmallRng,
    scheduler: Scheduler,
    /// What each thread has not finished.
    unfinished: Vec<Option<Unfinished>>,
    /// Whether somebody has looked at a core's presence line since it was last written.
    presence_taken: Vec<bool>,
    /// When each core last had to wait.
    waited_at: Vec<u64>,
    /// Time that heavy barriers have taken from each core, and that is not yet paid.
    interrupted: Vec<u64>,
    /// The core that wrote each value last, and has its line for itself.
    values: Vec<u16>,
    costs: ProbeCosts,
    shards_costed: usize,
    now: u64,
}

/// The machine's prices, in picoseconds.
struct Prices {
    outside: u64,
    inside: u64,
    neutral: u64,
    fenced: u64,
    patient: u64,
    cold: u64,
    write: u64,
    owned: u64,
    pause: u64,
    barrier: u64,
    /// A line of any other core, and what of that cannot be overlapped.
    line: u64,
    line_exposed: u64,
}

/// An operation.
#[derive(Clone, Copy, Debug)]
struct Operation {
    drawn: Drawn,
    is_write: bool,
}

/// What a thread has yet to do.
#[derive(Clone, Copy, Debug)]
enum Unfinished {
    /// It waits for a shard since then.
    Waits { operation: Operation, since: u64 },
    /// It lost the processor inside this shard, with so much left to do there.
    Inside { shard: u16, left: u64 },
}

/// What a stretch of operations came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stretch {
    pub(super) operations: u64,
    pub(super) elapsed_ps: u64,
    /// Time that cores spent on them, pauses and waits for a processor left out.
    pub(super) busy_ps: u64,
}

/// Being inside a shard.
#[derive(Clone, Copy, Debug)]
struct Stay {
    until: u64,
    /// Whether others are kept out.
    exclusive: bool,
}

impl Engine {
    pub(super) fn new(machine: &Machine, traffic: &Traffic, seed: u64) -> Self {
        let scheduler = Scheduler::new(machine, traffic.threads);
        let cores = scheduler.cores();
        let writes = traffic.write_share.clamp(0.0, 1.0);
        let prices = Prices {
            // What a branch takes that cannot be foreseen: whether an operation reads or writes.
            outside: picoseconds(machine.outside_ns + machine.surprise_ns * 2.0 * writes * (1.0 - writes)),
            inside: picoseconds(machine.inside_ns),
            neutral: picoseconds(machine.neutral_ns),
            fenced: picoseconds(machine.fenced_ns),
            patient: picoseconds(machine.patient_ns),
            cold: picoseconds(machine.cold_ns),
            write: picoseconds(machine.write_ns),
            owned: picoseconds(machine.owned_ns),
            pause: picoseconds(traffic.pause_ns),
            barrier: picoseconds(machine.heavy_barrier_ns),
            line: picoseconds(machine.mean_transfer_ns()),
            line_exposed: picoseconds(machine.mean_transfer_ns() * machine.line_exposed),
        };
        Self {
            prices,
            keys: Keys::new(traffic),
            random: SmallRng::seed_from_u64(seed),
            unfinished: vec![None; traffic.threads.max(1) as usize],
            presence_taken: vec![false; cores],
            waited_at: vec![0; cores],
            interrupted: vec![0; cores],
            values: vec![SHARED; VALUES_MAX.min(traffic.keys as usize)],
            costs: ProbeCosts::new(machine, traffic, 1),
            shards_costed: 1,
            scheduler,
            machine: machine.clone(),
            traffic: traffic.clone(),
            now: 0,
        }
    }

    /// Lets the threads carry out so many operations.
    pub(super) fn run(&mut self, layout: &mut Layout, operations: u64) -> Stretch {
        if self.shards_costed != layout.shard_count() {
            self.shards_costed = layout.shard_count();
            self.costs = ProbeCosts::new(&self.machine, &self.traffic, self.shards_costed);
        }
        let mut stretch = Stretch::default();
        let start = self.now;
        while stretch.operations < operations {
            let Some(turn) = self.scheduler.next() else { break };
            self.now = self.now.max(turn.now);
            self.take_turn(turn, layout, &mut stretch);
        }
        stretch.elapsed_ps = (self.now - start).max(1);
        stretch
    }

    /// One operation, or what is left of one.
    fn take_turn(&mut self, turn: Turn, layout: &mut Layout, stretch: &mut Stretch) {
        let interrupted = std::mem::take(&mut self.interrupted[usize::from(turn.core)]);
        let turn = Turn { now: turn.now + interrupted, ..turn };
        let (operation, wait) = match self.unfinished[turn.thread as usize].take() {
            Some(Unfinished::Inside { shard, left }) => {
                self.come_out(turn, layout.shard(shard), left);
                stretch.operations += 1;
                stretch.busy_ps += left + interrupted;
                return;
            }
            Some(Unfinished::Waits { operation, since }) => (operation, Some(since)),
            None => (self.draw(), None),
        };
        let id = layout.shard_of(operation.drawn.key);
        let shard = layout.shard(id);
        let ready = if wait.is_some() { turn.now } else { turn.now + self.prices.outside + self.costs.header };
        let Some(stay) = self.enter(turn, shard, operation, ready, wait) else { return };
        stretch.busy_ps += interrupted;
        let loses_processor =
            stay.exclusive && stay.until > turn.ends && self.scheduler.is_wanted(turn.thread, turn.ends);
        if loses_processor {
            shard.free_at = u64::MAX;
            let ends = turn.ends.max(turn.now);
            self.unfinished[turn.thread as usize] =
                Some(Unfinished::Inside { shard: id, left: stay.until - ends.min(stay.until) });
            stretch.busy_ps += ends - turn.now;
            self.scheduler.go_on(turn.thread, ends);
            return;
        }
        stretch.operations += 1;
        stretch.busy_ps += stay.until - turn.now;
        self.scheduler.leave(turn.thread, stay.until, stay.until + self.prices.pause);
    }

    fn draw(&mut self) -> Operation {
        let drawn = self.keys.draw(&mut self.random);
        Operation { drawn, is_write: self.random.random::<f64>() < self.traffic.write_share }
    }

    /// Whoever had lost the processor inside comes out, and wakes those who wait.
    fn come_out(&mut self, turn: Turn, shard: &mut Shard, left: u64) {
        let out = turn.now + left;
        shard.free_at = out;
        for thread in std::mem::take(&mut shard.waiting) {
            self.scheduler.wake(thread, out);
        }
        self.scheduler.leave(turn.thread, out, out + self.prices.pause);
    }

    /// Goes in, as the shard's mode has it; `None` if somebody is inside who will be long, and the thread waits.
    fn enter(
        &mut self,
        turn: Turn,
        shard: &mut Shard,
        operation: Operation,
        ready: u64,
        wait: Option<u64>,
    ) -> Option<Stay> {
        let may_announce = match shard.bias {
            Bias::Owned(owner) => owner == turn.thread,
            Bias::Fenced | Bias::Asymmetric => !operation.is_write,
            Bias::Neutral => false,
        };
        if may_announce {
            return self.enter_announced(turn, shard, operation, ready, wait);
        }
        let arrival = shard.line.take(turn.core, ready, &self.machine);
        let exposed = (arrival.transfer as f64 * self.machine.line_exposed) as u64;
        let there = if arrival.queued { arrival.at } else { ready + exposed } + self.prices.neutral;
        let since = wait.unwrap_or(there);
        if shard.free_at > there && self.gives_way(turn, shard, operation, since) {
            return None;
        }
        let mut inside = there;
        // Whoever loses the line as soon as he has it must have it back to open the lock: those after him find it taken. Without that, a lock
        // that all want has two states, of which chance chooses one: taken by each as the line comes, or handed on as it is opened.
        if shard.free_at > there || arrival.crowded {
            // Whoever finds somebody inside has his place after him, but needs a while to get there.
            inside = (shard.free_at + arrival.transfer).max(there + self.patience(turn.core, shard.has_queue, there));
        }
        shard.has_queue = wait.is_some() || inside > there;
        if shard.has_queue {
            shard.waited(inside.saturating_sub(since));
        }
        inside += self.revocation(turn, shard, operation, inside);
        let until = inside + self.inside(turn.core, operation);
        shard.free_at = until;
        Some(Stay { until, exclusive: true })
    }

    /// What it takes to wait, on a core that has, or has not, done so lately; in a queue that is hidden behind the others.
    fn patience(&mut self, core: u16, has_queue: bool, at: u64) -> u64 {
        let last = std::mem::replace(&mut self.waited_at[usize::from(core)], at);
        let since = if has_queue { 0 } else { at.saturating_sub(last).min(FORGOTTEN) };
        let forgotten = since as f64 / FORGOTTEN as f64;
        self.prices.patient + (self.prices.cold as f64 * forgotten * forgotten) as u64
    }

    /// Gives the processor away instead of waiting for this shard, if whoever is inside will be long.
    fn gives_way(&mut self, turn: Turn, shard: &mut Shard, operation: Operation, since: u64) -> bool {
        let until = shard.free_at;
        let is_lost = until == u64::MAX;
        if is_lost {
            shard.waiting.push(turn.thread);
        } else if until - turn.now < PATIENCE || !self.scheduler.is_wanted(turn.thread, turn.now) {
            return false;
        }
        self.unfinished[turn.thread as usize] = Some(Unfinished::Waits { operation, since });
        self.scheduler.leave(turn.thread, turn.now + self.prices.patient, until);
        true
    }

    /// Enters by announcement, once nobody is inside exclusively.
    fn enter_announced(
        &mut self,
        turn: Turn,
        shard: &mut Shard,
        operation: Operation,
        ready: u64,
        wait: Option<u64>,
    ) -> Option<Stay> {
        if shard.free_at <= ready {
            wait.inspect(|since| shard.waited(ready.saturating_sub(*since)));
            return Some(self.announced(turn, shard, operation, ready));
        }
        let since = wait.unwrap_or(ready);
        if self.gives_way(turn, shard, operation, since) {
            return None;
        }
        let at = shard.free_at.max(ready + self.patience(turn.core, shard.has_queue, ready));
        shard.waited(at.saturating_sub(since));
        Some(self.announced(turn, shard, operation, at))
    }

    /// Announces itself: a reader of a read-biased shard, or an owner.
    fn announced(&mut self, turn: Turn, shard: &mut Shard, operation: Operation, ready: u64) -> Stay {
        let core = usize::from(turn.core);
        let mut at = ready
            + match shard.bias {
                Bias::Fenced => self.prices.fenced,
                Bias::Owned(_) => self.prices.owned,
                _ => 0,
            };
        if std::mem::take(&mut self.presence_taken[core]) {
            at += self.prices.line_exposed;
        }
        if shard.seen[core] != shard.version {
            shard.seen[core] = shard.version;
            at += self.prices.line_exposed;
        }
        let until = at + self.inside(turn.core, operation);
        shard.readers_until = shard.readers_until.max(until);
        Stay { until, exclusive: false }
    }

    /// What it takes to revoke the shard's mode, if this operation must: it is inside the lock by then.
    fn revocation(&mut self, turn: Turn, shard: &mut Shard, operation: Operation, at: u64) -> u64 {
        let is_kept = match shard.bias {
            Bias::Neutral => true,
            Bias::Fenced | Bias::Asymmetric => !operation.is_write,
            Bias::Owned(_) => false,
        };
        if is_kept {
            return 0;
        }
        let others = self.presence_taken.len() as u64 - 1;
        let look = others * self.prices.line + u64::from(self.traffic.threads) * LOOK;
        let mut cost = self.prices.patient + look;
        if shard.bias.is_heavy() {
            cost += self.prices.barrier;
            shard.counts.barriers.add(self.prices.barrier);
            self.interrupted.iter_mut().for_each(|core| *core += self.prices.barrier / 4);
            shard.bias = if matches!(shard.bias, Bias::Owned(_)) { Bias::Neutral } else { Bias::Fenced };
        } else {
            shard.counts.looks.add(look);
        }
        let own = usize::from(turn.core);
        self.presence_taken.iter_mut().enumerate().for_each(|(core, taken)| *taken |= core != own);
        cost = cost.max(shard.readers_until.saturating_sub(at));
        shard.version = shard.version.wrapping_add(1);
        shard.seen[own] = shard.version;
        shard.counts.revocations += 1;
        shard.counts.revocation_ps += cost;
        cost
    }

    /// The work inside: a look-up, and the value's line if another core has written it.
    fn inside(&mut self, core: u16, operation: Operation) -> u64 {
        let Drawn { place, key } = operation.drawn;
        let mut cost = self.prices.inside + self.costs.of_place(place);
        cost += if operation.is_write { self.prices.write } else { 0 };
        let is_kept = self.costs.is_kept(place);
        let Some(writer) = self.values.get_mut(key as usize).filter(|_| is_kept) else { return cost };
        let before = *writer;
        if before != core && (before != SHARED || operation.is_write) {
            let from = if before == SHARED { (core + 1) % self.presence_taken.len() as u16 } else { before };
            if from != core {
                cost += (self.machine.transfer(from, core) as f64 * self.machine.line_exposed) as u64;
            }
        }
        if operation.is_write {
            *writer = core;
        } else if before != core {
            *writer = SHARED;
        }
        cost
    }
}
