//! What is known of each knob.

use std::fmt;

use super::{
    Policy,
    nearest::nearest,
    tables,
    value::{AUTO, Mismatch, Written},
};

/// The prefix of the environment variables that set knobs.
pub(super) const ENVIRONMENT_PREFIX: &str = "AUTOSHARD_";

/// A knob of the policy: its key, and all that is to be known of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Knob {
    /// The key, as a policy writes it: `shards.max`.
    pub key: &'static str,
    /// What its value may be.
    pub allowed: Allowed,
    /// The value's unit; empty where it has none.
    pub unit: &'static str,
    /// When a new value takes effect.
    pub application: Application,
    /// What it does, in a sentence.
    pub meaning: &'static str,
    /// Why the default is what it is: where it was measured, or that it is a guess.
    pub reason: &'static str,
    pub(super) text: fn(&Policy) -> String,
    pub(super) set: fn(&mut Policy, &Written, &Allowed) -> Result<(), Mismatch>,
}

impl Knob {
    /// The value that `policy` gives to the knob, as TOML writes it.
    ///
    /// ```
    /// let knob = autoshard_tuning::knob("tuner.enabled").unwrap();
    /// assert_eq!(knob.value(&autoshard_tuning::Policy::default()), "true");
    /// ```
    #[must_use]
    pub fn value(&self, policy: &Policy) -> String {
        (self.text)(policy)
    }

    /// The default, as TOML writes it.
    #[must_use]
    pub fn default_value(&self) -> String {
        self.value(&Policy::default())
    }

    /// The environment variable that overrides it: `AUTOSHARD_SHARDS_MAX`.
    #[must_use]
    pub fn environment_variable(&self) -> String {
        format!("{ENVIRONMENT_PREFIX}{}", self.key.replace('.', "_").to_uppercase())
    }

    /// What is allowed, with the unit: `1 to 32768 shards`.
    #[must_use]
    pub fn allowed_text(&self) -> String {
        let space = if self.unit.is_empty() { "" } else { " " };
        format!("{}{space}{}", self.allowed, self.unit)
    }
}

/// What a knob's value may be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Allowed {
    /// A whole number in a range.
    Integer {
        /// The smallest.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A whole number in a range, or `"auto"`.
    IntegerOrAuto {
        /// The smallest.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A power of two in a range.
    PowerOfTwo {
        /// The smallest.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A number in a range.
    Real {
        /// The smallest.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// `true` or `false`.
    Flag,
    /// One of a few names.
    Choice(&'static [&'static str]),
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { min, max } if min == max => write!(f, "{min}"),
            Self::Integer { min, max } => write!(f, "{min} to {max}"),
            Self::IntegerOrAuto { min, max } => write!(f, "\"{AUTO}\" or {min} to {max}"),
            Self::PowerOfTwo { min, max } => write!(f, "a power of two, {min} to {max}"),
            Self::Real { min, max } => write!(f, "{min} to {max}"),
            Self::Flag => write!(f, "true or false"),
            Self::Choice(names) => {
                for (index, name) in names.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}\"{name}\"")?;
                }
                Ok(())
            }
        }
    }
}

/// When a knob's new value takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Application {
    /// At once, in a store that is running.
    Live,
    /// Only in stores that are built afterwards.
    AtBuild,
}

impl Application {
    /// The name, as documentation writes it: `live` or `at build`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::AtBuild => "at build",
        }
    }
}

/// All knobs, in the order in which they are shown: tables together.
///
/// ```
/// assert!(autoshard_tuning::knobs().iter().any(|knob| knob.key == "shards.max"));
/// ```
#[must_use]
pub fn knobs() -> &'static [Knob] {
    tables::KNOBS
}

/// The knob of that key, if there is one.
#[must_use]
pub fn knob(key: &str) -> Option<&'static Knob> {
    knobs().iter().find(|knob| knob.key == key)
}

/// The key or table nearest to `written`, if one is near.
pub(super) fn nearest_key(written: &str) -> Option<&'static str> {
    nearest(written, knobs().iter().map(|knob| knob.key).chain(tables::TABLES.iter().copied()))
}
