//! The users of an async service: many tasks, few threads, and one map of who is there. Each task updates users' status, a burst between two points at
//! which it lets others run; no guard, and no handle, is held across one. What a web server adds is left out.

use std::{
    slice,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Runtime},
    task,
};

use super::{Figures, Round, Trial, single};
use crate::{
    cores,
    fault::Fault,
    keys::{Ranks, scattered},
    latency::Latencies,
    maps::{Contestant, Handle, Map, Visitor},
    operation::Operation,
    round::{Tally, fill},
    shares::Shares,
    value::Value,
    workload::{Cell, Settings},
};

/// Operations prepared for all tasks together; each begins at a place of its own, and goes round.
const OPERATIONS: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

/// Updates of a task before it lets others run; the first is timed.
const BURST: usize = 32;

const UPDATES: Shares = Shares::reading(0);

/// What a service knows of a user.
#[derive(Clone, Debug)]
struct Status {
    state: State,
    /// Of the last change.
    since: u64,
    changes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Online,
    Away,
}

impl Value for Status {
    fn fresh() -> Self {
        Self { state: State::Online, since: 0, changes: 0 }
    }

    fn updates(&self) -> u64 {
        self.changes
    }

    fn update(&mut self) {
        self.state = if self.state == State::Online { State::Away } else { State::Online };
        self.since = self.since.wrapping_add(60);
        self.changes += 1;
    }

    fn digest(&self) -> u64 {
        self.state as u64 ^ self.since
    }
}

/// Users, and whose status is updated next.
pub(crate) struct Service {
    users: Vec<u64>,
    updates: Arc<[Operation<u64>]>,
    tasks: usize,
    settings: Settings,
}

impl Service {
    /// The cell's threads are tasks here.
    pub(crate) fn new(cell: &Cell, settings: &Settings) -> Self {
        let users = scattered(cell.keys, settings.seed);
        let ranks = Ranks::of(cell.distribution, users.len());
        let updates = UPDATES.operations(&users, ranks, OPERATIONS, &settings.thread_seeds(1)).remove(0);
        Self { users, updates: updates.into(), tasks: cell.threads, settings: *settings }
    }

    /// All tasks, for so long: updates, updates a second, and what single ones took.
    fn serve<M: Map<u64, Status>>(
        &self,
        runtime: &Runtime,
        map: &Arc<M>,
        length: Duration,
    ) -> Result<(u64, f64, Latencies), Fault> {
        let up = Arc::new(AtomicBool::new(false));
        let start = Instant::now();
        let tasks = if M::SHARED { self.tasks } else { 1 };
        let tasks: Vec<_> = (0..tasks)
            .map(|index| {
                let (map, updates, up) = (Arc::clone(map), Arc::clone(&self.updates), Arc::clone(&up));
                let first = index * updates.len() / self.tasks;
                runtime.spawn(async move { update_until(&*map, &updates, first, &up).await })
            })
            .collect();
        std::thread::sleep(length);
        up.store(true, Ordering::Relaxed);
        let (mut done, mut latencies) = (0, Latencies::new());
        for task in tasks {
            let (updates, times) = runtime.block_on(task).map_err(|_| Fault::Panicked)?;
            done += updates;
            times.into_iter().for_each(|time| latencies.record(time));
        }
        Ok((done, done as f64 / start.elapsed().as_secs_f64(), latencies))
    }
}

/// A task, which makes a burst at least: how many updates it made, and what the timed ones took.
async fn update_until<M: Map<u64, Status>>(
    map: &M,
    updates: &[Operation<u64>],
    first: usize,
    up: &AtomicBool,
) -> (u64, Vec<Duration>) {
    let (mut done, mut times) = (0, Vec::new());
    for burst in updates[first..].chunks(BURST).chain(updates[..first].chunks(BURST)).cycle() {
        done += burst_of(map, burst, &mut times);
        if up.load(Ordering::Relaxed) {
            break;
        }
        task::yield_now().await;
    }
    (done, times)
}

fn burst_of<M: Map<u64, Status>>(map: &M, burst: &[Operation<u64>], times: &mut Vec<Duration>) -> u64 {
    let mut handle = map.handle();
    let (timed, rest) = burst.split_at(1);
    let tally = Tally::of(|tally| {
        let start = Instant::now();
        tally.work(&mut handle, slice::from_ref(&timed[0]));
        times.push(start.elapsed());
        tally.work(&mut handle, rest);
    });
    tally.updated
}

impl Trial for Service {
    fn conduct(&self, contestant: Contestant) -> Round<'_> {
        single(move || contestant.accept::<u64, Status, _>(self))
    }
}

impl Visitor<u64, Status> for &Service {
    type Output = Result<Figures, Fault>;

    /// A map that may not be shared has one task.
    fn visit<M: Map<u64, Status>>(self) -> Result<Figures, Fault> {
        let map = Arc::new(M::with_capacity(self.users.len()));
        fill(&*map, &self.users)?;
        let runtime = Builder::new_multi_thread().worker_threads(cores::count()).build()?;
        let (warm_up, ..) = self.serve(&runtime, &map, self.settings.warm_up)?;
        let (done, per_s, latencies) = self.serve(&runtime, &map, self.settings.length)?;
        let (mut found, expected) = (0, warm_up + done);
        map.handle().for_each(|_, status| found += status.updates());
        if found != expected {
            return Err(Fault::Updates { found, expected });
        }
        let mut figures = Figures { mops: Some(per_s / 1e6), ..Figures::default() };
        latencies.report_costs("update", &mut figures);
        Ok(figures)
    }
}
