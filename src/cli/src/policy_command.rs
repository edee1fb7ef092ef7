//! `autoshard policy …`

use autoshard_tuning::knobs;

use crate::{args::PolicyCommand, failure::Failure, output, policy_file, policy_schema};

/// Carries out a command on policies.
pub(crate) fn policy(command: PolicyCommand) -> Result<(), Failure> {
    let text = match command {
        PolicyCommand::Check { file } => {
            policy_file::of_file(&file)?;
            format!("{} is a valid policy\n", file.display())
        }
        PolicyCommand::Show { policy, profile } => {
            policy_file::effective(profile.as_deref(), policy.as_deref())?.show()
        }
        PolicyCommand::Explain { key: Some(key), policy, profile } => {
            policy_file::effective(profile.as_deref(), policy.as_deref())?.explain(&key)?
        }
        PolicyCommand::Explain { key: None, .. } => list(),
        PolicyCommand::Schema => policy_schema::text(),
    };
    output::print(&text)
}

/// Each knob with its default and meaning, a line each.
fn list() -> String {
    let line = |knob: &autoshard_tuning::Knob| {
        let value = format!("{} {}", knob.default_value(), knob.unit);
        format!("{:32}{:24}{}\n", knob.key, value.trim_end(), knob.meaning)
    };
    knobs().iter().map(line).collect()
}
