//! The layers of a policy, and what they come to.

use std::sync::Arc;

use super::{
    Knob, Origin, Policy, Profile, check,
    error::{PolicyError, PolicyErrors, UnknownKey},
    knob::{ENVIRONMENT_PREFIX, knob, knobs},
    nearest::nearest,
    profile,
    value::{Mismatch, Written},
};

/// Environment variables of our prefix that are not knobs: the policy file's path, and where the tests' traces lie.
const RESERVED_VARIABLES: &[&str] = &["AUTOSHARD_POLICY", "AUTOSHARD_TRACES"];

/// A value on its way to a knob.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) knob: &'static Knob,
    pub(super) written: Written,
    pub(super) origin: Origin,
}

/// Gathers the layers of a policy: defaults < profile < code < policy file < environment.
///
/// Nothing is read here: the caller hands in a file's text and the environment. Nothing is checked before
/// [`resolve`](Self::resolve), which then reports everything that is wrong.
///
/// ```
/// use autoshard_tuning::{Origin, PolicyLayers};
///
/// let mut layers = PolicyLayers::new();
/// layers.set("shards.max", 512).set("tuner.strategy", "fixed");
/// layers.environment([("AUTOSHARD_SHARDS_MAX", "64"), ("HOME", "/root")]);
/// let effective = layers.resolve()?;
/// assert_eq!(effective.policy.shards.max, 64);
/// assert_eq!(effective.origin("tuner.strategy"), Some(&Origin::Code));
/// # Ok::<(), autoshard_tuning::PolicyErrors>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PolicyLayers {
    code: Vec<(String, String)>,
    file: Option<(Arc<str>, String)>,
    environment: Vec<(String, String)>,
}

impl PolicyLayers {
    /// No layer but the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a knob in code: `set("shards.max", 64)`, `set("profile", "skewed")`. The last call for a key counts.
    pub fn set(&mut self, key: &str, value: impl ToString) -> &mut Self {
        self.code.retain(|(known, _)| known != key);
        self.code.push((key.to_owned(), value.to_string()));
        self
    }

    /// Hands in the policy file: its text, and its name for messages. The last call counts.
    pub fn file(&mut self, name: &str, text: impl Into<String>) -> &mut Self {
        self.file = Some((name.into(), text.into()));
        self
    }

