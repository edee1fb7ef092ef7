//! What models (`tests/protocols`), the fuzzer and the tests that go with it reach into a store for; not there in any other build.

#[cfg(autoshard_shuttle)]
use std::hash::{BuildHasher, Hash};

use autoshard_tuning::{Bias, Plan, ShardId};

use super::Store;
#[cfg(autoshard_shuttle)]
use crate::{
    Sinks,
    body::Body,
    migration::Clones,
    sync::{Arc, Weak},
    tuner,
    workers::{Crew, Workers},
};
use crate::{control::Driver, migration::Step};

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
        self.body.step(self.control.policy().migration.step()) != Step::Idle
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

    /// Gives the store workers by its policy, without threads: whoever calls what this returns does the work of one, until
    /// [`dismiss`](Self::dismiss).
    #[cfg(autoshard_shuttle)]
    pub fn hire(&self) -> Vec<Box<dyn FnOnce() + Send>>
    where
        K: Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        self.hire_crew(Crew::of_model(self, None))
    }

    /// As [`hire`](Self::hire), with sinks.
    #[cfg(autoshard_shuttle)]
    pub fn hire_with_sinks(&self, mut sinks: Sinks<K, V>) -> Vec<Box<dyn FnOnce() + Send>>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        self.hire_crew(Crew::of_model(self, Some((&mut sinks, Clones::new()))))
    }

    #[cfg(autoshard_shuttle)]
    fn hire_crew(&self, crew: Crew<K, V>) -> Vec<Box<dyn FnOnce() + Send>>
    where
        K: Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        let crew = Arc::new(crew);
        assert!(self.control.tuning().workers.set(Arc::clone(&crew) as Arc<dyn Workers>).is_ok(), "it has workers");
        (0..crew.len()).map(|index| crew.work_of(index, Arc::clone(&self.body))).collect()
    }

    /// Tells the workers that nothing more will be staged.
    #[cfg(autoshard_shuttle)]
    pub fn dismiss(&self) {
        self.control.dismiss_workers();
    }
}
