//! Building stores.
#![forbid(unsafe_code)]

#[cfg(feature = "durable")]
use std::path::Path;
use std::{
    env,
    error::Error,
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    path::PathBuf,
};

use autoshard_tuning::PolicyLayers;
#[cfg(feature = "durable")]
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "durable")]
use crate::{DurableFileError, DurableSink};
use crate::{
    Store, Tunable,
    body::{Body, Capabilities},
    control::Control,
    policy::{PolicyFile, PolicyLoadError, PolicySource, StorePolicy, ambient},
    telemetry::EventKind,
    workers::{self, Sinks},
};

/// Sets everything that a policy can, and builds stores of types that [`Store::new`] does not take; from [`Store::builder`].
///
/// Precedence of what is set, lowest first: defaults, profile, [`set`](Self::set), policy file ([`policy_file`](Self::policy_file), or
/// else the one that `AUTOSHARD_POLICY` names), single environment variables (`AUTOSHARD_SHARDS_MAX=64`).
///
/// # Reload
///
/// A change of the policy file is in force within a second in a store that is used, or was within three times `tuner.idle_s`; in one
/// that has been idle for longer, shortly after its next use. It counts once two looks, a quarter of a second apart, have found the
/// same content, so that nothing half written does. What is put in its place, by name or through another symbolic link, counts as
/// well. Knobs that take effect at build wait for the next store. A file that is not in order, or is gone, leaves the policy as it is, and
/// raises an event ([`PolicyRejected`](crate::telemetry::EventKind::PolicyRejected)); a change raises
/// [`PolicyReloaded`](crate::telemetry::EventKind::PolicyReloaded). The file is looked at by the tuner's thread; where there is none,
/// [`Store::reload_policy`] reads it. A pipe is read once.
///
/// ```
/// use autoshard::Store;
///
/// let store: Store<String, u64> = Store::builder().profile("read-heavy").set("shards.max", 128).build()?;
/// assert_eq!(store.policy().shards.max, 128);
///
/// let error = Store::builder().set("shards.maks", 128).build::<String, u64>().unwrap_err();
/// assert!(error.to_string().contains("shards.max"));
/// # Ok::<(), autoshard::BuildError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct StoreBuilder<S = RandomState> {
    layers: PolicyLayers,
    file: PolicyFile,
    capacity: usize,
    hasher: S,
}

impl StoreBuilder<RandomState> {
    pub(crate) fn new() -> Self {
        Self { layers: PolicyLayers::new(), file: PolicyFile::FromEnvironment, capacity: 0, hasher: RandomState::new() }
    }
}

impl<S> StoreBuilder<S> {
    /// Room for so many entries, made with the first one.
    pub fn capacity(mut self, entries: usize) -> Self {
        self.capacity = entries;
        self
    }

    /// The hasher. It should spread keys over all 64 bits: the top seven, the next twelve or so, and the low ones each decide
    /// something.
    pub fn hasher<T>(self, hasher: T) -> StoreBuilder<T> {
        StoreBuilder { layers: self.layers, file: self.file, capacity: self.capacity, hasher }
    }

    /// A profile, by its name: `default`, `read-heavy`, `write-heavy`, `skewed`, `frozen`.
    pub fn profile(self, name: &str) -> Self {
        self.set("profile", name)
    }

