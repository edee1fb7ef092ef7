//! The policy as text, for people.

use std::fmt::Write;

use super::{
    EffectivePolicy, Origin, UnknownKey,
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
    knob(key).map(|knob| explanation(knob, None)).ok_or_else(|| UnknownKey::new(key))
}

/// All that is known of a knob, with the value in force where there is one.
fn explanation(knob: &Knob, in_force: Option<(String, &Origin)>) -> String {
    // A name such as "auto" is not a number of anything.
    let has_unit = |value: &str| !knob.unit.is_empty() && !value.starts_with('"');
    let with_unit = |value: String| if has_unit(&value) { format!("{value} {}", knob.unit) } else { value };
    let in_force = in_force.map(|(value, origin)| format!("  in force     {} (from: {origin})\n", with_unit(value)));
    format!(
        "{}\n  {}\n{}  default      {}\n  allowed      {}\n  takes effect {}\n  environment  {}\n  \
         why          {}\n",
        knob.key,
        knob.meaning,
        in_force.unwrap_or_default(),
        with_unit(knob.default_value()),
        knob.allowed_text(),
        knob.application.name(),
        knob.environment_variable(),
        knob.reason,
    )
}

impl EffectivePolicy {
    /// As [`explain`], with the knob's value in this policy, and where that came from.
    ///
    /// ```
    /// let effective = autoshard_tuning::PolicyLayers::new().set("shards.max", 64).resolve()?;
    /// assert!(effective.explain("shards.max")?.contains("in force     64 shards (from: code)"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`explain`].
    pub fn explain(&self, key: &str) -> Result<String, UnknownKey> {
        let known = self.iter().find(|(knob, _)| knob.key == key);
        let explained = known.map(|(knob, origin)| explanation(knob, Some((knob.value(&self.policy), origin))));
        explained.ok_or_else(|| UnknownKey::new(key))
    }

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
