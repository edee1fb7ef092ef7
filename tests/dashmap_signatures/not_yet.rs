//! What dashmap has and we have not yet. The list is here to be emptied.
//!
//! Belongs to the module that will stand in for dashmap under its own names:
//!
//! * `DashMap::with_shard_amount`, `with_capacity_and_shard_amount`, `with_hasher_and_shard_amount` and
//!   `with_capacity_and_hasher_and_shard_amount`
//! * the parameter `M` of `iter::Iter` and `iter::IterMut`, and the trait `Map`
//! * `DashSet`, `iter_set::{Iter, OwningIter}`, `setref::one::Ref` and `setref::multiple::RefMulti`
//!
//! Belongs to the feature of the same name:
//!
//! * `serde`: `Serialize` and `Deserialize` of maps, sets and guards
//! * `rayon`: `rayon::{map, set, read_only}` and `par_iter_mut`
//! * `typesize`: `TypeSize` of maps and sets
//! * `arbitrary`: `Arbitrary` of maps
//! * `inline`
