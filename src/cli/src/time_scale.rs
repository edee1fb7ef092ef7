//! The tuner's clocks, compressed, so that a demonstration need not last as long as the load it stands for.
//!
//! The library's defaults are not bent: what is compressed is set in code, below a policy file and the environment, and
//! said in the output.

use autoshard_tuning::{EffectivePolicy, Origin};

/// The policy's clocks, compressed by a factor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeScale {
    factor: f64,
    settings: Vec<Setting>,
}

/// A clock.
#[derive(Clone, Debug, PartialEq)]
struct Setting {
    key: &'static str,
    from: String,
    /// What it is set to; `None` where a policy file or the environment has the last word.
    to: Option<String>,
}

impl TimeScale {
    /// Divides the clocks of `effective` by `factor`.
    pub(crate) fn new(factor: f64, effective: &EffectivePolicy) -> Self {
        let tuner = &effective.policy.tuner;
        // All of them allow a thousandth of their unit or less, so the greatest factor keeps them within their ranges.
        let window_ms = (tuner.window_ms as f64 / factor).round().max(1.0) as u64;
        let idle_s = (tuner.idle_s / factor).max(0.001);
        let rhythm_s = tuner.rhythm_s / factor;
        let setting = |key, from: String, to: String| Setting { key, from, to: is_ours(effective, key).then_some(to) };
        let settings = vec![
            setting("tuner.window_ms", tuner.window_ms.to_string(), window_ms.to_string()),
            setting("tuner.idle_s", tuner.idle_s.to_string(), rounded(idle_s).to_string()),
            setting("tuner.rhythm_s", tuner.rhythm_s.to_string(), rounded(rhythm_s).to_string()),
        ];
        Self { factor, settings }
    }

    /// The knobs to set, by key; none at factor 1.
    pub(crate) fn overrides(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let is_compressed = self.factor > 1.0;
        let settings = self.settings.iter().filter(move |_| is_compressed);
        settings.filter_map(|setting| Some((setting.key, setting.to.as_deref()?)))
    }

    /// What was done, for people; `None` at factor 1.
    pub(crate) fn sentence(&self) -> Option<String> {
        if self.factor <= 1.0 {
            return None;
        }
        let words = |Setting { key, from, to }: &Setting| match to {
            Some(to) => format!("{key} {to} instead of {from}"),
            None => format!("{key} {from} as the policy file or the environment says"),
        };
        let settings: Vec<String> = self.settings.iter().map(words).collect();
        Some(format!(
            "the tuner's clocks run {} times as fast (--time-scale): {}",
            rounded(self.factor),
            settings.join(", ")
        ))
    }
}

/// In thousandths: the finest that the knobs allow, and all that anybody reads.
fn rounded(number: f64) -> f64 {
    (1_000.0 * number).round() / 1_000.0
}

/// Whether code may set the knob: nothing above code has.
fn is_ours(effective: &EffectivePolicy, key: &str) -> bool {
    !matches!(effective.origin(key), Some(Origin::File { .. } | Origin::Environment(_)))
}

#[cfg(test)]
mod tests {
    use autoshard_tuning::PolicyLayers;

    use super::*;

    #[test]
    fn the_clocks_are_divided_and_it_is_said() {
        let scale = TimeScale::new(20.0, &EffectivePolicy::default());
        let overrides: Vec<_> = scale.overrides().collect();
        assert_eq!(overrides, [("tuner.window_ms", "5"), ("tuner.idle_s", "3"), ("tuner.rhythm_s", "4320")]);
        assert!(scale.sentence().is_some_and(|sentence| sentence.contains("tuner.window_ms 5 instead of 100")));
    }

    #[test]
    fn at_factor_one_nothing_is_set_or_said() {
        let scale = TimeScale::new(1.0, &EffectivePolicy::default());
        assert_eq!((scale.overrides().count(), scale.sentence()), (0, None));
    }

    #[test]
    fn a_policy_file_has_the_last_word() {
        let mut layers = PolicyLayers::new();
        layers.file("made.toml", "[tuner]\nwindow_ms = 70\n");
        let scale = TimeScale::new(10.0, &layers.resolve().unwrap());
        assert_eq!(scale.overrides().collect::<Vec<_>>(), [("tuner.idle_s", "6"), ("tuner.rhythm_s", "8640")]);
        assert!(scale.sentence().is_some_and(|sentence| sentence.contains("window_ms 70 as the policy file")));
    }
}
