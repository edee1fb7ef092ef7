//! The policy as text, for people.

use std::fmt::Write;

use super::{
    EffectivePolicy, UnknownKey,
    knob::{Knob, knob},
};

/// Column in which comments begin, where the value leaves room.
const COMMENT_COLUMN: usize = 40;

/// All that is known of a knob, as lines of text.
///
/// ```
/// let text = autoshard_tuning::explain("shards.max").unwrap();
/// assert!(text.contains("AUTOSHARD_SHARDS_MAX"));
/// ```
///
/// # Errors
///
/// If there is no such knob; the message names the nearest one.
pub fn explain(key: &str) -> Result<String, UnknownKey> {
    knob(key).map(explanation).ok_or_else(|| UnknownKey::new(key))
}

fn explanation(knob: &Knob) -> String {
    let default = knob.default_value();
    // A name such as "auto" is not a number of anything.
    let has_unit = !knob.unit.is_empty() && !default.starts_with('"');
    let unit = if has_unit { format!(" {}", knob.unit) } else { String::new() };
    format!(
        "{}\n  {}\n  default      {default}{unit}\n  allowed      {}\n  takes effect {}\n  environment  {}\n  \
         why          {}\n",
        knob.key,
        knob.meaning,
        knob.allowed_text(),
        knob.application.name(),
        knob.environment_variable(),
        knob.reason,
    )
}

impl EffectivePolicy {
    /// The policy as a TOML file that would give the same values, each with where it came from as a comment.
    ///
    /// ```
    /// let effective = autoshard_tuning::PolicyLayers::new().resolve()?;
    /// assert!(effective.show().contains("max = 1024"));
    /// # Ok::<(), autoshard_tuning::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn show(&self) -> String {
        let mut text = String::new();
        let mut table_shown = "";
        for (knob, origin) in self.iter() {
            let (table, name) = knob.key.split_once('.').unwrap_or(("", knob.key));
            if table != table_shown {
                push_line(&mut text, &format!("\n[{table}]"));
                table_shown = table;
            }
            let assignment = format!("{name} = {}", knob.value(&self.policy));
            push_line(&mut text, &format!("{assignment:COMMENT_COLUMN$} # {origin}"));
        }
        text
    }
}

fn push_line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}
