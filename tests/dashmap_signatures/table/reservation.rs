//! Room in advance, and hashes by hand.

use std::{
    hash::BuildHasher,
    panic::{RefUnwindSafe, UnwindSafe},
};

use super::{Map, squares, subject};

#[test]
fn try_reserve_makes_room() {
    let mut map: Map<u64, u64> = squares();
    let reserved: Result<(), subject::TryReserveError> = map.try_reserve(1_000);
    assert_eq!(reserved, Ok(()));
    assert!(map.capacity() >= 1_000);
    assert_eq!(map.len(), 9);
}

#[test]
fn a_reservation_beyond_all_memory_is_an_error_that_prints_clones_and_compares() {
    let mut map: Map<u64, u64> = Map::new();
    let error = map.try_reserve(usize::MAX).unwrap_err();
    assert_eq!(error.clone(), error);
    assert!(format!("{error:?}").starts_with("TryReserveError"));
    goes_everywhere(&error);
}

fn goes_everywhere(_: &(impl Send + Sync + UnwindSafe + RefUnwindSafe + Unpin)) {}

#[test]
fn hash_usize_is_the_hashers() {
    let hasher = foldhash::fast::FixedState::with_seed(7);
    let map: Map<u64, u64, foldhash::fast::FixedState> = Map::with_hasher(hasher.clone());
    assert_eq!(map.hash_usize(&1_u64), hasher.hash_one(1_u64) as usize);
}
