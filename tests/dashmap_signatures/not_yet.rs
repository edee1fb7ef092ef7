//! What dashmap has and we have not yet: item, reason. The table is here to be emptied.

/// Public items of dashmap 6 without a counterpart, by path.
const NOT_YET: &[(&str, &str)] = &[
    ("DashMap::with_shard_amount", COMPATIBILITY),
    ("DashMap::with_capacity_and_shard_amount", COMPATIBILITY),
    ("DashMap::with_hasher_and_shard_amount", COMPATIBILITY),
    ("DashMap::with_capacity_and_hasher_and_shard_amount", COMPATIBILITY),
    ("iter::Iter's and iter::IterMut's parameter M", COMPATIBILITY),
    ("Map", COMPATIBILITY),
    ("DashSet", COMPATIBILITY),
    ("iter_set::{Iter, OwningIter}", COMPATIBILITY),
    ("setref::one::Ref", COMPATIBILITY),
    ("setref::multiple::RefMulti", COMPATIBILITY),
    ("feature serde: Serialize and Deserialize of maps, sets and guards", FEATURES),
    ("feature rayon: rayon::{map, set, read_only} and par_iter_mut", FEATURES),
    ("feature typesize: TypeSize of maps and sets", FEATURES),
    ("feature arbitrary: Arbitrary of maps", FEATURES),
    ("feature inline", FEATURES),
];

/// Comes with the types that stand in for dashmap's under its own names.
const COMPATIBILITY: &str = "belongs to the module that stands in for dashmap under its own names";

/// Comes with the features of the same names.
const FEATURES: &str = "belongs to the feature of the same name";

/// Shown by `cargo test -- --nocapture`, so that a reader of the log sees what is missing.
#[test]
fn what_is_missing_is_said() {
    for (item, reason) in NOT_YET {
        println!("not yet: {item}: {reason}");
    }
}