    /// Hands in the environment: pairs of name and value. Names that do not begin with `AUTOSHARD_` are passed over,
    /// and so are `AUTOSHARD_POLICY` and `AUTOSHARD_TRACES`.
    pub fn environment<N, V>(&mut self, variables: impl IntoIterator<Item = (N, V)>) -> &mut Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let ours = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX) && !RESERVED_VARIABLES.contains(&name.as_str()));
        self.environment.extend(ours);
        self
    }

    /// Puts the layers upon each other and checks the outcome.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any layer: unknown keys, wrong types, values out of range, syntax errors.
    /// Contradictions between knobs are reported only if nothing else is wrong.
    pub fn resolve(&self) -> Result<EffectivePolicy, PolicyErrors> {
        let mut errors = Vec::new();
        let mut assignments = self.code_assignments(&mut errors);
        assignments.extend(self.file_assignments(&mut errors));
        assignments.extend(self.environment_assignments(&mut errors));

        let mut effective = EffectivePolicy::default();
        effective.apply(&assignments, &mut errors);
        // Which profile it is, only the layers above it can say: they are put on it anew.
        let profile = effective.policy.profile;
        if profile != Profile::Default && errors.is_empty() {
            effective = EffectivePolicy::default();
            let of_profile = profile::read(profile, &mut errors);
            effective.apply(&of_profile, &mut errors);
            effective.apply(&assignments, &mut errors);
        }
        if errors.is_empty() {
            check::conflicts(&effective, &mut errors);
        }
        PolicyErrors::none_or(errors, effective)
    }

    fn code_assignments(&self, errors: &mut Vec<PolicyError>) -> Vec<Assignment> {
        let mut assignments = Vec::with_capacity(self.code.len());
        for (key, value) in &self.code {
            match knob(key) {
                Some(knob) => {
                    assignments.push(Assignment { knob, written: Written::from_text(value), origin: Origin::Code });
                }
                None => errors.push(PolicyError::UnknownKey { origin: Origin::Code, unknown: UnknownKey::new(key) }),
            }
        }
        assignments
    }

    #[cfg(feature = "policy-file")]
    fn file_assignments(&self, errors: &mut Vec<PolicyError>) -> Vec<Assignment> {
        let Some((name, text)) = &self.file else {
            return Vec::new();
        };
        super::file::read(text, &|line, column| Origin::File { name: name.clone(), line, column }, errors)
    }

    #[cfg(not(feature = "policy-file"))]
    fn file_assignments(&self, errors: &mut Vec<PolicyError>) -> Vec<Assignment> {
        if let Some((name, _)) = &self.file {
            errors.push(PolicyError::FeatureOff { origin: Origin::File { name: name.clone(), line: 1, column: 1 } });
        }
        Vec::new()
    }

    fn environment_assignments(&self, errors: &mut Vec<PolicyError>) -> Vec<Assignment> {
        let mut assignments = Vec::with_capacity(self.environment.len());
        for (name, value) in &self.environment {
            let origin = Origin::Environment(name.as_str().into());
            match knobs().iter().find(|knob| knob.environment_variable() == *name) {
                Some(knob) => assignments.push(Assignment { knob, written: Written::from_text(value), origin }),
                None => {
                    let unknown = UnknownKey { key: name.clone(), nearest: nearest_variable(name) };
                    errors.push(PolicyError::UnknownKey { origin, unknown });
                }
            }
        }
        assignments
    }
}

fn nearest_variable(name: &str) -> Option<String> {
    // The common prefix would make any two names look alike.
    let bare = |name: &str| name.strip_prefix(ENVIRONMENT_PREFIX).unwrap_or(name).to_owned();
    let of_knobs = knobs().iter().map(|knob| bare(&knob.environment_variable()));
    let known: Vec<String> = of_knobs.chain(RESERVED_VARIABLES.iter().map(|name| bare(name))).collect();
    let found = nearest(&bare(name), known.iter().map(String::as_str))?;
    Some(format!("{ENVIRONMENT_PREFIX}{found}"))
}

/// A policy, and where each value came from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EffectivePolicy {
    /// The policy.
    pub policy: Policy,
    /// Parallel to [`knobs`].
    origins: Vec<Origin>,
}

impl Default for EffectivePolicy {
    fn default() -> Self {
        Self { policy: Policy::default(), origins: vec![Origin::Default; knobs().len()] }
    }
}

impl EffectivePolicy {
    /// Where the value of the knob of this key came from; `None` if there is no such knob.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        knobs().iter().position(|knob| knob.key == key).map(|index| &self.origins[index])
    }

    /// Each knob with where its value came from, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Knob, &Origin)> {
        knobs().iter().zip(&self.origins)
    }

    /// Takes assignments over, a later one over an earlier.
    fn apply(&mut self, assignments: &[Assignment], errors: &mut Vec<PolicyError>) {
        for Assignment { knob, written, origin } in assignments {
            let error = match (knob.set)(&mut self.policy, written, &knob.allowed) {
                Ok(()) => {
                    let index = knobs().iter().position(|known| known.key == knob.key);
                    if let Some(place) = index.and_then(|index| self.origins.get_mut(index)) {
                        *place = origin.clone();
                    }
                    continue;
                }
                Err(_) if knob.key == "version" => {
                    PolicyError::UnsupportedVersion { origin: origin.clone(), found: written.described() }
                }
                Err(Mismatch::Type) => PolicyError::wrong_type(origin.clone(), knob, written),
                Err(Mismatch::Range) => PolicyError::out_of_range(origin.clone(), knob, written),
            };
            errors.push(error);
        }
    }
}
