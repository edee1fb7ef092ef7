//! The hot keys that the store reported, beside the true shares by exact count.

use std::{cmp::Reverse, collections::HashMap};

use autoshard::{HotKey, Store};

use crate::key::Key;

/// How many keys are compared with the exact count.
pub(crate) const COMPARED: usize = 10;

/// A key that the store reported.
#[derive(Clone, Debug)]
pub(crate) struct ReportedKey {
    /// The key; `None` if it had left the store.
    pub(crate) key: Option<Key>,
    /// The key for people, or its hash.
    pub(crate) name: String,
    /// Its hash, as the reasons of decisions write it.
    pub(crate) hash: String,
    /// Estimated share of all accesses, 0 to 1.
    pub(crate) share: f64,
    /// Lower bound of the share.
    pub(crate) share_lower: f64,
    /// Upper bound of the share.
    pub(crate) share_upper: f64,
    /// Share of its accesses that only read.
    pub(crate) read_share: f64,
    /// Whether it counts as hot, by the policy's threshold.
    pub(crate) hot: bool,
    /// Its share by exact count; `None` until the run has ended, or if the key had left the store.
    pub(crate) share_exact: Option<f64>,
}

impl From<HotKey<Key>> for ReportedKey {
    fn from(hot: HotKey<Key>) -> Self {
        let hash = format!("{:#018x}", hot.hash);
        Self {
            name: hot.key.as_ref().map_or_else(|| format!("hash {hash}"), Key::to_string),
            hash,
            key: hot.key,
            share: hot.share,
            share_lower: hot.share_lower,
            share_upper: hot.share_upper,
            read_share: hot.read_share,
            hot: hot.hot,
            share_exact: None,
        }
    }
}

impl ReportedKey {
    /// Whether the exact share, if known, lies within the reported bounds.
    pub(crate) fn is_within_bounds(&self) -> Option<bool> {
        self.share_exact.map(|exact| (self.share_lower..=self.share_upper).contains(&exact))
    }
}

/// What the store reports now, greatest share first.
pub(crate) fn reported(store: &Store<Key, u64>) -> Vec<ReportedKey> {
    store.hot_keys().into_iter().map(ReportedKey::from).collect()
}

/// A key with its share by exact count.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExactKey {
    /// The key, for people.
    pub(crate) name: String,
    /// Its share of all accesses, 0 to 1.
    pub(crate) share: f64,
    /// Whether it is among the first [`COMPARED`] that were reported.
    pub(crate) is_reported: bool,
}

/// The most frequent keys by exact count, parallel to `keys`; notes the exact shares in `reported` as well.
pub(crate) fn compare(keys: &[Key], counts: &[u64], reported: &mut [ReportedKey]) -> Vec<ExactKey> {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Vec::new();
    }
    let share = |count: u64| count as f64 / total as f64;
    let mut rank_of: HashMap<Key, usize> = HashMap::new();
    for (rank, reported) in reported.iter_mut().enumerate() {
        rank_of.extend(reported.key.clone().map(|key| (key, rank)));
    }
    let mut ranked: Vec<(Reverse<u64>, usize)> = Vec::with_capacity(keys.len());
    for (position, (key, count)) in keys.iter().zip(counts).enumerate() {
        if let Some(rank) = rank_of.get(key) {
            reported[*rank].share_exact = Some(share(*count));
        }
        ranked.push((Reverse(*count), position));
    }
    let kept = COMPARED.min(ranked.len());
    ranked.select_nth_unstable(kept - 1);
    ranked[..kept].sort_unstable();
    let exact = |(Reverse(count), position): &(Reverse<u64>, usize)| ExactKey {
        name: keys[*position].to_string(),
        share: share(*count),
        is_reported: rank_of.get(&keys[*position]).is_some_and(|rank| *rank < COMPARED),
    };
    ranked[..kept].iter().map(exact).collect()
}

/// How far reported and exact hot keys agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// Of the most frequent keys, those among the first [`COMPARED`] reported.
    pub(crate) agreeing: usize,
    /// Of the first [`COMPARED`] reported, those whose exact share is within the bounds.
    pub(crate) within: usize,
    /// Of the first [`COMPARED`] reported, those whose exact share is known.
    pub(crate) bounded: usize,
}

impl Agreement {
    /// Of the keys reported and the most frequent ones by exact count.
    pub(crate) fn of(reported: &[ReportedKey], exact: &[ExactKey]) -> Self {
        let checked: Vec<bool> = reported.iter().take(COMPARED).filter_map(ReportedKey::is_within_bounds).collect();
        Self {
            agreeing: exact.iter().filter(|key| key.is_reported).count(),
            within: checked.iter().filter(|within| **within).count(),
            bounded: checked.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(key: u64, lower: f64, upper: f64) -> ReportedKey {
        let key = Key::Number(key);
        ReportedKey {
            name: key.to_string(),
            hash: String::new(),
            key: Some(key),
            share: lower.midpoint(upper),
            share_lower: lower,
            share_upper: upper,
            read_share: 0.5,
            hot: false,
            share_exact: None,
        }
    }

    #[test]
    fn the_exact_top_is_found_and_bounds_are_checked() {
        let keys: Vec<Key> = (0..20).map(Key::Number).collect();
        let mut counts = vec![1; 20];
        (counts[7], counts[3]) = (50, 32);
        let mut reported = [reported(7, 0.4, 0.6), reported(3, 0.33, 0.5)];
        let exact = compare(&keys, &counts, &mut reported);
        assert_eq!((exact.len(), exact[0].name.as_str(), exact[1].name.as_str()), (COMPARED, "7", "3"));
        assert_eq!((exact[0].share, exact[0].is_reported, exact[2].is_reported), (0.5, true, false));
        assert_eq!((reported[0].is_within_bounds(), reported[1].is_within_bounds()), (Some(true), Some(false)));
    }

    #[test]
    fn without_accesses_there_is_nothing_to_compare() {
        let mut reported = [reported(0, 0.1, 0.2)];
        assert!(compare(&[Key::Number(0)], &[0], &mut reported).is_empty());
        assert_eq!(reported[0].is_within_bounds(), None);
    }
}
