//! A store with a plan in hand, and what must be in it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use autoshard_tuning::{Group, Plan, PlanKind, ShardId, plan_to_count};

use super::touchy::Touchy;
use crate::{Store, migration::Step};

/// Entries of each store: some for each of the shards.
pub(super) const ENTRIES: u64 = 12;

/// What is replaced by what.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Split,
    Merge,
    Isolate,
    Shrink,
}

impl Shape {
    pub(super) const ALL: [Self; 4] = [Self::Split, Self::Merge, Self::Isolate, Self::Shrink];

    fn shards_before(self) -> usize {
        if matches!(self, Self::Merge) { 3 } else { 1 }
    }

    fn plan(self, directory: &[ShardId]) -> Plan {
        let all: Vec<u16> = (0..directory.len() as u16).collect();
        let (kind, targets) = match self {
            Self::Split => return plan_to_count(directory, &[], 3),
            Self::Merge => return plan_to_count(directory, &[], 1),
            Self::Isolate => (PlanKind::Isolate, vec![all[..1].to_vec(), all[1..].to_vec()]),
            Self::Shrink => (PlanKind::Shrink, vec![all]),
        };
        Plan { kind, groups: vec![Group { sources: vec![directory[0]], targets }] }
    }
}

/// A store with a plan in hand, and what must be in it.
pub(super) struct Subject {
    pub(super) store: Store<Touchy, Touchy>,
    expected: BTreeMap<u64, u64>,
    alive: Arc<AtomicI64>,
    label: String,
}

impl Subject {
    pub(super) fn new(shape: Shape, by_hand_over: bool, label: String) -> Self {
        let builder = Store::builder().set("shards.slots", 64).set("shards.max", 64).set("tuner.enabled", false);
        let builder = builder.set("shards.initial", shape.shards_before());
        // The smallest steps there are: an entry each.
        let builder = builder.set("migration.batch", 1).set("migration.step_us", 1);
        let store = if by_hand_over { builder.build_by_hand_over() } else { builder.build() };
        let mut subject = Self {
            store: store.expect("the policy is valid"),
            expected: BTreeMap::new(),
            alive: Arc::default(),
            label,
        };
        (0..ENTRIES).for_each(|number| subject.insert(number, number));
        subject.store.body().migrator.lock().begin(subject.store.body(), shape.plan(&subject.directory()));
        subject
    }

    pub(super) fn touchy(&self, number: u64) -> Touchy {
        Touchy::new(number, &self.alive)
    }

    fn insert(&mut self, key: u64, value: u64) {
        let before = self.store.insert(self.touchy(key), self.touchy(value));
        assert_eq!(before.map(|value| value.number), self.expected.insert(key, value), "{}", self.label);
    }

    fn directory(&self) -> Vec<ShardId> {
        self.store.control().directory.shards()
    }

    /// How many keys and values there are, copies and those that callers have included.
    pub(super) fn alive(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.alive)
    }

    /// One step; `false` if the plan is no longer in hand.
    pub(super) fn step(&self) -> bool {
        let mut migrator = self.store.body().migrator.lock();
        while !migrator.is_idle() {
            if self.store.body().step_locked(&mut migrator, Duration::ZERO) != Step::Waiting {
                return true;
            }
            // A pause after a panic.
            std::thread::sleep(Duration::from_micros(50));
        }
        false
    }

    /// One step, whatever comes of it, after the pause that a panic makes.
    pub(super) fn step_once(&self) {
        std::thread::sleep(Duration::from_micros(250));
        let mut migrator = self.store.body().migrator.lock();
        self.store.body().step_locked(&mut migrator, Duration::ZERO);
    }

    /// Where the migration stands.
    pub(super) fn state(&self) -> &'static str {
        let migrator = self.store.body().migrator.lock();
        let between = if migrator.is_idle() { "ended" } else { "begin or retire" };
        migrator.state().unwrap_or(between)
    }

    /// What others do meanwhile: every kind of change, and every kind of look.
    pub(super) fn use_store(&mut self, round: u64) {
        let (fresh, old) = (ENTRIES + round, round % ENTRIES);
        self.insert(fresh, round);
        self.insert(old, 100);
        let other = (old + 1) % ENTRIES;
        let value = self.touchy(round);
        let updated = self.store.update(&self.touchy(other), |old| *old = value);
        assert_eq!(updated, self.expected.get_mut(&other).map(|old| *old = round), "{}", self.label);
        let gone = (old + 2) % ENTRIES;
        let removed = self.store.remove(&self.touchy(gone)).map(|(_, value)| value.number);
        assert_eq!(removed, self.expected.remove(&gone), "{}", self.label);
        self.check();
    }

    /// Content and length, whatever is under way.
    fn check(&self) {
        let found: BTreeMap<u64, u64> =
            self.store.iter().map(|entry| (entry.key().number, entry.value().number)).collect();
        assert_eq!(found, self.expected, "{}", self.label);
        assert_eq!(self.store.len(), self.expected.len(), "{}", self.label);
        for number in 0..ENTRIES * 3 {
            let value = self.store.get(&self.touchy(number)).map(|value| value.number);
            assert_eq!(value.as_ref(), self.expected.get(&number), "{}: key {number}", self.label);
        }
    }

    /// To the plan's end; the store is whole, and as large as its entries.
    pub(super) fn finish(mut self, shards: &[usize]) {
        while self.step() {}
        self.check();
        self.store.audit();
        assert!(shards.contains(&self.store.shard_count()), "{}: {} shards", self.label, self.store.shard_count());
        assert_eq!(
            self.alive.load(Ordering::Relaxed),
            2 * self.expected.len() as i64,
            "{}: no copy is left",
            self.label
        );
        // Its shards can migrate again.
        self.use_store(7);
        self.store.reshard(5).unwrap_or_else(|error| panic!("{}: {error}", self.label));
        self.check();
        self.store.audit();
        let alive = Arc::clone(&self.alive);
        drop(self.store);
        assert_eq!(alive.load(Ordering::Relaxed), 0, "{}", self.label);
    }

    /// The migration never goes on.
    pub(super) fn end(self, round: usize) {
        let Self { store, expected, alive, label } = self;
        match round % 3 {
            0 => drop(store),
            1 => {
                let found =
                    store.into_iter().map(|(key, value)| (key.number, value.number)).collect::<BTreeMap<_, _>>();
                assert_eq!(found, expected, "{label}");
            }
            _ => {
                let view = store.into_read_only();
                let found: BTreeMap<_, _> = view.iter().map(|(key, value)| (key.number, value.number)).collect();
                assert_eq!(found, expected, "{label}");
                // Given back, it goes on after all.
                let store = view.into_inner();
                Self { store, expected, alive, label }.finish(&[1, 2, 3]);
                return;
            }
        }
        assert_eq!(alive.load(Ordering::Relaxed), 0, "{label}");
    }
}
