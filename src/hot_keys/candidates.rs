//! The bounded set of keys that may be the most frequent ones, each counted exactly since it came in.
//!
//! After Space-Saving (Metwally, Agrawal and El Abbadi, *Efficient computation of frequent and top-k elements in data
//! streams*, 2005): a key that is not in the set was counted at most as often as the weakest that is. Space-Saving lets
//! every newcomer replace the weakest; here, only one that the sketch says may have been counted as often, so that the
//! many rare keys leave the set alone.
//!
//! The invariant that the bounds rest on: the true count of a key outside a full set is at most `floor + 2`. It was
//! either refused, when its estimate was below `floor + 1` (and [the sketch](super::sketch) falls short by less than 1),
//! or replaced, when its count was at most `floor`; and `floor` only rises, but for ageing, which halves everything.

use autoshard_tuning::SlotId;
use hashbrown::HashTable;

/// Most by which the sketch falls short of a true count, by the rounding of ageing.
const SKETCH_ROUNDING: f64 = 1.0;

/// One sampled access.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) hash: u64,
    pub(super) slot: SlotId,
    pub(super) is_write: bool,
}

/// A key in the set. Counts are aged by halving them, so they are not whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) hash: u64,
    pub(super) slot: SlotId,
    /// Samples since it came in; exact, so its count at least.
    pub(super) count_min: f64,
    /// Of these, reads.
    pub(super) reads: f64,
    /// Samples from before it came in, at most.
    missed_max: f64,
}

impl Candidate {
    fn new(sample: Sample, missed_max: f64) -> Self {
        let mut candidate = Self { hash: sample.hash, slot: sample.slot, count_min: 0.0, reads: 0.0, missed_max };
        candidate.count(sample);
        candidate
    }

    /// Its count, at most.
    pub(super) fn count_max(&self) -> f64 {
        self.count_min + self.missed_max
    }

    /// The best guess at its count: half-way between its limits, which are close together for all but rare keys.
    pub(super) fn count_likely(&self) -> f64 {
        self.count_min + self.missed_max / 2.0
    }

    fn count(&mut self, sample: Sample) {
        self.count_min += 1.0;
        self.reads += if sample.is_write { 0.0 } else { 1.0 };
    }

    fn halve(&mut self) {
        self.count_min /= 2.0;
        self.reads /= 2.0;
        self.missed_max /= 2.0;
    }
}

/// The set.
pub(super) struct Candidates {
    table: HashTable<Candidate>,
    capacity: usize,
    /// The weakest candidate's `count_max` when it was last looked for; it is not lower now.
    floor: f64,
}

impl Candidates {
    /// A set of at most `capacity` candidates, which takes some 60 to 100 bytes for each.
    pub(super) fn new(capacity: usize) -> Self {
        debug_assert!(capacity > 0, "a set without room has no weakest candidate");
        Self { table: HashTable::with_capacity(capacity), capacity, floor: 0.0 }
    }

    pub(super) fn get(&self, hash: u64) -> Option<&Candidate> {
        self.table.find(hash, |candidate| candidate.hash == hash)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.table.iter()
    }

    /// Counts the sample if its key is in the set; says whether it is.
    pub(super) fn count(&mut self, sample: Sample) -> bool {
        match self.table.find_mut(sample.hash, |candidate| candidate.hash == sample.hash) {
            Some(candidate) => candidate.count(sample),
            None => return false,
        }
        true
    }

    /// Takes in the key of a sample that was not in the set, if there is room, or if by its `estimate` (this sample
    /// included) it may have been counted as often before as the weakest was, which it then replaces.
    pub(super) fn offer(&mut self, sample: Sample, estimate: f64) {
        if self.table.len() < self.capacity {
            self.insert(Candidate::new(sample, 0.0));
            return;
        }
        let estimate_before = estimate - 1.0;
        if estimate_before < self.floor {
            return;
        }
        let Some(weakest) = self.weakest() else { return };
        self.floor = weakest.count_max();
        if estimate_before < self.floor {
            return;
        }
        // While the set is full: the bound of a key outside rests on that.
        let newcomer = Candidate::new(sample, self.outsider_count_max(estimate_before));
        if let Ok(entry) = self.table.find_entry(weakest.hash, |candidate| candidate.hash == weakest.hash) {
            entry.remove();
        }
        self.insert(newcomer);
    }

    /// The count of a key outside the set, at most, by its estimate.
    pub(super) fn outsider_count_max(&self, estimate: f64) -> f64 {
        if self.table.len() < self.capacity {
            return 0.0;
        }
        (estimate + SKETCH_ROUNDING).min(self.floor + 1.0 + SKETCH_ROUNDING)
    }

    /// Halves all counts.
    pub(super) fn halve(&mut self) {
        self.table.iter_mut().for_each(Candidate::halve);
        self.floor /= 2.0;
    }

    fn insert(&mut self, candidate: Candidate) {
        self.table.insert_unique(candidate.hash, candidate, |candidate| candidate.hash);
    }

    fn weakest(&self) -> Option<Candidate> {
        self.table.iter().min_by(|left, right| left.count_max().total_cmp(&right.count_max())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hash: u64) -> Sample {
        Sample { hash, slot: hash as SlotId, is_write: false }
    }

    /// Feeds a set without a sketch: plain Space-Saving.
    fn feed(candidates: &mut Candidates, sample: Sample) {
        if !candidates.count(sample) {
            candidates.offer(sample, f64::INFINITY);
        }
    }

    #[test]
    fn counts_are_exact_while_there_is_room() {
        let mut candidates = Candidates::new(4);
        for hash in [1, 2, 2, 3, 3, 3] {
            feed(&mut candidates, read(hash));
        }
        feed(&mut candidates, Sample { is_write: true, ..read(3) });
        for (hash, count, reads) in [(1, 1.0, 1.0), (2, 2.0, 2.0), (3, 4.0, 3.0)] {
            let candidate = candidates.get(hash).unwrap();
            assert_eq!((candidate.count_min, candidate.count_max(), candidate.reads), (count, count, reads));
        }
        assert_eq!(candidates.outsider_count_max(f64::INFINITY), 0.0);
    }

    #[test]
    fn a_key_that_the_sketch_calls_rare_is_refused() {
        let mut candidates = Candidates::new(2);
        for hash in [1, 1, 1, 2, 2, 2] {
            feed(&mut candidates, read(hash));
        }
        candidates.offer(read(9), 3.0);
        assert!(candidates.get(9).is_none());
        candidates.offer(read(9), 4.0);
        assert!(candidates.get(9).is_some());
        assert_eq!(candidates.iter().count(), 2);
    }

    #[test]
    fn true_counts_lie_between_the_limits_across_replacement_and_ageing() {
        let mut candidates = Candidates::new(16);
        let mut exact = vec![0.0; 64];
        for step in 0..40_000_u64 {
            let hash = (step * step + step / 7) % 61 % (1 + step % 64);
            exact[hash as usize] += 1.0;
            feed(&mut candidates, read(hash));
            if step % 5000 == 4999 {
                candidates.halve();
                exact.iter_mut().for_each(|count| *count /= 2.0);
            }
        }
        for (hash, &count) in exact.iter().enumerate() {
            match candidates.get(hash as u64) {
                Some(found) => assert!(found.count_min <= count && count <= found.count_max(), "{found:?} {count}"),
                None => assert!(count <= candidates.outsider_count_max(f64::INFINITY), "{hash} {count}"),
            }
        }
    }
}
