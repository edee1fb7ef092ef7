//! The store.

mod access;
#[cfg(any(test, autoshard_shuttle, fuzzing))]
mod audit;
mod borrowed_control;
mod bulk;
mod change;
mod delegate;
mod diagnose;
mod durable;
mod hand;
#[cfg(any(autoshard_shuttle, fuzzing))]
mod model;
#[cfg(all(test, not(autoshard_shuttle)))]
mod modes;
mod observe;
mod operators;
mod policy;
mod read;
mod reservation;
#[cfg(feature = "serde")]
pub(crate) mod serde;
mod stage;
mod tune;
mod views;

use std::hash::{BuildHasher, Hash, RandomState};

pub use change::CompareExchangeError;
pub use observe::HotKey;
pub use reservation::TryReserveError;
pub use tune::ReshardError;

pub(crate) use hand::Hand;
pub(crate) use stage::is_inside_a_shard;

use self::borrowed_control::BorrowedControl;
use crate::{
    StoreBuilder,
    body::{Body, Capabilities},
    builder::build_ambient,
    control::Control,
    sync::Arc,
    workers,
};

/// A concurrent key-value store that tunes itself.
///
/// Methods take `&self`; share it by reference or in an `Arc`. Where it has a method that DashMap has, too, it means the same.
///
/// Each operation on a key is atomic: it takes effect at one moment between call and return, also while the key's shard is being
/// replaced. Operations on many keys ([`iter`](Self::iter), [`retain`](Self::retain), [`clear`](Self::clear), …) are not: they go from
/// shard to shard, meet what is there throughout exactly once, and may or may not meet what comes and goes meanwhile.
///
/// # Cost
///
/// An operation on a key takes a hash, two dependent loads, an uncontended lock and a look-up in a hashbrown table.
/// The lock's mode is the tuner's choice: one or two atomic read-modify-writes on the shard's cache line at first, and
/// none for reads where nearly all is reading, or for a thread that has the shard to itself; a write then looks at a
/// line of each thread first. One access in 16 or more is sampled, some 60 ns each. An entry takes what it takes in a
/// `HashMap`. A store that was never used takes less than 512 bytes; the first entry allocates the directory (8 KiB by
/// default) and the first shards: a store of a hundred small entries takes less than 16 KiB on machines of up to four
/// cores.
///
/// # Deadlocks
///
/// A guard ([`Ref`](crate::Ref), [`RefMut`](crate::RefMut), an entry, an iterator) keeps a shard locked, and so every key in it. Nobody waits for ever:
/// a thread that would wait for itself gets a panic that names the operation and says where the guard was taken, or the iterator made; of
/// threads that wait for each other in a circle, one gets a panic that names them all. What always works is to read under guards for
/// reading, one's own and others', whoever waits to write; and to write while one holds nothing.
///
/// To write to one key while holding another works where the two are in different shards. That is luck: shards are split and merged, and which
/// keys share one differs from run to run. So builds with debug assertions refuse any operation that writes to a key while its thread is
/// inside another shard of the same store (by a guard, an iterator, or a function that was handed to an operation), with a panic that names both
/// places. `try_get_mut` and `try_entry`, which do not wait, are always allowed. There is no knob for it.
///
/// # Two copies, for a while
///
/// By default, entries migrate by *dual-write*: while a shard is being replaced, its entries have clones, which the tuner's
/// thread makes and drops. `Arc::strong_count`, `Arc::get_mut`, `Weak::upgrade` after a removal, and a `Drop` with effects can tell; and a
/// value that changes through a shared reference, but is not shared by its clones (a `Cell`, an atomic), would lose such a change. For
/// values of that kind choose *hand-over*, which moves: [`StoreBuilder::build_by_hand_over`].
///
/// ```
/// use autoshard::Store;
///
/// let store = Store::new();
/// store.insert("visits", 1);
/// store.update("visits", |count| *count += 1);
/// assert_eq!(store.get_cloned("visits"), Some(2));
/// ```
pub struct Store<K, V, S = RandomState> {
    /// The body's, which lives as long as the store.
    control: BorrowedControl,
    body: Arc<Body<K, V, S>>,
}

