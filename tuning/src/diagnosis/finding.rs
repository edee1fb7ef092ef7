//! One condition, found.

use std::fmt;

use super::Condition;

/// A condition, with what shows it and what helps.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub condition: Condition,
    /// What shows it, for people: a sentence with the figures, without a full stop.
    pub evidence: String,
    /// What helps, for people: a sentence, without a full stop.
    pub remedy: String,
    /// The figures, for programs. The first one says how strong the finding is among those of its condition.
    pub figures: Vec<Figure>,
}

/// A figure of a finding.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Figure {
    /// What it is, with its unit last: `share_lower`, `held_s`.
    pub name: &'static str,
    /// How much.
    pub value: f64,
}

impl Finding {
    pub(super) fn new<const N: usize>(
        condition: Condition,
        evidence: String,
        remedy: &str,
        figures: [(&'static str, f64); N],
    ) -> Self {
        let figures = figures.into_iter().map(|(name, value)| Figure { name, value }).collect();
        Self { condition, evidence, remedy: remedy.to_owned(), figures }
    }

    /// A figure by its name, if the finding has it.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }

    /// How strong it is, to be compared with others of the same condition.
    pub(super) fn strength(&self) -> f64 {
        self.figures.first().map_or(0.0, |figure| figure.value)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}.", self.evidence, self.remedy)
    }
}
