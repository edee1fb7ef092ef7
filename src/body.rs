//! The body: a store's generic part. Its tables lie in the control block's headers; this is who knows their types.

use std::{
    hash::{BuildHasher, Hash},
    marker::PhantomData,
    mem,
    panic::resume_unwind,
    time::Duration,
};

use autoshard_tuning::{MigrationMode, SlotId};
use hashbrown::HashTable;

use crate::{
    control::{Control, Driver, Locked},
    migration::{Clones, Functions, Migrator, Mode, Step, drop_table},
    presence::Kind,
    shard::{Contents, Item, ShardRead, ShardWrite, Visitor, Way},
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    tuner::{self, Actuator},
};

/// Samples before a store is made known to the tuner and keeps samples: by default about 1,000 accesses. What is less used
/// is not worth the tracker's 45 KiB and a thread's ring of 32 KiB. Models keep the first.
const SAMPLES_UNKEPT: u32 = if cfg!(any(autoshard_loom, autoshard_shuttle)) { 0 } else { 64 };

/// Makes a body known to the tuner's thread, without keeping it alive.
type Share<K, V, S> = fn(&Arc<Body<K, V, S>>) -> Weak<dyn Actuator>;

/// What the constructor captured while it had the bounds for it.
pub(crate) struct Capabilities<K, V, S> {
    equal: fn(&K, &K) -> bool,
    hash: unsafe fn(*const (), &K) -> u64,
    clones: Option<Clones<K, V>>,
    /// Makes the body known to the tuner's thread, where that may run steps in it.
    share: Option<Share<K, V, S>>,
}

impl<K, V, S> Clone for Capabilities<K, V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, S> Copy for Capabilities<K, V, S> {}

impl<K: Eq + Hash, V, S: BuildHasher> Capabilities<K, V, S> {
    /// What every store can do: its callers carry out hand-over migrations.
    pub(crate) fn cooperative() -> Self {
        Self {
            equal: |one, other| one == other,
            // SAFETY: the pointer is to the body's hasher, of this type (`Body::functions`).
            hash: |hasher, key| unsafe { &*hasher.cast::<S>() }.hash_one(key),
            clones: None,
            share: None,
        }
    }

    /// Entries can be copied, so that migrations may go by dual-write.
    pub(crate) fn with_clone(self) -> Self
    where
        K: Clone,
        V: Clone,
    {
        Self { clones: Some(Clones::new()), ..self }
    }

    /// The tuner's thread may run steps.
    pub(crate) fn on_thread(self) -> Self
    where
        K: Send + Sync + 'static,
        V: Send + Sync + 'static,
        S: Send + Sync + 'static,
    {
        let share: Share<K, V, S> = |body| {
            let weak: Weak<Body<K, V, S>> = Arc::downgrade(body);
            weak
        };
        Self { share: Some(share), ..self }
    }
}

impl<K, V, S> Capabilities<K, V, S> {
    pub(crate) fn can_clone(&self) -> bool {
        self.clones.is_some()
    }
}

/// A store's generic part.
pub(crate) struct Body<K, V, S> {
    pub(crate) control: Arc<Control>,
    pub(crate) hasher: S,
    pub(crate) capabilities: Capabilities<K, V, S>,
    /// The user's comparison of values, for verification.
    pub(crate) same_value: OnceLock<fn(&V, &V) -> bool>,
    /// Entries to make room for when the store is laid out.
    capacity: usize,
    pub(crate) migrator: Mutex<Migrator<K, V>>,
    is_registered: AtomicBool,
    /// Samples that were not kept; written by sampled accesses only.
    samples_unkept: AtomicU32,
    entries: PhantomData<(K, V)>,
}

// SAFETY: the body owns keys and values (in the headers' opaque cells) and a hasher, and moves with them.
unsafe impl<K: Send, V: Send, S: Send> Send for Body<K, V, S> {}
// SAFETY: through `&Body`, keys and values are shared by readers (`Sync`), and moved in and out by writers and migration
// steps, on whatever thread these run (`Send`); the hasher is only ever shared. The raw pointers inside (in `Functions`,
// kept by marks and the migrator) point to that hasher.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for Body<K, V, S> {}

