//! Giving a store its workers, when it is built.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, Hash};

use super::{Crew, Sinks};
use crate::{Store, builder::BuildError, migration::Clones, telemetry::EventKind};

/// Gives a store its workers, if its policy wants any.
pub(crate) fn engage<K, V, S>(store: Store<K, V, S>) -> Store<K, V, S>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Send + Sync + 'static,
{
    let policy = store.control().policy().workers.clone();
    if policy.enabled
        && let Err(error) = Crew::new(&store, &policy, None).set_to_work(&store, policy.pinning)
    {
        let message = format!("workers could not be started ({error}); callers make the writes that they stage");
        store.control().announce(EventKind::WorkersUnavailable { message });
    }
    store
}

/// As [`engage`], with sinks, which are nothing without workers.
pub(crate) fn engage_with<K, V, S>(store: Store<K, V, S>, mut sinks: Sinks<K, V>) -> Result<Store<K, V, S>, BuildError>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher + Send + Sync + 'static,
{
    let policy = store.control().policy().workers.clone();
    if !policy.enabled {
        return Err(BuildError::SinksWithoutWorkers {
            message: "the policy wants no workers (workers.enabled)".to_owned(),
        });
    }
    let crew = Crew::new(&store, &policy, Some((&mut sinks, Clones::new())));
    crew.set_to_work(&store, policy.pinning).map_err(|error| BuildError::SinksWithoutWorkers {
        message: format!("a worker could not be started ({error})"),
    })?;
    Ok(store)
}