// SAFETY: a store owns keys, values and hasher, and moves with them. Its `Arc`s are shared with the tuner's thread alone: the
// control block is not generic and is `Sync` by itself; the body only where the constructor had `Send + Sync + 'static` of all
// three types. `BorrowedControl` is a reference to the former.
unsafe impl<K: Send, V: Send, S: Send> Send for Store<K, V, S> {}
// SAFETY: as the body's: `&Store` reads keys and values (`Sync`) and moves them in and out (`Send`); the hasher is shared.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for Store<K, V, S> {}

// A panic in a closure leaves the store whole: locks are given back, counts are right, and at most the entry that the closure was
// about is gone (`alter`). So there is nothing that could be observed broken.
impl<K, V, S> std::panic::UnwindSafe for Store<K, V, S> {}
impl<K, V, S> std::panic::RefUnwindSafe for Store<K, V, S> {}

/// What keys, values and hashers must be for the background thread to migrate them: `Clone + Send + Sync + 'static`.
///
/// Implemented for all types that are. For others, the [builder](crate::StoreBuilder) makes stores that migrate by moving
/// (`build_by_hand_over`), or that are tuned by the threads that use them (`build_cooperative`).
#[diagnostic::on_unimplemented(
    message = "the tuner's thread cannot migrate `{Self}`: it is not `Clone + Send + Sync + 'static`",
    label = "not `Clone + Send + Sync + 'static`",
    note = "for types that are not `Clone`: `Store::builder().build_by_hand_over()`",
    note = "for types that are not `Send + Sync + 'static`: `Store::builder().build_cooperative()`"
)]
pub trait Tunable: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Tunable for T {}

impl<K: Eq + Hash + Tunable, V: Tunable> Store<K, V, RandomState> {
    /// An empty store that tunes itself. Nothing is reserved before the first entry.
    ///
    /// The policy is the default one, as changed by the environment: a policy file that `AUTOSHARD_POLICY` names, and
    /// single knobs (`AUTOSHARD_SHARDS_MAX=64`). A bad one leaves the defaults in force, and says so in an event and one
    /// line on standard error.
    ///
    /// ```
    /// let store = autoshard::Store::new();
    /// assert_eq!(store.insert(1, "one"), None);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty store with room for so many entries, which is made with the first one; and with a shard for each 256 of them, within the
    /// policy's limits.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K: Eq + Hash + Tunable, V: Tunable, S: BuildHasher + Send + Sync + 'static> Store<K, V, S> {
    /// An empty store with this hasher; otherwise as [`new`](Store::new).
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// An empty store with this hasher and room for so many entries.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        workers::engage(build_ambient(Capabilities::cooperative().with_clone().on_thread(), capacity, hasher))
    }
}

impl Store<(), (), RandomState> {
    /// Sets everything that a policy can, and builds stores of types that [`new`](Store::new) does not take.
    ///
    /// ```
    /// use autoshard::Store;
    ///
    /// let store: Store<u64, String> = Store::builder().set("shards.max", 64).capacity(1000).build()?;
    /// # Ok::<(), autoshard::BuildError>(())
    /// ```
    pub fn builder() -> StoreBuilder<RandomState> {
        StoreBuilder::new()
    }
}

impl<K, V, S> Store<K, V, S> {
    pub(crate) fn from_body(body: Arc<Body<K, V, S>>) -> Self {
        // SAFETY: the body owns the control block, never exchanges it, and is kept beside it.
        let control = unsafe { BorrowedControl::new(&body.control) };
        Self { control, body }
    }

    #[inline]
    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    #[inline]
    pub(crate) fn body(&self) -> &Arc<Body<K, V, S>> {
        &self.body
    }

    /// The hasher.
    pub fn hasher(&self) -> &S {
        &self.body.hasher
    }
}

/// Closes the store: has its workers make what was staged, and waits for their end; waits for the step of a migration that may be under way in the background, and destroys the entries on this
/// thread.
impl<K, V, S> Drop for Store<K, V, S> {
    fn drop(&mut self) {
        self.control.release_workers();
        self.body.close();
        self.control.end_events();
    }
}