impl<K, V, S> Body<K, V, S> {
    pub(crate) fn new(
        control: Arc<Control>,
        hasher: S,
        capabilities: Capabilities<K, V, S>,
        capacity: usize,
    ) -> Arc<Self> {
        let bytes = capacity.checked_mul(2 * size_of::<Item<K, V>>() + 2);
        assert!(bytes.is_some_and(|bytes| bytes <= isize::MAX as usize), "capacity overflow");
        Arc::new(Self {
            control,
            hasher,
            capabilities,
            same_value: OnceLock::new(),
            capacity,
            migrator: Mutex::new(Migrator::new()),
            is_registered: AtomicBool::new(false),
            samples_unkept: AtomicU32::new(0),
            entries: PhantomData,
        })
    }

    /// Who carries out, as far as the constructor's bounds allow.
    pub(crate) fn driver_for(capabilities: &Capabilities<K, V, S>) -> Driver {
        if capabilities.share.is_some() { Driver::Thread } else { Driver::Callers }
    }

    /// What a migration does with keys and values.
    pub(crate) fn functions(&self) -> Functions<K, V> {
        let Capabilities { equal, hash, clones, .. } = self.capabilities;
        // SAFETY: `hash` takes a pointer to an `S`. The body lies in an `Arc` and so stays where it is; marks and migrator,
        // which keep the functions, are dropped with it, before its hasher.
        unsafe { Functions::new(equal, (&raw const self.hasher).cast(), hash, clones, self.same_value.get().copied()) }
    }

    /// Makes directory and first shards, unless that is done. Called with the first entry.
    #[cold]
    pub(crate) fn lay_out(&self) {
        self.control.directory.lay_out(|| self.first_shards());
    }

    /// Counts a sample; says whether it is to be kept. The first that is makes the store known to the tuner.
    pub(crate) fn keeps_samples(self: &Arc<Self>) -> bool {
        if self.samples_unkept.load(Ordering::Relaxed) < SAMPLES_UNKEPT {
            self.samples_unkept.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        self.register();
        true
    }

    /// Makes the store known to the tuner, unless that is done.
    fn register(self: &Arc<Self>) {
        // Looked at first: of a store in use, it is a line that all share, and nobody should write it.
        if !self.is_registered.load(Ordering::Relaxed) && !self.is_registered.swap(true, Ordering::Relaxed) {
            tuner::register(&self.control, self.capabilities.share.map(|share| share(self)));
        }
    }

    /// Runs a step of the plan in hand, or begins the one that waits.
    pub(crate) fn step(&self, budget: Duration) -> Step {
        let Some(mut migrator) = self.migrator.try_lock() else { return Step::Waiting };
        self.step_locked(&mut migrator, budget)
    }

    /// As [`step`](Self::step), for whoever has the migrator.
    pub(crate) fn step_locked(&self, migrator: &mut Migrator<K, V>, budget: Duration) -> Step {
        if migrator.is_idle()
            && let Some(plan) = self.control.take_plan()
        {
            migrator.begin(self, plan);
        }
        let step = migrator.step(self, budget);
        if step == Step::Idle {
            self.control.set_has_work(false);
            // Somebody may have submitted one just before that.
            if self.control.has_plan() {
                self.control.set_has_work(true);
            }
        }
        step
    }

    /// Ends the store's life in the background: nobody else enters its body after this, unless it is opened again.
    pub(crate) fn close(&self) {
        // A store that never had an entry was never made known to the tuner, so there is nothing to wait for. Nor is there
        // after a fork: the step that it would wait for is under way in another process.
        let is_known = self.control.directory.is_laid_out();
        self.control.close(is_known && !tuner::is_tuner_thread() && !tuner::is_forked());
        if is_known && self.is_registered.swap(false, Ordering::Relaxed) {
            tuner::unregister(&self.control);
        }
    }

    /// Takes up the life in the background of a store that was closed. What was left undone goes on at once, all else with the
    /// next sample.
    pub(crate) fn open(self: &Arc<Self>) {
        self.control.open();
        if self.control.has_work() {
            self.register();
        }
    }

    fn first_shards(&self) -> Vec<u16> {
        let control = &self.control;
        control.start_clock();
        let cores = tuner::cores();
        let slots = control.directory.slots();
        let policy = control.policy();
        let (sharding, wanted) = (policy.shards.assignment, policy.shards.initial_for(cores, self.capacity as u64));
        let shards = sharding.shard_count(slots as usize, wanted as usize);
        let per_shard = self.capacity.div_ceil(shards);
        let ids: Vec<u16> = (0..shards).map_while(|_| self.new_shard(per_shard)).collect();
        control.make_room(0, ids.len());
        if per_shard > 0 {
            ids.iter().for_each(|&id| control.headers.get(id).note_reserved());
        }
        let directory = sharding.directory(slots as usize, ids.len());
        for &shard in &directory {
            let header = control.headers.get(shard);
            header.set_slots(header.slots() + 1);
        }
        tuner::force_biases(control, &ids);
        directory
    }

    /// A header for a new shard, with a table of that capacity; it owns no slots yet. `None` if there are too many already.
    pub(crate) fn new_shard(&self, capacity: usize) -> Option<u16> {
        // First, since it may panic: an id that was taken would be lost.
        let table = HashTable::with_capacity(capacity);
        let (id, fresh) = self.control.headers.take()?;
        let header = self.control.headers.get(id);
        if fresh {
            // SAFETY: nobody but us knows of a header that was never used, so there is nothing in its cell.
            unsafe { header.opaque.initialise::<K, V>() };
        }
        let mut shard = self.enter_unreachable(id);
        shard.contents_mut().table = table;
        shard.note_table_size();
        Some(id)
    }

    /// Enters a shard that the directory does not name. Waits for those at most who came there by a stale entry of the directory,
    /// and are about to leave.
    pub(crate) fn enter_unreachable(&self, id: u16) -> ShardWrite<'_, K, V> {
        let header = self.control.headers.get(id);
        let pass = header.lock.enter_leaf(Kind::Exclusive);
        // SAFETY: the pass is exclusive and the header's own; its contents are of these types, and were initialised when its
        // id was first taken.
        unsafe { ShardWrite::new(header, pass, Way::Any) }
    }

