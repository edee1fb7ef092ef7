//! Shares of the kinds of operations, and operations drawn by them.

use std::thread;

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use crate::{
    keys::Ranks,
    operation::{Kind, Operation},
};

/// Percent of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shares {
    pub(crate) get: u32,
    pub(crate) insert: u32,
    pub(crate) remove: u32,
    pub(crate) update: u32,
    pub(crate) read_modify_write: u32,
}

impl Shares {
    /// Gets, and updates for the rest.
    pub(crate) const fn reading(get: u32) -> Self {
        Self { get, insert: 0, remove: 0, update: 100 - get, read_modify_write: 0 }
    }

    /// Whether keys come and go; where they do not, every operation finds its key.
    pub(crate) const fn moves_keys(self) -> bool {
        self.insert + self.remove > 0
    }

    pub(crate) fn draw(self, random: &mut SmallRng) -> Kind {
        let kinds = [
            (Kind::Get, self.get),
            (Kind::Insert, self.insert),
            (Kind::Remove, self.remove),
            (Kind::Update, self.update),
            (Kind::ReadModifyWrite, self.read_modify_write),
        ];
        let mut drawn = random.random_range(0..100);
        for (kind, percent) in kinds {
            if drawn < percent {
                return kind;
            }
            drawn -= percent;
        }
        unreachable!("the shares are 100 percent")
    }

    /// So many operations for each thread, on keys by their ranks.
    pub(crate) fn operations<K: Clone + Send + Sync>(
        self,
        keys: &[K],
        ranks: Ranks,
        each: usize,
        seeds: &[u64],
    ) -> Vec<Vec<Operation<K>>> {
        per_thread(seeds, |seed| {
            let mut random = SmallRng::seed_from_u64(seed);
            let mut draw = || Operation { key: keys[ranks.draw(&mut random)].clone(), kind: self.draw(&mut random) };
            (0..each).map(|_| draw()).collect()
        })
    }
}

/// What each thread is to do, by its seed: made at the same time.
pub(crate) fn per_thread<T: Send>(seeds: &[u64], make: impl Fn(u64) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let make = &make;
        let threads: Vec<_> = seeds.iter().map(|&seed| scope.spawn(move || make(seed))).collect();
        threads.into_iter().map(|thread| thread.join().expect("operations are made without a panic")).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_by_their_shares() {
        let shares = Shares { get: 10, insert: 40, remove: 40, update: 10, read_modify_write: 0 };
        let keys: Vec<u64> = (0..100).collect();
        let operations = shares.operations(&keys, Ranks::uniform(100), 100_000, &[1, 2]);
        for operations in &operations {
            let percent = |kind| operations.iter().filter(|operation| operation.kind == kind).count() as f64 / 1000.0;
            assert!((percent(Kind::Get) - 10.0).abs() < 1.0 && (percent(Kind::Insert) - 40.0).abs() < 1.0);
            assert!((percent(Kind::Remove) - 40.0).abs() < 1.0 && (percent(Kind::Update) - 10.0).abs() < 1.0);
        }
        let keys_of = |thread: usize| operations[thread].iter().map(|operation| operation.key).collect::<Vec<_>>();
        assert_ne!(keys_of(0), keys_of(1), "each thread has operations of its own");
    }
}
