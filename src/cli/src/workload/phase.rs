//! A stretch of a scenario with one kind of load.

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{Distribution, Kind, Operation};

/// A stretch of a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Phase {
    /// What it is called in reports.
    pub(crate) name: &'static str,
    /// Its part of the run's time, relative to the others'.
    pub(crate) weight: u32,
    /// The load; `None` is silence.
    pub(crate) busy: Option<Busy>,
}

/// The load of a phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Busy {
    /// What is done.
    pub(crate) mix: Mix,
    /// To which keys.
    pub(crate) distribution: Distribution,
}

/// Shares of the kinds of operations, in per cent of all; the rest reads. Upserts and removals go to transient keys,
/// the others to permanent ones, which are there from start to end: so every read of one must find it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mix {
    /// Share of updates.
    pub(crate) update_percent: u32,
    /// Share of upserts.
    pub(crate) upsert_percent: u32,
    /// Share of removals.
    pub(crate) remove_percent: u32,
}

impl Mix {
    /// Reads and updates of permanent keys only.
    pub(crate) const fn updating(update_percent: u32) -> Self {
        Self { update_percent, upsert_percent: 0, remove_percent: 0 }
    }

    fn kind(self, percent: u32) -> Kind {
        let Self { update_percent, upsert_percent, remove_percent } = self;
        match percent {
            _ if percent < update_percent => Kind::Update,
            _ if percent < update_percent + upsert_percent => Kind::Upsert,
            _ if percent < update_percent + upsert_percent + remove_percent => Kind::Remove,
            _ => Kind::Read,
        }
    }
}

/// How many keys of each sort a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyCounts {
    /// Keys that are there from start to end; the first ones in the list of keys.
    pub(crate) permanent: u32,
    /// Keys that come and go.
    pub(crate) transient: u32,
}

impl Busy {
    /// `length` operations, drawn with `seed`.
    pub(crate) fn script(self, keys: KeyCounts, length: usize, seed: u64) -> Vec<Operation> {
        let mut random = SmallRng::seed_from_u64(seed);
        let permanent = self.distribution.sampler(keys.permanent);
        let mut operation = || {
            let key = permanent.draw(&mut random);
            let is_hot = self.distribution.hot.is_some_and(|hot| hot.key % keys.permanent == key);
            let kind = self.mix.kind(random.random_range(0..100));
            match kind {
                Kind::Read | Kind::Update => Operation { key, kind },
                // The hot key keeps its share whatever the mix; it is permanent, so it cannot be removed.
                Kind::Upsert | Kind::Remove if is_hot => Operation { key, kind: Kind::Update },
                Kind::Upsert | Kind::Remove => {
                    Operation { key: keys.permanent + random.random_range(0..keys.transient), kind }
                }
            }
        };
        (0..length).map(|_| operation()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::HotKey;

    const KEYS: KeyCounts = KeyCounts { permanent: 1_000, transient: 100 };

    fn script(mix: Mix, hot: Option<HotKey>) -> Vec<Operation> {
        Busy { mix, distribution: Distribution { hot, ..Distribution::UNIFORM } }.script(KEYS, 100_000, 7)
    }

    #[test]
    fn kinds_have_their_shares() {
        let script = script(Mix { update_percent: 30, upsert_percent: 20, remove_percent: 10 }, None);
        for (kind, share) in [(Kind::Read, 40), (Kind::Update, 30), (Kind::Upsert, 20), (Kind::Remove, 10)] {
            let count = script.iter().filter(|operation| operation.kind == kind).count();
            assert!(count.abs_diff(share * 1_000) < 1_000, "{kind:?}: {count}");
        }
    }

    #[test]
    fn only_transient_keys_come_and_go() {
        let hot = HotKey { key: 5, share: 0.4 };
        let script = script(Mix { update_percent: 30, upsert_percent: 20, remove_percent: 10 }, Some(hot));
        for operation in &script {
            let is_transient = operation.key >= KEYS.permanent;
            assert_eq!(is_transient, matches!(operation.kind, Kind::Upsert | Kind::Remove));
        }
        let hot = script.iter().filter(|operation| operation.key == 5).count();
        assert!((39_000..41_000).contains(&hot), "{hot}");
    }

    #[test]
    fn the_same_seed_gives_the_same_script() {
        assert_eq!(script(Mix::updating(50), None), script(Mix::updating(50), None));
    }
}
