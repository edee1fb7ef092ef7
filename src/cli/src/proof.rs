//! The proof that nothing was lost: each thread counts what it did, and at the end the store must hold the sum.
//!
//! Every value is a counter. Updates and upserts add one to it, an insertion starts it at one, and a removal takes it
//! out with all that it had; so whatever the order in which threads met, the counters left must add up to the
//! additions made less the counts taken out.

use std::ops::AddAssign;

use autoshard::Store;

use crate::key::Key;

/// What one thread did, by its own count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Operations.
    pub(crate) operations: u64,
    /// Ones added to counters, insertions included.
    pub(crate) additions: u64,
    /// Entries inserted.
    pub(crate) inserted: u64,
    /// Entries removed.
    pub(crate) removed: u64,
    /// Counts that removals took out.
    pub(crate) removed_count: u64,
    /// Look-ups and updates that did not find a key that was there from start to end.
    pub(crate) missed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.additions += other.additions;
        self.inserted += other.inserted;
        self.removed += other.removed;
        self.removed_count += other.removed_count;
        self.missed += other.missed;
    }
}

/// What the store must hold and what it does hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// The sum of all counters, by the threads' count.
    pub(crate) updates_expected: u64,
    /// The sum of all counters in the store.
    pub(crate) updates_found: u64,
    /// Entries, by the threads' count.
    pub(crate) entries_expected: u64,
    /// Entries that an iteration over the store yields.
    pub(crate) entries_found: u64,
    /// Entries, by the store's own count.
    pub(crate) entries_counted: u64,
    /// Look-ups and updates that did not find a key that was there from start to end.
    pub(crate) missed: u64,
}

impl Proof {
    /// Counts what `store` holds, after all threads have ended, against what they did to `prefilled` entries of 0.
    pub(crate) fn take(store: &Store<Key, u64>, prefilled: u64, tally: &Tally) -> Self {
        let (mut entries_found, mut updates_found) = (0, 0);
        for entry in store.iter() {
            entries_found += 1;
            updates_found += *entry.value();
        }
        Self {
            // Wrapping: a store that invents counts makes the difference negative, which is to be reported, not to panic.
            updates_expected: tally.additions.wrapping_sub(tally.removed_count),
            updates_found,
            entries_expected: (prefilled + tally.inserted).wrapping_sub(tally.removed),
            entries_found,
            entries_counted: store.len() as u64,
            missed: tally.missed,
        }
    }

    /// By how much the counters differ from what they must be, lost or invented.
    pub(crate) fn lost_updates(&self) -> u64 {
        self.updates_expected.abs_diff(self.updates_found)
    }

    /// By how much the entries differ from what they must be, lost or invented.
    pub(crate) fn lost_entries(&self) -> u64 {
        let by_iteration = self.entries_expected.abs_diff(self.entries_found);
        by_iteration.max(self.entries_expected.abs_diff(self.entries_counted))
    }

    /// Whether nothing was lost, invented or missed.
    pub(crate) fn holds(&self) -> bool {
        self.lost_updates() == 0 && self.lost_entries() == 0 && self.missed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(counters: &[u64]) -> Store<Key, u64> {
        let store = Store::new();
        for (key, counter) in (0..).zip(counters) {
            store.insert(Key::Number(key), *counter);
        }
        store
    }

    #[test]
    fn a_store_that_holds_the_sum_passes() {
        let tally = Tally { additions: 9, inserted: 1, removed: 1, removed_count: 2, ..Tally::default() };
        let proof = Proof::take(&store(&[3, 4]), 2, &tally);
        assert!(proof.holds(), "{proof:?}");
    }

    #[test]
    fn a_lost_update_an_invented_one_and_a_lost_entry_are_found() {
        let tally = Tally { additions: 7, ..Tally::default() };
        assert_eq!(Proof::take(&store(&[3, 3]), 2, &tally).lost_updates(), 1);
        assert_eq!(Proof::take(&store(&[3, 5]), 2, &tally).lost_updates(), 1);
        let proof = Proof::take(&store(&[7]), 2, &tally);
        assert_eq!((proof.lost_updates(), proof.lost_entries()), (0, 1));
        assert!(!proof.holds());
    }

    #[test]
    fn a_missed_look_up_fails_the_proof() {
        let tally = Tally { missed: 1, ..Tally::default() };
        assert!(!Proof::take(&store(&[0]), 1, &tally).holds());
    }
}
