//! The cases that every model runs for.

use std::{
    hash::{BuildHasher, Hasher},
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use autoshard::Store;
use autoshard_tuning::{Bias, Group, Plan, PlanKind, ShardId, plan_to_count};

/// Slots of the stores: as few as a policy allows.
const SLOTS: u16 = 4;

/// What is replaced by what.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Split,
    Merge,
    Isolate,
    Shrink,
    /// Two shards by two others, with entries of either in both.
    Regroup,
}

/// How entries get there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    DualWrite,
    HandOver,
}

/// How the sources are locked when the model begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    Neutral,
    /// Readers announce themselves.
    Fenced,
    /// Whichever thread uses the store first, after the one that made it, reads and writes without the raw lock.
    Owned,
}

/// What the executions of one case came to, summed up.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    pub(crate) completed: AtomicU64,
    pub(crate) aborted: AtomicU64,
    /// Full shards that were split by whoever inserted.
    pub(crate) splits: AtomicU64,
}

/// A case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) shape: Shape,
    pub(crate) mode: Mode,
    pub(crate) lock: Lock,
    pub(crate) outcomes: Arc<Outcomes>,
}

impl Case {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let shapes = [Shape::Split, Shape::Merge, Shape::Isolate, Shape::Shrink, Shape::Regroup];
        let modes = [Mode::DualWrite, Mode::HandOver];
        let locks = [Lock::Neutral, Lock::Fenced, Lock::Owned];
        shapes.into_iter().flat_map(move |shape| {
            modes.into_iter().flat_map(move |mode| {
                locks.into_iter().map(move |lock| Self { shape, mode, lock, outcomes: Arc::default() })
            })
        })
    }

    /// A store with these keys, each with ten times itself as its value.
    pub(crate) fn subject(&self, keys: impl IntoIterator<Item = u64>) -> Subject {
        self.subject_with(keys, |key| key * 10, 100)
    }

    /// As [`subject`](Self::subject), with other values, and so many attempts to get a lock before a migration is given up.
    pub(crate) fn subject_with<V: Clone + Send + Sync + 'static>(
        &self,
        keys: impl IntoIterator<Item = u64>,
        value: impl Fn(u64) -> V,
        attempts: u32,
    ) -> Subject<V> {
        let builder = Store::builder()
            .set("shards.slots", SLOTS)
            .set("shards.max", SLOTS)
            .set("shards.initial", if matches!(self.shape, Shape::Merge | Shape::Regroup) { 2 } else { 1 })
            .set("shards.entries_max", 16)
            .set("migration.batch", 1)
            .set("migration.cut_over_attempts", attempts)
            .hasher(Slotted);
        let store = match self.mode {
            Mode::DualWrite => builder.build(),
            Mode::HandOver => builder.build_by_hand_over(),
        };
        let store = store.expect("the policy of the models is valid");
        keys.into_iter().for_each(|key| assert!(store.insert(key, value(key)).is_none()));
        let chosen = store.choose_bias(match self.lock {
            Lock::Neutral => Bias::Neutral,
            Lock::Fenced => Bias::Fenced,
            // Lines are numbered as they come; this thread's is the first.
            Lock::Owned => Bias::Owned(1),
        });
        assert_eq!(chosen, store.shard_count());
        Subject { case: self.clone(), store }
    }

    /// The plan for a store that is laid out like a fresh one.
    pub(crate) fn plan(&self, directory: &[ShardId]) -> Plan {
        let mut sources = directory.to_vec();
        sources.dedup();
        let replace_by = |kind, targets| Plan { kind, groups: vec![Group { sources, targets }] };
        match self.shape {
            Shape::Split => plan_to_count(directory, &[], 2),
            Shape::Merge => plan_to_count(directory, &[], 1),
            Shape::Isolate => replace_by(PlanKind::Isolate, vec![vec![1], vec![0, 2, 3]]),
            Shape::Shrink => replace_by(PlanKind::Shrink, vec![vec![0, 1, 2, 3]]),
            Shape::Regroup => replace_by(PlanKind::Split, vec![vec![0, 2], vec![1, 3]]),
        }
    }
}

/// A store under test.
pub(crate) struct Subject<V: 'static = u64> {
    case: Case,
    store: Store<u64, V, Slotted>,
}

impl<V> Deref for Subject<V> {
    type Target = Store<u64, V, Slotted>;

    fn deref(&self) -> &Self::Target {
        &self.store
    }
}

impl<V> Subject<V> {
    /// Carries the case's plan out, on this thread.
    pub(crate) fn migrate(&self) {
        self.store.carry_out(|directory| self.case.plan(directory));
    }

    /// At the end of an execution: asserts the store's invariants, and notes what became of its migrations.
    pub(crate) fn finish(self) {
        self.store.audit();
        let migrations = self.store.telemetry().migrations;
        assert_eq!(migrations.mismatches, 0, "verification found a difference");
        self.case.outcomes.completed.fetch_add(migrations.completed, Ordering::Relaxed);
        self.case.outcomes.aborted.fetch_add(migrations.aborted, Ordering::Relaxed);
        self.case.outcomes.splits.fetch_add(migrations.splits_in_growth, Ordering::Relaxed);
    }

    /// The store itself.
    pub(crate) fn into_store(self) -> Store<u64, V, Slotted> {
        self.store
    }
}

impl Subject {
    /// Asserts that the store holds exactly these entries, by each way to look at it, and finishes.
    pub(crate) fn finish_with(self, entries: impl IntoIterator<Item = (u64, u64)>) {
        self.assert_holds(entries);
        self.finish();
    }

    /// Asserts that the store holds exactly these entries, by each way to look at it.
    pub(crate) fn assert_holds(&self, entries: impl IntoIterator<Item = (u64, u64)>) {
        let mut expected: Vec<_> = entries.into_iter().collect();
        expected.sort_unstable();
        let mut found: Vec<_> = self.store.iter().map(|entry| (*entry.key(), *entry.value())).collect();
        found.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(self.store.len(), expected.len());
        expected.iter().for_each(|(key, value)| assert_eq!(self.store.get_cloned(key), Some(*value), "key {key}"));
    }
}

/// Puts key k into slot k % 4, and keys of a slot into neighbouring buckets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slotted;

/// Its hasher.
pub(crate) struct SlottedHasher(u64);

impl BuildHasher for Slotted {
    type Hasher = SlottedHasher;

    fn build_hasher(&self) -> SlottedHasher {
        SlottedHasher(0)
    }
}

impl Hasher for SlottedHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers");
    }

    fn write_u64(&mut self, key: u64) {
        // Slots lie right below the seven bits of the tag.
        let slot = (key % u64::from(SLOTS)) << (u64::BITS - 7 - SLOTS.trailing_zeros());
        self.0 = slot | key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