    /// A header for a target, with a table of that capacity. `None` if there are too many already.
    pub(crate) fn new_target(&self, capacity: usize) -> Option<u16> {
        let id = self.new_shard(capacity)?;
        if self.mode() == Mode::HandOver {
            let mut shard = self.enter_unreachable(id);
            let Contents { table, owners, .. } = shard.contents_mut();
            *owners = Some(Box::new(vec![0; table.num_buckets()]));
        }
        Some(id)
    }

    /// Takes the table of a shard that nobody can reach any more.
    pub(crate) fn empty_shard(&self, id: u16) -> HashTable<Item<K, V>> {
        let mut shard = self.enter_unreachable(id);
        let Contents { table, mark, owners } = mem::replace(shard.contents_mut(), Contents::empty());
        shard.header().set_marked(false);
        shard.note_table_size();
        drop(shard);
        drop((mark, owners));
        table
    }

    /// Takes all entries, for whoever consumes the closed store. Takes no locks: guards that were forgotten keep theirs.
    ///
    /// # Panics
    ///
    /// If it is called by a key's or value's own code from within a step of this store's own migration.
    ///
    /// # Safety
    ///
    /// The caller owns the store, and has closed it.
    pub(crate) unsafe fn take_tables(&self) -> Vec<HashTable<Item<K, V>>> {
        let Some(mut migrator) = self.migrator.try_lock() else {
            panic!(
                "a store cannot be consumed while a step of its own migration is under way: this was called from within it"
            )
        };
        let moved = migrator.take_moved();
        let serving = self.control.headers.serving().map(|(id, _)| id);
        let take = |id| {
            let contents: *mut Contents<K, V> = self.control.headers.get(id).opaque.get();
            // SAFETY: nobody else is inside: callers borrow the store, which its owner has; the background was shut out when it was
            // closed; and no step is under way, since the migrator is held here.
            mem::take(unsafe { &mut (*contents).table })
        };
        serving.chain(moved).map(take).collect()
    }

