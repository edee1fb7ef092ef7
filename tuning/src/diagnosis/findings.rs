//! All that is found at one time.

use std::fmt;

use super::Finding;

/// What is wrong with a store, or that nothing is; one finding at most for each condition, worst first.
///
/// `Display` writes a line for each finding, or one that says what was looked at where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Diagnosis {
    findings: Vec<Finding>,
    basis: String,
}

impl Diagnosis {
    pub(super) fn new(mut findings: Vec<Finding>, basis: String) -> Self {
        findings.sort_by_key(|finding| finding.condition);
        Self { findings, basis }
    }

    /// The findings, in the order of their [conditions](crate::Condition).
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing is wrong, as far as is known.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.findings.is_empty()
    }

    /// What was looked at, for people: a sentence with figures, without a full stop.
    #[must_use]
    pub fn basis(&self) -> &str {
        &self.basis
    }

    /// Adds what was found at a later time: of each condition the stronger finding stays. So the worst of a whole run is known at its
    /// end, when the store is idle.
    pub fn add(&mut self, later: Self) {
        for finding in later.findings {
            match self.findings.iter_mut().find(|known| known.condition == finding.condition) {
                Some(known) if known.strength() >= finding.strength() => {}
                Some(known) => *known = finding,
                None => self.findings.push(finding),
            }
        }
        self.findings.sort_by_key(|finding| finding.condition);
        self.basis = later.basis;
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_healthy() {
            return write!(f, "nothing is wrong that could be seen: {}.", self.basis);
        }
        for (index, finding) in self.findings.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{finding}")?;
        }
        Ok(())
    }
}
