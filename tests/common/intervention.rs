//! What the tuner does, step by step and whenever it is told to: of stores that were built with `--cfg fuzzing`.

use autoshard::Store;
use autoshard_tuning::{Bias, Group, Plan, PlanKind, ShardId, SlotId, plan_to_count};

use crate::{drawn::Drawn, operation::nth_shard_count};

/// Steps in a row, at most: few, so that migrations go on while other operations come.
const STEPS_MAX: u8 = 16;

/// Numbers of threads that may own a shard: one that is at work, and many that are not.
const OWNERS: u8 = 4;

/// Something that is done to a store, and leaves what it holds as it is.
#[derive(Clone, Debug, arbitrary::Arbitrary)]
pub(crate) enum Intervention {
    /// A plan is begun, unless there is one; who goes on with it comes later.
    Begin(Wish),
    /// The plan in hand goes on by some steps.
    Step(u8),
    /// The migration under way is given up.
    Abort,
    /// All shards get another mode of the lock.
    Lock(Mode),
    /// The plan in hand is carried out, and the store is looked over.
    Audit,
}

/// What a plan is to come to.
#[derive(Clone, Debug, arbitrary::Arbitrary)]
pub(crate) enum Wish {
    /// So many shards.
    Count(u8),
    /// A shard of its own for this slot.
    Isolate(u8),
    /// A fresh table for the shard of this slot.
    Shrink(u8),
    /// Two fresh shards for those of these slots, with entries of either in both.
    Regroup(u8, u8),
}

/// A mode of the lock.
#[derive(Clone, Copy, Debug, arbitrary::Arbitrary)]
pub(crate) enum Mode {
    Neutral,
    Fenced,
    Asymmetric,
    Owned(u8),
}

impl Intervention {
    /// Intervenes.
    pub(crate) fn apply<K: Drawn, V: Drawn>(&self, store: &Store<K, V>) {
        match self {
            Self::Begin(wish) => {
                store.begin(|directory| wish.plan(directory));
            }
            Self::Step(steps) => {
                let _idle = (0..=steps % STEPS_MAX).find(|_| !store.step());
            }
            Self::Abort => store.abort(),
            Self::Lock(mode) => assert_eq!(store.choose_bias(mode.bias()), store.shard_count(), "nobody is inside"),
            Self::Audit => {
                while store.step() {}
                store.audit();
            }
        }
    }
}

impl Wish {
    fn plan(&self, directory: &[ShardId]) -> Plan {
        let shard_of = |slot: u8| directory[usize::from(slot) % directory.len()];
        let slots_of = |shards: &[ShardId]| -> Vec<SlotId> {
            (0..).zip(directory).filter(|(_, shard)| shards.contains(shard)).map(|(slot, _)| slot).collect()
        };
        let (kind, mut sources, parts) = match *self {
            Self::Count(shards) => return plan_to_count(directory, &[], nth_shard_count(shards)),
            Self::Isolate(slot) => {
                let sources = vec![shard_of(slot)];
                let hot = SlotId::from(slot) % directory.len() as SlotId;
                (PlanKind::Isolate, sources.clone(), slots_of(&sources).into_iter().partition(|slot| *slot == hot))
            }
            Self::Shrink(slot) => {
                let sources = vec![shard_of(slot)];
                (PlanKind::Shrink, sources.clone(), (slots_of(&sources), Vec::new()))
            }
            Self::Regroup(one, other) => {
                let sources = vec![shard_of(one), shard_of(other)];
                (PlanKind::Split, sources.clone(), slots_of(&sources).into_iter().partition(|slot| slot % 2 == 0))
            }
        };
        sources.dedup();
        let targets: [Vec<SlotId>; 2] = parts.into();
        let targets = targets.into_iter().filter(|slots| !slots.is_empty()).collect();
        Plan { kind, groups: vec![Group { sources, targets }] }
    }
}

impl Mode {
    fn bias(self) -> Bias {
        match self {
            Self::Neutral => Bias::Neutral,
            Self::Fenced => Bias::Fenced,
            Self::Asymmetric => Bias::Asymmetric,
            Self::Owned(thread) => Bias::Owned(u32::from(thread % OWNERS) + 1),
        }
    }
}
