//! What was contended before.
//!
//! A merge of cold shards is a prediction from waits that are few, and often wrong. What split the same slots was no prediction: a shard
//! with so much to do was contended. So none is made again that has nearly as much to do, or grow and shrink would chase each other
//! for as long as the load lasts.

use crate::{SlotId, controller::evidence::Evidence};

/// Writes that are taken to be seen at least, of all accesses: a pressure of nothing could not be compared. A guess.
const WRITE_SHARE_MIN: f64 = 0.01;

/// The pressures under which slots were split for contention the last time.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// By slot; 0 where that has not happened.
    contended_at: Vec<f64>,
}

impl Memory {
    /// The shard with these slots was found contended.
    pub(super) fn note(&mut self, slots: &[SlotId], pressure: f64) {
        for slot in slots.iter().copied().map(usize::from) {
            if self.contended_at.len() <= slot {
                self.contended_at.resize(slot + 1, 0.0);
            }
            self.contended_at[slot] = pressure;
        }
    }

    /// The least pressure under which a shard with any of these slots was contended.
    pub(super) fn contended_at(&self, slots: &[SlotId]) -> f64 {
        let known = slots.iter().filter_map(|&slot| self.contended_at.get(usize::from(slot)).copied());
        known.filter(|pressure| *pressure > 0.0).fold(f64::INFINITY, f64::min)
    }
}

/// What so many accesses a second are worth in collisions: writes exclude everybody, reads only writes.
pub(super) fn pressure(accesses_per_s: f64, evidence: &Evidence) -> f64 {
    let writes = evidence.write_share().max(WRITE_SHARE_MIN);
    accesses_per_s * writes * (2.0 - writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_time_counts_for_each_slot_and_the_least_for_all() {
        let mut memory = Memory::default();
        assert_eq!(memory.contended_at(&[0, 7]), f64::INFINITY);
        memory.note(&[0, 1, 2, 3], 8.0);
        memory.note(&[2, 3], 4.0);
        memory.note(&[3], 6.0);
        let known = [&[0, 1][..], &[0, 2], &[3], &[3, 9], &[9]].map(|slots| memory.contended_at(slots));
        assert_eq!(known, [8.0, 4.0, 6.0, 6.0, f64::INFINITY]);
    }
}
