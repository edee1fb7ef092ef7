//! The modes of a shard's lock, and who uses a shard.

use std::fmt;

/// The mode of a shard's lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Bias {
    /// The lock as it is: every entry takes and releases it.
    #[default]
    Neutral,
    /// Readers announce themselves in their own presence lines, with a fence; writers look at all lines.
    Fenced,
    /// As fenced, but readers have no fence, and a writer issues a heavy barrier instead. The first write makes it
    /// fenced.
    Asymmetric,
    /// One thread enters for reads and writes by announcement; it is named by the index of its presence line. The
    /// first entry of another thread, after a heavy barrier, makes it neutral.
    Owned(u32),
}

impl Bias {
    /// The mode's name, as telemetry writes it: `neutral`, `fenced`, `asymmetric`, `owned`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Fenced => "fenced",
            Self::Asymmetric => "asymmetric",
            Self::Owned(_) => "owned",
        }
    }

    /// Whether it takes a heavy barrier to revoke it.
    #[must_use]
    pub fn is_heavy(self) -> bool {
        matches!(self, Self::Asymmetric | Self::Owned(_))
    }
}

impl fmt::Display for Bias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which threads were seen to use something in a window, as far as samples tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Users {
    /// No sample.
    #[default]
    Nobody,
    /// All samples are by the thread with the presence line of this index.
    One(u32),
    /// Two threads at least.
    Many,
}

impl Users {
    /// The users of two things together.
    ///
    /// ```
    /// use autoshard_tuning::Users;
    ///
    /// assert_eq!(Users::Nobody.and(Users::One(3)), Users::One(3));
    /// assert_eq!(Users::One(2).and(Users::One(3)), Users::Many);
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nobody, users) | (users, Self::Nobody) => users,
            (Self::One(one), Self::One(other)) if one == other => self,
            _ => Self::Many,
        }
    }
}
