//! What is counted: an operation of a map.

use std::hint::black_box;

use dashmap::DashMap;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::common::{
    forced::{BIASES, Forced, RARELY},
    map::Map,
};

/// Entries: as many as stay in the nearest caches, since callgrind counts no misses anyway.
pub(crate) const ENTRIES: u64 = 1000;

/// What is done to each key in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Get,
    GetCloned,
    View,
    Miss,
    Update,
    /// Replaces the value.
    Insert,
    /// Removes the entry, and inserts it again.
    Exchange,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] =
        [Self::Get, Self::GetCloned, Self::View, Self::Miss, Self::Update, Self::Insert, Self::Exchange];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetCloned => "get_cloned",
            Self::View => "view",
            Self::Miss => "get_cloned, miss",
            Self::Update => "update",
            Self::Insert => "insert, replacing",
            Self::Exchange => "remove and insert",
        }
    }
}

/// Whose operation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Nobody's: what the loop itself takes, which is part of all other figures.
    Loop,
    Hashbrown,
    DashMap,
    Store(Forced),
}

impl Subject {
    /// All, in the order of the report. Sampling is added to the dearest mode of entry and to the cheapest.
    pub(crate) fn all() -> Vec<Self> {
        let rarely = BIASES.map(|bias| Self::Store(Forced { bias, sample_every: RARELY }));
        // One in 16 is the default, and one in 128 what its budget leaves of it at 25 million accesses a second.
        let sampled = [16, 128].map(|sample_every| Self::Store(Forced { bias: "neutral", sample_every }));
        [Self::Loop, Self::Hashbrown, Self::DashMap].into_iter().chain(rarely).chain(sampled).collect()
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Loop => "the loop alone".to_owned(),
            Self::Hashbrown => "hashbrown".to_owned(),
            Self::DashMap => "dashmap".to_owned(),
            Self::Store(Forced { bias, sample_every: RARELY }) => bias.to_owned(),
            Self::Store(Forced { bias, sample_every }) => format!("{bias}, sampled 1 in {sample_every}"),
        }
    }
}

/// An operation of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) subject: Subject,
    pub(crate) operation: Operation,
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let cases = |subject| Operation::ALL.map(|operation| Case { subject, operation });
    let has_operations = |case: &Case| case.subject != Subject::Loop || case.operation == Operation::Get;
    Subject::all().into_iter().flat_map(cases).filter(has_operations).collect()
}

impl Case {
    pub(crate) fn name(&self) -> String {
        format!("{}: {}", self.subject.name(), self.operation.name())
    }

    /// Makes the map and goes through its keys so many times; `false` if the map is not to be had here.
    pub(crate) fn run(&self, passes: u64) -> bool {
        let keys: Vec<u64> = (0..ENTRIES).collect();
        let entries = || keys.iter().map(|&key| (key, key));
        match self.subject {
            Subject::Loop => (0..passes).for_each(|_| assert_eq!(counted_pass_of_nothing(&keys), expected(&keys))),
            Subject::Hashbrown => {
                let mut map = HashMap::with_capacity_and_hasher(2 * keys.len(), FixedState::default());
                map.extend(entries());
                self.pass_often(&mut map, &keys, passes);
            }
            Subject::DashMap => {
                let mut map = DashMap::with_capacity_and_hasher(2 * keys.len(), FixedState::default());
                map.extend(entries());
                self.pass_often(&mut map, &keys, passes);
            }
            Subject::Store(forced) => {
                let Some(mut store) = forced.store(FixedState::default(), &keys) else { return false };
                let lost_before = store.telemetry().sampling.samples_lost;
                self.pass_often(&mut store, &keys, passes);
                let lost = store.telemetry().sampling.samples_lost - lost_before;
                assert_eq!(lost, 0, "a lost sample takes fewer instructions than one that is kept");
            }
        }
        true
    }

    fn pass_often(&self, map: &mut impl Map, keys: &[u64], passes: u64) {
        let absent: Vec<u64> = keys.iter().map(|key| key + ENTRIES).collect();
        let operands = if self.operation == Operation::Miss { &absent } else { keys };
        for pass in 0..passes {
            let expected = match self.operation {
                Operation::Miss => 0,
                Operation::Update => expected(keys) + pass * ENTRIES,
                _ => expected(keys),
            };
            assert_eq!(self.counted_pass(map, operands), expected, "{} answered wrongly", self.name());
        }
    }

    /// Goes through the keys once; returns the sum of the values that were found. A function of its own, by whose name callgrind
    /// knows when to count.
    #[inline(never)]
    fn counted_pass(&self, map: &mut impl Map, keys: &[u64]) -> u64 {
        match self.operation {
            Operation::Get => sum(keys, |key| map.get(key)),
            Operation::GetCloned | Operation::Miss => sum(keys, |key| map.get_cloned(key)),
            Operation::View => sum(keys, |key| map.view(key)),
            Operation::Update => sum(keys, |key| map.update(key)),
            Operation::Insert => sum(keys, |key| map.insert(key, key)),
            Operation::Exchange => sum(keys, |key| {
                let removed = map.remove(key);
                map.insert(key, key);
                removed
            }),
        }
    }
}

#[inline(never)]
fn counted_pass_of_nothing(keys: &[u64]) -> u64 {
    sum(keys, Some)
}

#[inline(always)]
fn sum(keys: &[u64], mut operation: impl FnMut(u64) -> Option<u64>) -> u64 {
    // The compiler must not know the keys, nor make one loop of two.
    keys.iter().fold(0, |sum, &key| sum + operation(black_box(key)).unwrap_or(0))
}

/// What a pass finds in a map in which each key is its value.
fn expected(keys: &[u64]) -> u64 {
    keys.iter().sum()
}
