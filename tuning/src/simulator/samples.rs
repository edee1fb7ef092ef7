//! Samples of a window, and what they say of hot keys.

use std::collections::HashMap;

use rand::{RngExt, rngs::SmallRng};

use super::{
    keys::{Keys, hash, slot},
    workload::Traffic,
};
use crate::{HotKeyEstimate, Load, Policy, ShareBounds, SlotId, Users};

/// Counted keys above which those seen but once are forgotten.
const KEYS_MAX: usize = 1 << 16;
/// Change of a key's share, as a part of the threshold, by which all that was counted before is out of date; as in the store.
const SHIFT_OF_THRESHOLD: f64 = 0.5;

/// How often keys were sampled.
///
/// Each is counted by itself, where the store has a sketch and a few candidates; what is made of the counts is the same.
#[derive(Clone, Debug, Default)]
struct Counted {
    keys: HashMap<u32, (f64, f64)>,
    weight: f64,
}

/// The hot keys of a store.
#[derive(Clone, Debug, Default)]
pub(super) struct HotKeys {
    horizon: Counted,
    recent: Counted,
}

/// What was sampled in a window.
pub(super) struct Sampled {
    pub(super) slot_loads: Vec<Load>,
    pub(super) slot_users: Vec<Users>,
    pub(super) samples: u64,
}

impl Counted {
    fn add(&mut self, key: u32, is_write: bool) {
        let (count, reads) = self.keys.entry(key).or_default();
        *count += 1.0;
        *reads += if is_write { 0.0 } else { 1.0 };
        self.weight += 1.0;
    }

    fn halve(&mut self) {
        self.weight /= 2.0;
        self.keys.values_mut().for_each(|(count, reads)| (*count, *reads) = (*count / 2.0, *reads / 2.0));
    }

    fn bounds(&self, key: u32) -> ShareBounds {
        let count = self.keys.get(&key).map_or(0.0, |(count, _)| *count);
        ShareBounds::new(count, count, self.weight)
    }

    fn heavier_than(&self, share: f64) -> impl Iterator<Item = u32> {
        self.keys.iter().filter(move |(_, (count, _))| *count > share * self.weight).map(|(key, _)| *key)
    }
}

impl HotKeys {
    fn add(&mut self, key: u32, is_write: bool) {
        self.horizon.add(key, is_write);
        self.recent.add(key, is_write);
    }

    /// Ends a window of enough samples; what was counted before it goes if the window contradicts it.
    pub(super) fn end_window(&mut self, policy: &Policy) {
        if self.horizon.weight >= 2.0 * policy.hot_keys.half_life_samples as f64 {
            self.horizon.halve();
        }
        if self.horizon.keys.len() > KEYS_MAX {
            self.horizon.keys.retain(|_, (count, _)| *count > 1.0);
        }
        if self.recent.weight < policy.tuner.samples_min as f64 {
            return;
        }
        let window = std::mem::take(&mut self.recent);
        let shift = SHIFT_OF_THRESHOLD * policy.hot_keys.share_threshold;
        let contradicts = window
            .heavier_than(shift)
            .chain(self.horizon.heavier_than(shift))
            .any(|key| window.bounds(key).gap(self.horizon.bounds(key)) > shift);
        if contradicts {
            self.horizon = window;
        }
    }

    /// The most frequent ones, greatest share first.
    pub(super) fn top(&self, policy: &Policy) -> Vec<HotKeyEstimate> {
        let mut keys: Vec<_> = self.horizon.keys.iter().map(|(key, counts)| (*key, *counts)).collect();
        // Of those with equal counts the first, so that the order does not depend on the map's.
        let order = |one: &(u32, (f64, f64)), other: &(u32, (f64, f64))| {
            other.1.0.total_cmp(&one.1.0).then(one.0.cmp(&other.0))
        };
        let top = (policy.hot_keys.top_k as usize).min(keys.len());
        if top > 0 && top < keys.len() {
            keys.select_nth_unstable_by(top - 1, order);
        }
        keys.truncate(top);
        keys.sort_unstable_by(order);
        let slots = policy.shards.slots as usize;
        let estimate = |(key, (count, reads)): (u32, (f64, f64))| {
            let bounds = self.horizon.bounds(key);
            HotKeyEstimate {
                hash: hash(key),
                slot: slot(key, slots) as SlotId,
                share: count / self.horizon.weight,
                share_lower: bounds.lower,
                share_upper: bounds.upper,
                read_share: reads / count,
            }
        };
        keys.into_iter().map(estimate).collect()
    }
}

impl Sampled {
    /// Nothing yet.
    pub(super) fn new(policy: &Policy) -> Self {
        let slots = policy.shards.slots as usize;
        Self { slot_loads: vec![Load::default(); slots], slot_users: vec![Users::Nobody; slots], samples: 0 }
    }

    /// Draws so many samples of a traffic.
    pub(super) fn draw(
        &mut self,
        traffic: &Traffic,
        keys: &mut Keys,
        count: u64,
        hot_keys: &mut HotKeys,
        random: &mut SmallRng,
    ) {
        self.samples += count;
        for _ in 0..count {
            let key = keys.draw(random).key;
            let is_write = random.random::<f64>() < traffic.write_share;
            let slot = slot(key, self.slot_loads.len());
            let Load { reads, writes } = &mut self.slot_loads[slot];
            *(if is_write { writes } else { reads }) += 1;
            let users = &mut self.slot_users[slot];
            *users = users.and(Users::One(random.random_range(0..traffic.threads.max(1))));
            hot_keys.add(key, is_write);
        }
    }
}