    /// How entries migrate: by the policy, but without clones there is only one way.
    pub(crate) fn mode(&self) -> Mode {
        match self.control.policy().migration.mode {
            MigrationMode::DualWrite if self.capabilities.can_clone() => Mode::DualWrite,
            _ => Mode::HandOver,
        }
    }

    /// How long a step waits for a shard.
    pub(crate) fn patience(&self) -> Duration {
        self.control.policy().migration.cut_over_wait()
    }

    /// Enters a hash's shard for reading, if that is possible at once.
    #[inline(always)]
    pub(crate) fn enter_shared_at_once(&self, hash: u64, visitor: Visitor) -> Option<ShardRead<'_, K, V>> {
        let (header, pass) = self.control.enter_at_once::<Item<K, V>>(hash, Kind::Shared, visitor)?;
        // SAFETY: as in `enter_shared`.
        Some(unsafe { ShardRead::new(header, pass, Way::at_once(visitor.errand.stay())) })
    }

    /// Enters a hash's shard for writing, if that is possible at once and no migration has marked it.
    #[inline(always)]
    pub(crate) fn enter_exclusive_at_once(&self, hash: u64, visitor: Visitor) -> Option<ShardWrite<'_, K, V>> {
        let (header, pass) = self.control.enter_at_once::<Item<K, V>>(hash, Kind::Exclusive, visitor)?;
        if header.is_marked() {
            header.leave_unwanted(Kind::Exclusive, pass, visitor.errand.stay());
            return None;
        }
        // SAFETY: as in `enter_exclusive`; the shard is not marked.
        Some(unsafe { ShardWrite::new(header, pass, Way::at_once(visitor.errand.stay())) })
    }

    /// Enters a hash's shard for reading; `None` while the store has never had an entry.
    pub(crate) fn enter_shared(&self, hash: u64, visitor: Visitor) -> Option<ShardRead<'_, K, V>> {
        let (header, pass) = self.control.enter::<Item<K, V>>(hash, Kind::Shared, visitor)?;
        // SAFETY: the header's own pass; the directory names only shards of this store, which are initialised.
        let shard = unsafe { ShardRead::new(header, pass, Way::Any) };
        header.note_whereabouts(&shard.contents().table);
        Some(shard)
    }

    /// Enters a hash's shard for writing; `None` while the store has never had an entry.
    pub(crate) fn enter_exclusive(&self, hash: u64, visitor: Visitor) -> Option<ShardWrite<'_, K, V>> {
        let (header, pass) = self.control.enter::<Item<K, V>>(hash, Kind::Exclusive, visitor)?;
        // SAFETY: as in `enter_shared`, and the pass is exclusive.
        let shard = unsafe { ShardWrite::new(header, pass, Way::Any) };
        header.note_whereabouts(&shard.contents().table);
        Some(shard)
    }

    /// As [`enter_exclusive`](Self::enter_exclusive), of a slot.
    pub(crate) fn enter_slot(&self, slot: SlotId, visitor: Visitor) -> Option<ShardWrite<'_, K, V>> {
        let (header, pass) = self.control.enter_slot(slot, Kind::Exclusive, visitor)?;
        // SAFETY: as in `enter_exclusive`.
        Some(unsafe { ShardWrite::new(header, pass, Way::Any) })
    }

    /// As [`enter_shared`](Self::enter_shared), for an iterator.
    pub(crate) fn enter_to_iterate(&self, slot: SlotId, visitor: Visitor) -> Option<ShardRead<'_, K, V>> {
        let (header, pass) = self.control.enter_iterating(slot, Kind::Shared, visitor)?;
        // SAFETY: as in `enter_shared`.
        Some(unsafe { ShardRead::new(header, pass, Way::Any) })
    }

    /// As [`enter_exclusive`](Self::enter_exclusive), for an iterator.
    pub(crate) fn enter_to_iterate_mut(&self, slot: SlotId, visitor: Visitor) -> Option<ShardWrite<'_, K, V>> {
        let (header, pass) = self.control.enter_iterating(slot, Kind::Exclusive, visitor)?;
        // SAFETY: as in `enter_exclusive`.
        Some(unsafe { ShardWrite::new(header, pass, Way::Any) })
    }

    /// As [`enter_to_iterate`](Self::enter_to_iterate), if that takes no longer than `patience`.
    #[cfg(feature = "rayon")]
    pub(crate) fn try_enter_to_iterate(&self, slot: SlotId, patience: Duration) -> Option<ShardRead<'_, K, V>> {
        let (header, pass) = self.control.try_enter_iterating(slot, Kind::Shared, patience)?;
        // SAFETY: as in `enter_shared`.
        Some(unsafe { ShardRead::new(header, pass, Way::Any) })
    }

    /// As [`enter_to_iterate_mut`](Self::enter_to_iterate_mut), if that takes no longer than `patience`.
    #[cfg(feature = "rayon")]
    pub(crate) fn try_enter_to_iterate_mut(&self, slot: SlotId, patience: Duration) -> Option<ShardWrite<'_, K, V>> {
        let (header, pass) = self.control.try_enter_iterating(slot, Kind::Exclusive, patience)?;
        // SAFETY: as in `enter_exclusive`.
        Some(unsafe { ShardWrite::new(header, pass, Way::Any) })
    }

    /// As [`enter_shared`](Self::enter_shared), but gives up instead of waiting.
    pub(crate) fn try_enter_shared(&self, hash: u64, visitor: Visitor) -> Result<Option<ShardRead<'_, K, V>>, Locked> {
        let entered = self.control.try_enter(hash, Kind::Shared, visitor)?;
        // SAFETY: as in `enter_shared`.
        Ok(entered.map(|(header, pass)| unsafe { ShardRead::new(header, pass, Way::Any) }))
    }

    /// As [`enter_exclusive`](Self::enter_exclusive), but gives up instead of waiting.
    pub(crate) fn try_enter_exclusive(
        &self,
        hash: u64,
        visitor: Visitor,
    ) -> Result<Option<ShardWrite<'_, K, V>>, Locked> {
        let entered = self.control.try_enter(hash, Kind::Exclusive, visitor)?;
        // SAFETY: as in `enter_exclusive`.
        Ok(entered.map(|(header, pass)| unsafe { ShardWrite::new(header, pass, Way::Any) }))
    }
}