    /// Sets a knob, by its key in the policy. Errors come to light when the store is built.
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.layers.set(key, value);
        self
    }

    /// Starts so many workers with the store, which make its [staged writes](Store::stage); 0 starts none. As `workers.enabled` and
    /// `workers.count`, which a policy file or the environment may override. Stores that are built by
    /// [`build_cooperative`](Self::build_cooperative), and copies of stores, have none.
    pub fn workers(self, count: u32) -> Self {
        let builder = self.set("workers.enabled", count > 0);
        if count > 0 { builder.set("workers.count", count) } else { builder }
    }

    /// Obeys this policy file, instead of the one that `AUTOSHARD_POLICY` names. It is read when the store is built, and again when it
    /// has changed: see [Reload](StoreBuilder#reload).
    pub fn policy_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = PolicyFile::At(path.into());
        self
    }

    /// Obeys a policy file with this text, instead of the one that `AUTOSHARD_POLICY` names.
    pub fn policy_toml(mut self, text: impl Into<String>) -> Self {
        self.file = PolicyFile::Text(text.into());
        self
    }

    /// Builds a store that the background thread tunes, and whose entries migrate as the policy says (`migration.mode`).
    ///
    /// # Errors
    ///
    /// If the policy, as all of its layers together, is not in order.
    pub fn build<K, V>(self) -> Result<Store<K, V, S>, BuildError>
    where
        K: Eq + Hash + Tunable,
        V: Tunable,
        S: BuildHasher + Send + Sync + 'static,
    {
        Ok(workers::engage(self.build_with(Capabilities::cooperative().with_clone().on_thread())?))
    }

    /// As [`build`](Self::build), with sinks for what its [workers](Self::workers) make: of staged writes only, not of those that callers make
    /// themselves. Keys and values are cloned for them, one of each for each entry of a [batch](crate::Batch), a result of updates inside its shard.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); and if the store would have no workers, by the policy, or because no thread can be started.
    ///
    /// ```
    /// use autoshard::{Batch, Sink, SinkError, Sinks, Store};
    ///
    /// struct Print;
    ///
    /// impl Sink<u64, &'static str> for Print {
    ///     fn commit(&mut self, batch: &Batch<u64, &'static str>) -> Result<(), SinkError> {
    ///         println!("{:?}", batch.entries());
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let sinks = Sinks::new(|_worker| Print).dead_letters(|batch, error| eprintln!("{error}: {batch:?}"));
    /// let store = Store::builder().workers(2).build_with_sinks(sinks)?;
    /// store.stage(1, "one")?;
    /// store.flush_durable()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build_with_sinks<K, V>(self, sinks: Sinks<K, V>) -> Result<Store<K, V, S>, BuildError>
    where
        K: Eq + Hash + Tunable,
        V: Tunable,
        S: BuildHasher + Send + Sync + 'static,
    {
        workers::engage_with(self.build_with(Capabilities::cooperative().with_clone().on_thread())?, sinks)
    }

    /// As [`build_with_sinks`](Self::build_with_sinks), with a [`DurableSink`](crate::DurableSink) for each worker: what the store's staged writes leave is kept in
    /// this file, and the store begins with what the file has. Direct writes are not kept. Needs the feature `durable`.
    ///
    /// # Errors
    ///
    /// As [`build_with_sinks`](Self::build_with_sinks); and if the file cannot be used, or has entries of other types. It is left as it is.
    ///
    /// ```
    /// use autoshard::Store;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("users");
    /// let store: Store<String, u64> = Store::builder().workers(2).build_durable(&path)?;
    /// store.stage("alice".to_owned(), 1)?;
    /// store.stage("bob".to_owned(), 2)?;
    /// store.flush_durable()?; // from here on, both outlive the process
    /// store.stage_remove("bob".to_owned())?;
    /// drop(store); // waits for what is left
    ///
    /// let store: Store<String, u64> = Store::builder().workers(2).build_durable(&path)?;
    /// assert_eq!(store.get_cloned("alice"), Some(1));
    /// assert_eq!(store.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "durable")]
    pub fn build_durable<K, V>(self, path: impl AsRef<Path>) -> Result<Store<K, V, S>, BuildError>
    where
        K: Eq + Hash + Tunable + Serialize + DeserializeOwned,
        V: Tunable + Serialize + DeserializeOwned,
        S: BuildHasher + Send + Sync + 'static,
    {
        let sink = DurableSink::open(path).map_err(BuildError::DurableFile)?;
        let of_workers = sink.clone();
        let store = self.build_with_sinks(Sinks::new(move |_| of_workers.clone()))?;
        sink.restore(&store).map_err(BuildError::DurableFile)?;
        Ok(store)
    }

    /// Builds a store that the background thread tunes, and whose entries migrate by being moved: none is ever cloned.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use autoshard::Store;
    ///
    /// let store: Store<u64, Mutex<Vec<u8>>> = Store::builder().build_by_hand_over()?;
    /// store.insert(1, Mutex::new(vec![1]));
    /// # Ok::<(), autoshard::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_by_hand_over<K, V>(self) -> Result<Store<K, V, S>, BuildError>
    where
        K: Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        Ok(workers::engage(self.build_with(Capabilities::cooperative().on_thread())?))
    }

    /// Builds a store of any types, also borrowed ones. The background thread decides; the threads that use the store carry that out,
    /// in short steps, one access in many; entries migrate by being moved.
    ///
    /// ```
    /// use autoshard::Store;
    ///
    /// let text = String::from("to be or not to be");
    /// let counts: Store<&str, usize> = Store::builder().build_cooperative()?;
    /// for word in text.split(' ') {
    ///     counts.upsert(word, || 1, |count| *count += 1);
    /// }
    /// assert_eq!(counts.get_cloned("be"), Some(2));
    /// # Ok::<(), autoshard::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_cooperative<K: Eq + Hash, V>(self) -> Result<Store<K, V, S>, BuildError>
    where
        S: BuildHasher,
    {
        self.build_with(Capabilities::cooperative())
    }

    fn build_with<K, V>(self, capabilities: Capabilities<K, V, S>) -> Result<Store<K, V, S>, BuildError> {
        let (source, effective) = PolicySource::open(self.layers, self.file, env::vars_os());
        let effective = effective.map_err(BuildError::Policy)?;
        let policy = StorePolicy::of(source, effective.policy, capabilities.can_clone());
        Ok(assemble(policy, capabilities, self.capacity, self.hasher))
    }
}

