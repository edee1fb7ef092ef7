//! Operations on single keys, drawn at random.

use rand::{RngExt, prelude::IndexedRandom, rngs::SmallRng};

use crate::history::Value;

/// Keys, few enough that operations on one overlap, and enough that shards fill up and split.
pub(crate) const KEYS: u64 = 64;

/// Keys among them that get half of all operations.
const KEYS_BUSY: u64 = 4;

/// One operation in so many lets others run while it is inside.
const DAWDLES_ONE_IN: u32 = 16;

/// An operation of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Get,
    View,
    ContainsKey,
    TryGet,
    Insert,
    Remove,
    Update,
    Upsert,
    GetMut,
    CompareExchange,
    OrInsert,
    AndModify,
    EntryRemove,
}

/// All of them, some more often than others, so that a key is there and is not, and is changed in place in between.
const DRAWN: [Kind; 20] = [
    Kind::Get,
    Kind::Get,
    Kind::Get,
    Kind::View,
    Kind::ContainsKey,
    Kind::TryGet,
    Kind::Insert,
    Kind::Insert,
    Kind::Remove,
    Kind::Remove,
    Kind::Update,
    Kind::Update,
    Kind::Update,
    Kind::Upsert,
    Kind::GetMut,
    Kind::CompareExchange,
    Kind::CompareExchange,
    Kind::OrInsert,
    Kind::AndModify,
    Kind::EntryRemove,
];

impl Kind {
    /// As the history calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::View => "view",
            Self::ContainsKey => "contains_key",
            Self::TryGet => "try_get",
            Self::Insert => "insert",
            Self::Remove => "remove",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::GetMut => "get_mut",
            Self::CompareExchange => "compare_exchange",
            Self::OrInsert => "or_insert",
            Self::AndModify => "and_modify",
            Self::EntryRemove => "entry, remove",
        }
    }
}

/// An operation with what it is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action {
    pub(crate) kind: Kind,
    pub(crate) key: u64,
    /// What it writes, if it writes: no other operation writes the same.
    pub(crate) value: u64,
    /// What a `compare_exchange` expects.
    pub(crate) expected: Value,
    /// Whether a `compare_exchange` is to remove the key.
    pub(crate) removes: bool,
    /// Whether it lets others run while it is inside, if it can: only so do operations overlap often where cores are few.
    pub(crate) dawdles: bool,
}

impl Action {
    /// Any operation. `last_seen` tells what the thread last knew of a key, so that comparisons often succeed.
    pub(crate) fn draw(random: &mut SmallRng, value: u64, last_seen: impl Fn(u64) -> Value) -> Self {
        let keys = if random.random() { KEYS_BUSY } else { KEYS };
        let key = random.random_range(0..keys);
        Self {
            kind: *DRAWN.choose(random).expect("there are kinds"),
            key,
            value,
            expected: last_seen(key),
            removes: random.random_ratio(1, 4),
            dawdles: random.random_ratio(1, DAWDLES_ONE_IN),
        }
    }

    /// Looks up a key.
    pub(crate) fn get(key: u64) -> Self {
        Self { kind: Kind::Get, key, value: 0, expected: None, removes: false, dawdles: false }
    }

    /// What a `compare_exchange` leaves.
    pub(crate) fn leaves(&self) -> Value {
        (!self.removes).then_some(self.value)
    }
}
