//! A writer that comes in the middle of a step waits for a few entries' time, however long the step might still be:
//! counted in entries, since a clock would show the machine's load.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use autoshard_tuning::plan_to_count;

use super::{Step, verify::GROUP};
use crate::Store;

/// Entries of the source: many times more than a step may go on with.
const ENTRIES: u64 = 200;

/// Calls of `Hash`, at most, from the moment when a writer waits until it is inside, or the step ends. Verification
/// hashes an entry twice, and those of the next group once before it enters their source; all else hashes once.
const HASHES_MAX: u64 = 3 * GROUP as u64;

/// The writer comes at one in so many of the calls that a migration makes of the user's code; it goes round all kinds
/// of calls.
const CALLS_BETWEEN: usize = 7;

/// Of a step by dual-write, which leaves when somebody waits: longer than any test.
const LONG: Duration = Duration::from_secs(3600);

thread_local! {
    /// Who comes while this thread is in a step.
    static NEWCOMER: RefCell<Option<Newcomer>> = const { RefCell::new(None) };
}

/// A key whose own code, called in a step, has a writer come.
#[derive(Debug)]
struct Key(u64);

impl Clone for Key {
    fn clone(&self) -> Self {
        Newcomer::note(false);
        Self(self.0)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        Newcomer::note(false);
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Newcomer::note(true);
        self.0.hash(state);
    }
}

/// A writer that comes at a certain call.
struct Newcomer {
    store: Arc<Store<Key, u64>>,
    /// Calls until it comes.
    calls_left: usize,
    writer: Option<JoinHandle<()>>,
    /// It is, or has been, inside.
    is_inside: Arc<AtomicBool>,
    /// Whether it had to wait.
    has_waited: bool,
    /// Calls of `Hash` while it waited.
    hashes: u64,
}

impl Newcomer {
    fn new(store: &Arc<Store<Key, u64>>, calls_left: usize) -> Self {
        let store = Arc::clone(store);
        Self { store, calls_left, writer: None, is_inside: Arc::default(), has_waited: false, hashes: 0 }
    }

    /// Notes a call of the user's code on this thread.
    fn note(is_hash: bool) {
        NEWCOMER.with_borrow_mut(|newcomer| {
            let Some(newcomer) = newcomer else { return };
            if newcomer.writer.is_some() {
                newcomer.hashes += u64::from(is_hash && !newcomer.is_inside.load(Ordering::Acquire));
            } else if newcomer.calls_left > 0 {
                newcomer.calls_left -= 1;
            } else {
                newcomer.come();
            }
        });
    }

    /// Calls of `Hash` that the writer has waited for; `None` if it has not come.
    fn hashes() -> Option<u64> {
        NEWCOMER.with_borrow(|newcomer| newcomer.as_ref().filter(|it| it.writer.is_some()).map(|it| it.hashes))
    }

    /// Has the writer come, and goes on once it waits, or is inside already.
    fn come(&mut self) {
        let (store, is_inside) = (Arc::clone(&self.store), Arc::clone(&self.is_inside));
        let source = store.control().directory.shards()[0];
        self.writer = Some(thread::spawn(move || {
            store.update(&Key(0), |value| {
                *value += 1;
                // From in here, so that the step cannot be in the source again before it is known.
                is_inside.store(true, Ordering::Release);
            });
        }));
        let lock = &self.store.control().headers.get(source).lock;
        while !lock.is_awaited() && !self.is_inside.load(Ordering::Acquire) {
            thread::yield_now();
        }
        self.has_waited = !self.is_inside.load(Ordering::Acquire);
    }
}

/// A store with one shard.
fn store(by_hand_over: bool) -> Arc<Store<Key, u64>> {
    let builder = Store::builder().set("shards.slots", 64).set("shards.max", 64).set("tuner.enabled", false);
    let builder = builder.set("shards.initial", 1).set("migration.batch", 65_536);
    let store = if by_hand_over { builder.build_by_hand_over() } else { builder.build() };
    let store = store.expect("the policy is valid");
    (0..ENTRIES).for_each(|key| {
        store.insert(Key(key), 0);
    });
    assert_eq!(store.shard_count(), 1);
    Arc::new(store)
}

/// Splits a store's shard, while a writer comes at a certain call of the user's code. Tells in which state, if it had
/// to wait there; `None` if there are not so many calls.
fn split_with_newcomer(by_hand_over: bool, call: usize) -> Option<Option<&'static str>> {
    let store = store(by_hand_over);
    let body = store.body();
    // What holds its source exclusively cannot see who waits, and so has to be short.
    let length = if by_hand_over { Duration::ZERO } else { LONG };
    let mut migrator = body.migrator.lock();
    migrator.begin(body, plan_to_count(&store.control().directory.shards(), &[], 3));
    NEWCOMER.set(Some(Newcomer::new(&store, call)));
    let mut came_in = None;
    while !migrator.is_idle() {
        let state = migrator.state();
        if body.step_locked(&mut migrator, length) == Step::Waiting {
            thread::yield_now();
        }
        // What later steps do it does not wait for, unless it gets in between two of them only then.
        came_in = came_in.or_else(|| Some((state?, Newcomer::hashes()?)));
    }
    let Newcomer { writer, has_waited, .. } = NEWCOMER.take()?;
    writer?.join().expect("no panic");
    let (state, hashes) = came_in?;
    assert!(
        hashes <= HASHES_MAX,
        "by hand-over: {by_hand_over}, call {call}, {state}: the writer waited for {hashes} entries"
    );
    assert_eq!((store.get_cloned(&Key(0)), store.len() as u64), (Some(1), ENTRIES));
    assert_eq!(store.shard_count(), 3);
    Some(has_waited.then_some(state))
}

#[test]
fn a_writer_waits_for_a_few_entries_of_a_step_at_most() {
    for by_hand_over in [false, true] {
        let calls = (0..).step_by(CALLS_BETWEEN);
        let waits = calls.map_while(|call| split_with_newcomer(by_hand_over, call)).flatten();
        let states: BTreeSet<_> = waits.collect();
        for state in ["backfill", "verify"] {
            assert!(states.contains(state), "by hand-over: {by_hand_over}: nobody had to wait in {state}: {states:?}");
        }
    }
}
