//! The policy that a store obeys, and how it is exchanged.

use std::{ops::Deref, time::Instant};

use autoshard_tuning::{MigrationMode, Policy, PolicyErrors};

use super::{PolicyLoadError, PolicySource, ambient};
use crate::sync::{Arc, LeafMutex, Mutex};

/// What another policy has changed in a running store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyChange {
    /// Keys of the knobs that have another value now.
    pub changed: Vec<&'static str>,
    /// Keys of the knobs that are to have another value, but take effect at build: only stores that are built from now on have it.
    pub waiting: Vec<&'static str>,
}

/// A policy, shared by those who read it.
#[derive(Clone)]
pub(crate) enum PolicyInForce {
    /// The process's, for all stores that are built without a builder: not even counted.
    Ambient(&'static Policy),
    /// Any other.
    Own(Arc<Policy>),
}

impl Deref for PolicyInForce {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        match self {
            Self::Ambient(policy) => policy,
            Self::Own(policy) => policy,
        }
    }
}

/// The policy that a store obeys.
pub(crate) struct StorePolicy {
    /// Nothing is done while it is locked but to copy or to replace it.
    in_force: LeafMutex<PolicyInForce>,
    /// Held by whoever puts another policy in force.
    origin: Mutex<Origin>,
}

/// Where a store's policy came from.
#[derive(Clone)]
struct Origin {
    /// `None`: from where that of all stores that are built without a builder does.
    source: Option<Arc<PolicySource>>,
    /// The source's generation that the store knows of.
    generation: u32,
    /// Whether the policy decides how entries migrate.
    can_clone: bool,
}

impl Origin {
    fn source(&self) -> &PolicySource {
        self.source.as_deref().unwrap_or_else(|| &ambient().source)
    }
}

/// News for a store.
pub(crate) enum PolicyNews {
    /// Another policy is in force.
    Reloaded(PolicyChange),
    /// The file has become useless; the message says why.
    Rejected(String),
}

impl StorePolicy {
    /// For a store that is built without a builder.
    pub(crate) fn ambient() -> Self {
        let ambient = ambient();
        let generation = ambient.source.generation();
        let reloaded = || Some(PolicyInForce::Own(ambient.source.standing().accepted?.policy));
        let in_force = if ambient.is_superseded() { reloaded() } else { None };
        let in_force = in_force.unwrap_or(PolicyInForce::Ambient(&ambient.policy));
        Self::new(in_force, Origin { source: None, generation, can_clone: true })
    }

    /// What the source has come to, which is `policy`. Entries that cannot be cloned migrate by being moved, whatever it says.
    pub(crate) fn of(source: PolicySource, mut policy: Policy, can_clone: bool) -> Self {
        if !can_clone {
            policy.migration.mode = MigrationMode::HandOver;
        }
        let generation = source.generation();
        Self::new(
            PolicyInForce::Own(Arc::new(policy)),
            Origin { source: Some(Arc::new(source)), generation, can_clone },
        )
    }

    fn new(in_force: PolicyInForce, origin: Origin) -> Self {
        Self { in_force: LeafMutex::new(in_force), origin: Mutex::new(origin) }
    }

    /// The same for another store.
    pub(crate) fn alike(&self) -> Self {
        let origin = self.origin.lock();
        Self::new(self.in_force(), origin.clone())
    }

    /// The policy in force. Costs a lock that is held for a moment at most, and that operations on keys never take.
    pub(crate) fn in_force(&self) -> PolicyInForce {
        self.in_force.lock().clone()
    }

    /// Whether there is a file whose changes are to be noticed.
    pub(crate) fn is_watched(&self) -> bool {
        self.origin.lock().source().is_watched()
    }

    /// Looks whether the file has changed, and hands what is new to `apply`, which is called while no other change can come into force.
    pub(crate) fn look(&self, now: Instant, apply: impl FnMut(&Policy, PolicyNews)) {
        let mut origin = self.origin.lock();
        origin.source().look(now);
        self.catch_up(&mut origin, apply);
    }

    /// Reads the file now.
    pub(crate) fn reload(&self, apply: impl FnMut(&Policy, PolicyNews)) -> Result<PolicyChange, PolicyLoadError> {
        let mut origin = self.origin.lock();
        let loaded = origin.source().reload();
        let change = self.catch_up(&mut origin, apply);
        loaded.map(|_| change)
    }

    /// Sets knobs in code.
    pub(crate) fn set(
        &self,
        settings: Vec<(String, String)>,
        mut apply: impl FnMut(&Policy, PolicyNews),
    ) -> Result<PolicyChange, PolicyErrors> {
        let mut origin = self.origin.lock();
        // A source of its own: others that have the same one did not ask for this.
        let (source, policy) = origin.source().with_settings(settings)?;
        origin.generation = source.generation();
        origin.source = Some(Arc::new(source));
        Ok(self.replace(policy, origin.can_clone, &mut apply))
    }

    /// Makes up for what has come of the source since the store last knew of it.
    fn catch_up(&self, origin: &mut Origin, mut apply: impl FnMut(&Policy, PolicyNews)) -> PolicyChange {
        if origin.source().generation() == origin.generation {
            return PolicyChange::default();
        }
        let standing = origin.source().standing();
        let known = std::mem::replace(&mut origin.generation, standing.generation);
        let accepted = standing.accepted.filter(|accepted| accepted.generation > known);
        let change =
            accepted.map(|accepted| self.replace(Policy::clone(&accepted.policy), origin.can_clone, &mut apply));
        let change = change.unwrap_or_default();
        if let Some(message) = standing.refusal {
            apply(&self.in_force(), PolicyNews::Rejected(message));
        }
        change
    }

    /// Puts what is live of another policy in force.
    fn replace(&self, mut newer: Policy, can_clone: bool, apply: &mut impl FnMut(&Policy, PolicyNews)) -> PolicyChange {
        let before = self.in_force();
        if !can_clone {
            newer.migration.mode = MigrationMode::HandOver;
        }
        let (policy, waiting) = before.reloaded(&newer);
        let change = PolicyChange { changed: policy.differing_knobs(&before), waiting };
        let policy = Arc::new(policy);
        *self.in_force.lock() = PolicyInForce::Own(Arc::clone(&policy));
        apply(&policy, PolicyNews::Reloaded(change.clone()));
        change
    }
}
