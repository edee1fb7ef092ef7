//! What can be wrong with a policy.

use std::{error::Error, fmt};

use super::{Allowed, Knob, Origin, knob::nearest_key, nearest::nearest, value::Written};

/// A key that no knob and no table has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownKey {
    /// The key, or the name of the environment variable.
    pub key: String,
    /// The nearest one there is, if one is near, in the same form.
    pub nearest: Option<String>,
}

impl UnknownKey {
    /// The error for a key as a policy writes it.
    pub(super) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), nearest: nearest_key(key).map(str::to_owned) }
    }
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, nearest } = self;
        match nearest {
            Some(nearest) => write!(f, "there is no {key}; did you mean {nearest}?"),
            None => write!(f, "there is no {key}; `autoshard policy explain` lists every key"),
        }
    }
}

impl Error for UnknownKey {}

/// One thing wrong with a policy; its message is a sentence that says where, what is allowed, and what was probably
/// meant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not TOML.
    Syntax {
        /// Where.
        origin: Origin,
        /// What the parser says.
        message: String,
    },
    /// No knob or table has this key.
    UnknownKey {
        /// Where.
        origin: Origin,
        /// What was written.
        unknown: UnknownKey,
    },
    /// The value's type is not the knob's.
    WrongType {
        /// Where.
        origin: Origin,
        /// The knob's key.
        key: String,
        /// What the knob takes.
        expected: String,
        /// What was written.
        found: String,
    },
    /// The value is not one that the knob allows.
    OutOfRange {
        /// Where.
        origin: Origin,
        /// The knob's key.
        key: String,
        /// What the knob allows.
        allowed: String,
        /// What was written.
        found: String,
        /// The nearest allowed name, for a knob that takes names.
        nearest: Option<String>,
    },
    /// The policy was written for a version that this library does not know.
    UnsupportedVersion {
        /// Where.
        origin: Origin,
        /// The version that was asked for.
        found: String,
    },
    /// Two knobs contradict each other.
    Conflict {
        /// What they must fulfil: "shards.min must not exceed shards.max".
        rule: &'static str,
        /// Each knob with its value and where that came from.
        values: Vec<(&'static str, String, Origin)>,
    },
    /// The library was built without what this takes.
    FeatureOff {
        /// What was asked for.
        origin: Origin,
    },
}

impl PolicyError {
    /// Where the error is; a contradiction between knobs is in no one place.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Syntax { origin, .. }
            | Self::UnknownKey { origin, .. }
            | Self::WrongType { origin, .. }
            | Self::OutOfRange { origin, .. }
            | Self::UnsupportedVersion { origin, .. }
            | Self::FeatureOff { origin } => Some(origin),
            Self::Conflict { .. } => None,
        }
    }

    pub(super) fn wrong_type(origin: Origin, knob: &Knob, written: &Written) -> Self {
        let kind = match knob.allowed {
            Allowed::Integer { .. } => "a whole number, ",
            Allowed::Real { .. } => "a number, ",
            Allowed::Choice(_) => "one of ",
            Allowed::IntegerOrAuto { .. } | Allowed::PowerOfTwo { .. } | Allowed::Flag => "",
        };
        Self::WrongType {
            origin,
            key: knob.key.to_owned(),
            expected: format!("{kind}{}", knob.allowed_text()),
            found: written.described(),
        }
    }

    pub(super) fn out_of_range(origin: Origin, knob: &Knob, written: &Written) -> Self {
        let nearest = match (knob.allowed, written) {
            (Allowed::Choice(names), Written::Text(text)) => nearest(text, names.iter().copied()),
            _ => None,
        };
        Self::OutOfRange {
            origin,
            key: knob.key.to_owned(),
            allowed: knob.allowed_text(),
            found: written.described(),
            nearest: nearest.map(str::to_owned),
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { origin, message } => write!(f, "{origin}: this is not valid TOML: {message}"),
            Self::UnknownKey { origin, unknown } => write!(f, "{origin}: {unknown}"),
            Self::WrongType { origin, key, expected, found } => {
                write!(f, "{origin}: {key} takes {expected}, but is {found}")
            }
            Self::OutOfRange { origin, key, allowed, found, nearest } => {
                write!(f, "{origin}: {key} may be {allowed}, but is {found}")?;
                nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean \"{nearest}\"?"))
            }
            Self::UnsupportedVersion { origin, found } => {
                write!(f, "{origin}: version is {found}, but this library knows only version 1 of the policy")
            }
            Self::Conflict { rule, values } => {
                write!(f, "{rule}, but ")?;
                for (index, (key, value, origin)) in values.iter().enumerate() {
                    let and = if index == 0 { "" } else { " and " };
                    write!(f, "{and}{key} is {value} (from: {origin})")?;
                }
                write!(f, "; change one of them")
            }
            Self::FeatureOff { origin } => {
                write!(f, "{origin}: cannot be read, because autoshard was built without its feature `policy-file`")
            }
        }
    }
}

impl Error for PolicyError {}

/// All that is wrong with a policy: at least one [`PolicyError`].
///
/// Its message is theirs, a line each.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyErrors(Vec<PolicyError>);

impl PolicyErrors {
    /// Gives `value` if nothing was wrong.
    pub(super) fn none_or<T>(mut errors: Vec<PolicyError>, value: T) -> Result<T, Self> {
        errors.sort_by_key(|error| error.origin().map(Origin::rank));
        if errors.is_empty() { Ok(value) } else { Err(Self(errors)) }
    }

    /// The errors, in the order of the layers, in a file from top to bottom; there is at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[PolicyError] {
        &self.0
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{error}")?;
        }
        Ok(())
    }
}

impl Error for PolicyErrors {}

impl From<PolicyError> for PolicyErrors {
    fn from(error: PolicyError) -> Self {
        Self(vec![error])
    }
}
