//! Where a knob's value came from.

use std::{fmt, sync::Arc};

use super::Profile;

/// Where a knob's value came from; the layers in order, lowest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The knob's default.
    #[default]
    Default,
    /// A profile.
    Profile(Profile),
    /// A call of the program.
    Code,
    /// A policy file.
    File {
        /// The file's name, as it was given.
        name: Arc<str>,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// An environment variable of this name.
    Environment(Arc<str>),
}

impl Origin {
    /// The place among all origins: layer, line and column, the lowest layer first.
    pub(super) fn rank(&self) -> (usize, usize, usize) {
        match self {
            Self::Default => (0, 0, 0),
            Self::Profile(_) => (1, 0, 0),
            Self::Code => (2, 0, 0),
            Self::File { line, column, .. } => (3, *line, *column),
            Self::Environment(_) => (4, 0, 0),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::Profile(profile) => write!(f, "profile {profile}"),
            Self::Code => write!(f, "code"),
            Self::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Self::Environment(name) => write!(f, "environment {name}"),
        }
    }
}
