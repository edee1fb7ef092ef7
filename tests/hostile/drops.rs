//! Keys and values whose `Drop` writes to the store that they were in: none is dropped while a lock is held, or a debug build would
//! refuse the write.

use std::{
    hash::{Hash, Hasher},
    mem,
    sync::{Arc, Weak},
};

use autoshard::{Entry, Store};

use crate::stores::Mode;

/// Entries that each test begins with.
const ENTRIES: u64 = 100;

type Home = Store<Returning, Returning>;

/// Writes to its store when it is dropped, if it knows it.
#[derive(Clone)]
struct Returning {
    number: u64,
    home: Weak<Home>,
}

impl Drop for Returning {
    fn drop(&mut self) {
        if let Some(home) = self.home.upgrade() {
            for number in [self.number, self.number + 1] {
                // Takes the shard to itself, and changes nothing.
                home.update(&Self { number, home: Weak::new() }, |_| ());
            }
        }
    }
}

impl PartialEq for Returning {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Returning {}

impl Hash for Returning {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

/// Each operation by which something is dropped that was in the store, or was to be.
fn drop_by_every_way(home: &Arc<Home>, base: u64) {
    let new = |number: u64| Returning { number: base + number, home: Arc::downgrade(home) };
    drop(home.insert(new(0), new(0)));
    drop(home.remove(&new(1)));
    drop(home.remove_if(&new(2), |_, _| true));
    drop(home.update(&new(3), |value| mem::replace(value, new(3))));
    home.upsert(new(4), || new(4), |value| value.number += 1);
    assert!(home.compare_exchange(new(5), Some(&new(5)), Some(new(50))).is_ok());
    assert!(home.compare_exchange(new(6), Some(&new(6)), None).is_ok());
    assert!(home.compare_exchange(new(7), Some(&new(70)), Some(new(7))).is_err());
    assert!(home.compare_exchange(new(1), None, None).is_ok());
    assert!(home.compare_exchange(new(1), None, Some(new(1))).is_ok());
    for (number, way) in (8..14).zip(0..) {
        match (home.entry(new(number)), way) {
            (Entry::Occupied(entry), 0) => drop(entry.remove()),
            (Entry::Occupied(entry), 1) => drop(entry.remove_entry()),
            (Entry::Occupied(entry), 2) => drop(entry.replace_entry(new(0))),
            (Entry::Occupied(entry), 3) => drop(entry.into_key()),
            (entry, _) => drop(entry),
        }
    }
    home.remove(&new(14));
    match home.entry(new(14)) {
        Entry::Vacant(entry) => drop(entry.into_key()),
        Entry::Occupied(_) => unreachable!("it was just removed"),
    }
    drop(home.entry(new(14)));
    home.retain(|key, _| key.number % 10 != 9);
    drop(home.get(&new(3)));
    drop(home.get_mut(&new(3)));
}

#[test]
fn what_is_dropped_may_write_to_the_store() {
    for mode in Mode::ALL {
        let home: Arc<Home> = Arc::new(mode.store());
        let new = |number: u64| Returning { number, home: Arc::downgrade(&home) };
        (0..ENTRIES).for_each(|number| drop(home.insert(new(number), new(number))));
        for (round, shards) in [1, 9, 4].into_iter().enumerate() {
            drop_by_every_way(&home, 20 * round as u64);
            home.reshard(shards).unwrap_or_else(|error| panic!("{mode:?}: {error}"));
            home.shrink_to_fit();
            assert_eq!(home.iter().count(), home.len(), "{mode:?}");
        }
        home.clear();
        assert!(home.is_empty(), "{mode:?}");
        (0..ENTRIES).for_each(|number| drop(home.insert(new(number), new(number))));
        drop(home);
    }
}