impl<K, V, S> Actuator for Body<K, V, S>
where
    K: Send + Sync,
    V: Send + Sync,
    S: Send + Sync,
{
    fn step(&self, budget: Duration) -> Step {
        self.step(budget)
    }
}

impl<K, V, S> Drop for Body<K, V, S> {
    fn drop(&mut self) {
        let mut first_panic = None;
        for (_, header) in self.control.headers.all() {
            let contents: *mut Contents<K, V> = header.opaque.get();
            // SAFETY: the last handle to the body is going, so no operation, guard or step is under way: all borrow it. The
            // contents were initialised when the id came into use, and are taken out once, here.
            let Contents { table, .. } = unsafe { contents.read() };
            // A panic of the user's `Drop` must not leak the other entries.
            first_panic = first_panic.or(drop_table(table));
        }
        if let Some(panic) = first_panic
            && !std::thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

#[cfg(all(test, not(any(autoshard_loom, autoshard_shuttle))))]
mod tests {
    use crate::Store;

    /// Shards whose tables are known to whoever comes, and all that serve.
    fn known(store: &Store<u64, u64>) -> (usize, usize) {
        let serving: Vec<_> =
            store.control().headers.serving().map(|(id, _)| store.body().enter_unreachable(id)).collect();
        let is_known = |header: &crate::shard::Header, shard| header.knows_whereabouts_of(shard);
        let known = serving.iter().filter(|shard| is_known(shard.header(), &shard.contents().table)).count();
        (known, serving.len())
    }

    #[test]
    fn tables_are_known_after_growth_and_soon_after_a_migration() {
        let store = Store::builder().set("tuner.enabled", "false").build().expect("a known knob");
        (0..20_000).for_each(|key| assert_eq!(store.insert(key, key), None));
        let (are_known, shards) = known(&store);
        assert_eq!(are_known, shards, "after growth");
        store.reshard(64).expect("nobody else is here");
        // Each sample looks after the shard that it finds itself in.
        for key in (0..20_000).cycle().take(2_000_000) {
            assert_eq!(store.get_cloned(&key), Some(key));
        }
        assert_eq!(known(&store), (64, 64), "after a migration, and many samples");
    }
}
