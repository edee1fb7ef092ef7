//! The policy of stores that are built without a builder.

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
};

use autoshard_tuning::{Policy, PolicyLayers};

use super::{PolicyFile, PolicySource};
use crate::sync::{OnceLock, statics};

/// The policy of stores that are built without a builder, which cannot fail.
pub(crate) struct AmbientPolicy {
    /// What the environment says, or the defaults if that is wrong.
    pub(super) policy: Policy,
    /// What is wrong, in one line.
    pub(super) rejected: Option<String>,
    pub(super) source: PolicySource,
}

/// A source's generation once it was opened.
const FIRST_GENERATION: u32 = 1;

impl AmbientPolicy {
    /// Whether the policy file was found changed since.
    pub(super) fn is_superseded(&self) -> bool {
        self.source.generation() > FIRST_GENERATION
    }

    /// What is wrong with it, as far as is known, in one line.
    pub(crate) fn rejected(&self) -> Option<&str> {
        self.rejected.as_deref().filter(|_| !self.is_superseded())
    }
}

/// The policy that the process's environment sets.
///
/// Read once in a process, when its first store is built, so that the others cost nothing. If it is wrong, one line on
/// standard error says so, then and only then; each store raises its own event.
pub(crate) fn ambient() -> &'static AmbientPolicy {
    statics! {
        static AMBIENT: OnceLock<AmbientPolicy> = OnceLock::new();
    }
    AMBIENT.get_or_init(|| {
        let ambient = load_or_default(env::vars_os());
        if let Some(rejected) = &ambient.rejected {
            // Not `eprintln!`, which panics where there is no standard error.
            let _ = writeln!(io::stderr(), "autoshard: {rejected}");
        }
        ambient
    })
}

pub(super) fn load_or_default(environment: impl IntoIterator<Item = (OsString, OsString)>) -> AmbientPolicy {
    let (source, effective) = PolicySource::open(PolicyLayers::new(), PolicyFile::FromEnvironment, environment);
    match effective {
        Ok(effective) => AmbientPolicy { policy: effective.policy, rejected: None, source },
        Err(error) => {
            let errors = error.to_string().replace('\n', "; ");
            let rejected = Some(format!("{errors}; until that is mended, the default policy is in force"));
            AmbientPolicy { policy: Policy::default(), rejected, source }
        }
    }
}
