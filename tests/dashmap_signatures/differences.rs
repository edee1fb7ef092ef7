//! Where we differ from dashmap on purpose, and why.

/// An auto trait that a type of dashmap's has and ours has not.
#[derive(Debug)]
pub(crate) struct AutoTraitMissing {
    /// The type.
    pub(crate) name: &'static str,
    /// The trait.
    pub(crate) lacks: &'static str,
    /// The types of key and value with which that is so.
    pub(crate) entries: &'static [&'static str],
    /// Why.
    #[expect(dead_code, reason = "read by people, here and where the test fails")]
    pub(crate) reason: &'static str,
}

/// All of them.
pub(crate) const AUTO_TRAITS_MISSING: &[AutoTraitMissing] = &[
    AutoTraitMissing { name: "Ref", lacks: "Send", entries: SENT, reason: SINGLE_GUARD },
    AutoTraitMissing { name: "RefMut", lacks: "Send", entries: SENT, reason: SINGLE_GUARD },
    AutoTraitMissing { name: "Entry", lacks: "Send", entries: SENT, reason: SINGLE_GUARD },
    AutoTraitMissing { name: "OccupiedEntry", lacks: "Send", entries: SENT, reason: SINGLE_GUARD },
    AutoTraitMissing { name: "VacantEntry", lacks: "Send", entries: SENT, reason: SINGLE_GUARD },
    AutoTraitMissing { name: "TryResult", lacks: "Send", entries: SENT, reason: SINGLE_GUARD },
    AutoTraitMissing { name: "Iter", lacks: "Send", entries: &[CELL], reason: SHARES_ENTRIES },
    AutoTraitMissing { name: "IterMut", lacks: "Send", entries: &[CELL], reason: AS_A_SHARED_MAP },
    AutoTraitMissing { name: "RefMutMulti", lacks: "Send", entries: &[GUARD], reason: GIVES_AWAY_ENTRIES },
    AutoTraitMissing { name: "Iter", lacks: "Sync", entries: &[GUARD], reason: AS_A_SHARED_MAP },
    AutoTraitMissing { name: "IterMut", lacks: "Sync", entries: &[GUARD], reason: AS_A_SHARED_MAP },
    AutoTraitMissing { name: "OwningIter", lacks: "Sync", entries: &[GUARD], reason: AS_A_SHARED_MAP },
];

const CELL: &str = "u64 => Cell<u64>";
const GUARD: &str = "u64 => MutexGuard<'static, u64>";
const PINNED: &str = "u64 => PhantomPinned";
const PINNED_KEY: &str = "PhantomPinned => u64";

/// All entries with which dashmap's single guards are `Send`.
const SENT: &[&str] = &["u64 => u64", "String => Vec<u8>", "u64 => &'static mut u64", GUARD, PINNED, PINNED_KEY];

const SINGLE_GUARD: &str = "a single guard is recorded in its thread's presence line, and must be dropped by that thread; \
    so the compiler refuses one that is held across an await which may move threads";
const SHARES_ENTRIES: &str = "a clone on another thread would show it the same entries, which may not be shared";
const GIVES_AWAY_ENTRIES: &str =
    "another thread could swap the value for one of its own, and so receive what may not be sent";
const AS_A_SHARED_MAP: &str =
    "an iterator asks of entries what sharing a map asks, Send and Sync: without both it is of little use elsewhere";

/// Where the same call does something else: item, what ours does and why.
const BEHAVIOUR: &[(&str, &str)] = &[
    (
        "capacity",
        "is 0 until the first entry: a store that is never used reserves nothing, whatever capacity it was given",
    ),
    ("Debug of guards", "shows key and value; dashmap's shows their addresses"),
    ("alter and alter_all", "unwind if their function panics, and leave the store whole; dashmap's abort the process"),
    ("a second guard of the same thread", "panics and says where the first was taken, where dashmap waits for ever"),
    ("new, default, collect", "ask for Clone + Send + Sync + 'static entries; the builder makes stores of all others"),
    ("hashers", "need not be Clone"),
    ("try_reserve", "shares the room out among the shards; dashmap's gives each shard all of it"),
    (
        "rayon::map::Iter and IterMut, rayon::set::Iter",
        "name the hasher, as other iterators do: their entries' slots are computed by it",
    ),
    ("a guard across par_iter", "panics where it would keep the pool out, where dashmap waits for ever"),
    ("into_read_only", "panics where code of a key or value calls it from within a step of the store's own migration"),
];

/// What dashmap has and we have not, on purpose: item, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("the trait Map", "shows dashmap's array of shards; version 7 drops it"),
    ("the parameter M of iter::Iter, iter::IterMut and iter_set::Iter", "is that trait's; version 7 drops it"),
    (
        "mapped guards without the whole value's type, MappedRef<'a, K, T>, of version 7",
        "are MappedRef<'a, K, V, T> in version 6, which has its users; their values may be without a size, as in version 7",
    ),
    (
        "iterators without the hasher's type, of version 7",
        "have it as a parameter in version 6; it is RandomState where it is not named, so that version 7's names do for maps with that hasher",
    ),
    ("the feature raw-api", "there is no fixed array of shards to show"),
    ("the features inline and inline-more", "what is inlined is what was measured to pay; there is no other build"),
    (
        "the feature arbitrary",
        "would make that crate's version part of our API; a drawn HashMap's entries are collected into a map in a line",
    ),
    (
        "the feature typesize",
        "would make that crate's version part of our API; telemetry tells the bytes of tables, without a lock",
    ),
];

/// Shown by `cargo test -- --nocapture`, so that a reader of the log sees what differs.
#[test]
fn what_behaves_differently_is_said() {
    for (item, difference) in BEHAVIOUR {
        println!("different: {item}: {difference}");
    }
    for (item, reason) in LEFT_OUT {
        println!("left out: {item}: {reason}");
    }
}