fn assemble<K, V, S>(
    policy: StorePolicy,
    capabilities: Capabilities<K, V, S>,
    capacity: usize,
    hasher: S,
) -> Store<K, V, S> {
    let control = Control::new(policy, Body::driver_for(&capabilities));
    Store::from_body(Body::new(control, hasher, capabilities, capacity))
}

/// Builds a store by the policy of the environment, which cannot fail: a bad one leaves the defaults in force, and says so.
pub(crate) fn build_ambient<K, V, S>(
    capabilities: Capabilities<K, V, S>,
    capacity: usize,
    hasher: S,
) -> Store<K, V, S> {
    let store = assemble(StorePolicy::ambient(), capabilities, capacity, hasher);
    if let Some(message) = ambient().rejected() {
        store.control().announce(EventKind::PolicyRejected { message: message.to_owned() });
    }
    store
}

/// As [`build_ambient`], with so many shards at first, within the limits; unless the environment sets another number.
pub(crate) fn build_ambient_with_shards<K, V, S>(
    capabilities: Capabilities<K, V, S>,
    capacity: usize,
    hasher: S,
    shards: usize,
) -> Store<K, V, S> {
    let limits = StorePolicy::ambient().in_force().shards.clone();
    let wanted = u32::try_from(shards).unwrap_or(u32::MAX);
    let wanted = wanted.clamp(limits.min_resolved().min(limits.max), limits.max);
    let mut layers = PolicyLayers::new();
    layers.set("shards.initial", wanted);
    match PolicySource::open(layers, PolicyFile::FromEnvironment, env::vars_os()) {
        (source, Ok(effective)) => {
            let policy = StorePolicy::of(source, effective.policy, capabilities.can_clone());
            assemble(policy, capabilities, capacity, hasher)
        }
        (_, Err(_)) => build_ambient(capabilities, capacity, hasher),
    }
}

/// A store could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The policy is not in order.
    Policy(PolicyLoadError),
    /// There were to be sinks, and there would be no workers.
    #[non_exhaustive]
    SinksWithoutWorkers {
        /// Why, in a sentence.
        message: String,
    },
    /// The file that was to keep the entries cannot be used.
    #[cfg(feature = "durable")]
    DurableFile(DurableFileError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(error) => error.fmt(f),
            Self::SinksWithoutWorkers { message } => write!(f, "sinks need workers: {message}"),
            #[cfg(feature = "durable")]
            Self::DurableFile(error) => error.fmt(f),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // Their messages are this error's own.
            Self::Policy(error) => error.source(),
            #[cfg(feature = "durable")]
            Self::DurableFile(error) => error.source(),
            Self::SinksWithoutWorkers { .. } => None,
        }
    }
}
