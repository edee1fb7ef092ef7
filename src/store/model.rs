//! What models (`tests/protocols`), the fuzzer and the tests that go with it reach into a store for; not there in any other build.

use std::hash::{BuildHasher, Hash};

use autoshard_tuning::{Bias, Plan, ShardId};

use super::Store;
#[cfg(autoshard_shuttle)]
use crate::{
    body::Body,
    sync::{Arc, Weak},
    tuner,
};
use crate::{
    control::Driver,
    migration::Step,
    presence::{self, Kind},
    shard::Visitor,
};

impl<K, V, S> Store<K, V, S> {
    /// Carries out a plan, made for the directory as it then is, on this thread. The migrator is anybody's between two steps.
    pub fn carry_out(&self, plan: impl FnOnce(&[ShardId]) -> Plan) {
        self.body.lay_out();
        self.work_off(Some(plan));
    }

    /// Begins a plan, made for the directory as it is, unless another one is in hand. Of a store that its callers tune, they
    /// go on with it; of any other, nobody does, but for [`step`](Self::step) and whoever needs another plan.
    pub fn begin(&self, plan: impl FnOnce(&[ShardId]) -> Plan) -> bool {
        self.body.lay_out();
        let mut migrator = self.body.migrator.lock();
        if !migrator.is_idle() {
            return false;
        }
        migrator.begin(&self.body, plan(&self.control.directory.shards()));
        self.control.set_has_work(self.control.driver() == Driver::Callers);
        true
    }

    /// Runs one step of the plan in hand; `false` if there was nothing to do.
    pub fn step(&self) -> bool {
        self.body.step(self.control.policy.migration.step()) != Step::Idle
    }

    /// Gives up the migration that is under way, if any; that takes further steps.
    pub fn abort(&self) {
        self.body.migrator.lock().give_up("it was asked to");
    }

    /// Gives the lock of each shard another mode, as the tuner does: not where somebody is inside for long. Tells in how many.
    pub fn choose_bias(&self, bias: Bias) -> usize {
        let serving = self.control.headers.serving();
        serving
            .filter(|(id, header)| self.control.choose_bias(*id, header.lock.uid(), bias, self.body.patience()))
            .count()
    }

    /// Has the tuner's work done by whoever calls what this returns: a plan, as far as it comes before the store is gone.
    #[cfg(autoshard_shuttle)]
    pub fn hand_to_tuner(&self, plan: impl FnOnce(&[ShardId]) -> Plan) -> Box<dyn Fn() + Send>
    where
        K: Send + Sync + 'static,
        V: Send + Sync + 'static,
        S: Send + Sync + 'static,
    {
        self.body.lay_out();
        self.control.submit(plan(&self.control.directory.shards()));
        let body: Weak<Body<K, V, S>> = Arc::downgrade(&self.body);
        Box::new(tuner::work_of_tuner(Arc::clone(&self.body.control), body))
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Store<K, V, S> {
    /// Asserts the invariants that hold whenever nothing is under way.
    pub fn audit(&self) {
        let migrator = self.body.migrator.lock();
        assert!(migrator.is_idle(), "a plan is still in hand");
        let directory = self.control.directory.shards();
        for (id, header) in self.control.headers.all() {
            let owned = directory.iter().filter(|&&shard| shard == id).count();
            assert_eq!(owned, header.slots() as usize, "slots of shard {id}");
            assert!(!header.is_marked(), "shard {id} is marked, but nothing migrates");
            assert!(owned > 0 || header.length() == 0, "shard {id} has no slots, but entries");
            let neutral = header.lock.try_enter_leaf(Kind::Shared);
            assert!(owned > 0 || neutral.is_some(), "shard {id} has no slots, but a bias");
            neutral.into_iter().for_each(|pass| header.lock.leave(Kind::Shared, pass));
        }
        for (slot, &id) in directory.iter().enumerate() {
            let visitor = Visitor::passing(presence::current(), "audit");
            let Some(shard) = self.body.enter_slot(slot as u16, visitor) else { continue };
            let table = &shard.contents().table;
            assert!(shard.contents().mark.is_none(), "shard {id} has a mark, but nothing migrates");
            assert_eq!(table.len(), shard.header().length(), "length of shard {id}");
            for item in table {
                assert_eq!(
                    directory[usize::from(self.slot_of(item.key()))],
                    id,
                    "an entry is in a shard of other slots"
                );
            }
        }
    }
}
