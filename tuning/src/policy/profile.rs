//! The profiles' texts.

use super::{Profile, error::PolicyError, layers::Assignment};

/// What a profile sets. [`Profile::Default`] sets nothing: it is the knobs' defaults, written out.
#[cfg(feature = "policy-file")]
pub(super) fn read(profile: Profile, errors: &mut Vec<PolicyError>) -> Vec<Assignment> {
    if profile == Profile::Default {
        return Vec::new();
    }
    super::file::read(text(profile), &|_, _| super::Origin::Profile(profile), errors)
}

/// What a profile sets: without a parser, none but the default can be had.
#[cfg(not(feature = "policy-file"))]
pub(super) fn read(profile: Profile, errors: &mut Vec<PolicyError>) -> Vec<Assignment> {
    if profile != Profile::Default {
        errors.push(PolicyError::FeatureOff { origin: super::Origin::Profile(profile) });
    }
    Vec::new()
}

/// The text of a profile, a policy file like any other.
#[cfg(feature = "policy-file")]
pub(super) fn text(profile: Profile) -> &'static str {
    match profile {
        Profile::Default => include_str!("../../profiles/default.toml"),
        Profile::ReadHeavy => include_str!("../../profiles/read-heavy.toml"),
        Profile::WriteHeavy => include_str!("../../profiles/write-heavy.toml"),
        Profile::Skewed => include_str!("../../profiles/skewed.toml"),
        Profile::Frozen => include_str!("../../profiles/frozen.toml"),
    }
}
