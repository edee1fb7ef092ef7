//! The layers of a policy, its checks, and what its errors say.

use autoshard_tuning::{Origin, Policy, PolicyLayers, Strategy, explain, knob, knobs};

/// The messages of everything that is wrong.
fn messages(layers: &PolicyLayers) -> Vec<String> {
    let errors = layers.resolve().expect_err("the policy is wrong");
    errors.as_slice().iter().map(ToString::to_string).collect()
}

#[test]
fn the_defaults_are_valid_and_come_from_the_table() {
    let effective = PolicyLayers::new().resolve().expect("the defaults are valid");
    assert_eq!(effective.policy, Policy::default());
    assert!(effective.iter().all(|(_, origin)| *origin == Origin::Default));
}

#[test]
fn every_knob_accepts_its_own_default_as_text() {
    for knob in knobs() {
        let default = knob.default_value();
        let effective = PolicyLayers::new().set(knob.key, default.trim_matches('"')).resolve();
        let effective = effective.unwrap_or_else(|error| panic!("{} = {default}: {error}", knob.key));
        assert_eq!(knob.value(&effective.policy), default, "{}", knob.key);
        assert_eq!(effective.origin(knob.key), Some(&Origin::Code), "{}", knob.key);
    }
}

#[test]
fn every_knob_says_what_it_does_and_why() {
    for knob in knobs() {
        for text in [knob.meaning, knob.reason] {
            assert!(text.ends_with('.'), "{}: {text:?} is not a sentence", knob.key);
        }
        let text = explain(knob.key).expect("it is a knob");
        let of_table = [knob.key, knob.meaning, knob.reason, knob.unit, knob.application.name()];
        let parts = [&knob.default_value(), &knob.environment_variable(), &knob.allowed_text()];
        for part in of_table.into_iter().chain(parts.map(String::as_str)) {
            assert!(text.contains(part), "{}: {part:?} is missing in {text}", knob.key);
        }
    }
}

#[test]
fn every_knob_is_explained_with_the_value_in_force_and_its_origin() {
    let mut layers = PolicyLayers::new();
    layers.set("tuner.strategy", "fixed").environment([("AUTOSHARD_TUNER_WINDOW_MS", "50")]);
    let effective = layers.resolve().expect("it is valid");
    for (knob, origin) in effective.iter() {
        let text = effective.explain(knob.key).expect("it is a knob");
        let in_force = text.lines().find(|line| line.starts_with("  in force ")).expect("there is a value");
        assert!(in_force.contains(&knob.value(&effective.policy)), "{in_force}");
        assert!(in_force.ends_with(&format!("(from: {origin})")), "{in_force}");
        let others: Vec<_> = text.lines().filter(|line| *line != in_force).collect();
        assert_eq!(others, explain(knob.key).expect("it is a knob").lines().collect::<Vec<_>>());
    }
    assert!(effective.explain("tuner.window_ms").expect("it is a knob").contains("50 ms (from: environment AUTO"));
    let error = effective.explain("shard.max").expect_err("there is none");
    assert_eq!(error.to_string(), "there is no shard.max; did you mean shards.max?");
}

#[test]
fn explaining_an_unknown_key_names_the_nearest() {
    let error = explain("shard.max").expect_err("there is none");
    assert_eq!(error.to_string(), "there is no shard.max; did you mean shards.max?");
}

#[test]
fn code_is_below_the_environment() {
    let mut layers = PolicyLayers::new();
    layers.set("shards.max", 512).set("tuner.strategy", "formula").set("tuner.horizon_s", 2);
    layers.environment([
        ("AUTOSHARD_SHARDS_MAX", "1_024"),
        ("PATH", "/bin"),
        ("AUTOSHARD_POLICY", "x"),
        ("AUTOSHARD_TRACES", "y"),
    ]);
    let effective = layers.resolve().expect("it is valid");
    assert_eq!(effective.policy.shards.max, 1024);
    assert_eq!(effective.policy.tuner.strategy, Strategy::Formula);
    assert_eq!(effective.policy.tuner.horizon_s, 2.0, "a whole number is a number");
    assert_eq!(effective.origin("shards.max"), Some(&Origin::Environment("AUTOSHARD_SHARDS_MAX".into())));
    assert_eq!(effective.origin("tuner.strategy"), Some(&Origin::Code));
    assert_eq!(effective.origin("tuner.nothing"), None);
}

#[test]
fn a_misspelt_key_in_code_names_the_nearest() {
    let mut layers = PolicyLayers::new();
    layers.set("shards.maximum", 3).set("nonsense", 3);
    let expected = [
        "code: there is no shards.maximum; did you mean shards.max?",
        "code: there is no nonsense; `autoshard policy explain` lists every key",
    ];
    assert_eq!(messages(&layers), expected);
}

#[test]
fn a_misspelt_variable_names_the_nearest() {
    let mut layers = PolicyLayers::new();
    layers.environment([("AUTOSHARD_SHARD_MAX", "3")]);
    let expected =
        "environment AUTOSHARD_SHARD_MAX: there is no AUTOSHARD_SHARD_MAX; did you mean AUTOSHARD_SHARDS_MAX?";
    assert_eq!(messages(&layers), [expected]);
}

#[test]
fn values_in_code_are_checked() {
    let mut layers = PolicyLayers::new();
    layers
        .set("shards.max", "many")
        .set("tuner.enabled", 1)
        .set("shards.slots", 1000)
        .set("migration.mode", "handover");
    layers.set("hot_keys.share_threshold", f64::NAN).set("shards.min", -1).set("version", 2);
    let expected = [
        "code: shards.max takes a whole number, 1 to 32768 shards, but is the text \"many\"",
        "code: tuner.enabled takes true or false, but is the number 1",
        "code: shards.slots may be a power of two, 4 to 65536 slots, but is the number 1000",
        "code: migration.mode may be \"dual_write\", \"hand_over\", but is the text \"handover\"; \
         did you mean \"hand_over\"?",
        "code: hot_keys.share_threshold takes a number, 0.0001 to 1 of all accesses, but is the text \"NaN\"",
        "code: shards.min may be \"auto\" or 1 to 32768 shards, but is the number -1",
        "code: version is the number 2, but this library knows only version 1 of the policy",
    ];
    assert_eq!(messages(&layers), expected);
}

#[test]
fn knobs_that_contradict_each_other_are_both_named() {
    let mut layers = PolicyLayers::new();
    layers.set("shards.min", 64).environment([("AUTOSHARD_SHARDS_MAX", "8")]);
    let expected = "shards.min must not exceed shards.max, but shards.min is 64 (from: code) \
                    and shards.max is 8 (from: environment AUTOSHARD_SHARDS_MAX); change one of them";
    assert_eq!(messages(&layers), [expected]);
    let mut layers = PolicyLayers::new();
    layers.set("shards.slots", 64).set("shards.initial", 2).set("shards.min", 4);
    assert_eq!(messages(&layers).len(), 2, "initial < min, and the default max > slots");
}

#[test]
fn auto_counts_follow_from_the_cores_within_the_limits() {
    let mut policy = Policy::default();
    assert_eq!([1, 2, 6, 100_000].map(|cores| policy.shards.initial_for(cores, 0)), [4, 8, 32, 1024]);
    assert_eq!([0, 256, 100_000, u64::MAX].map(|capacity| policy.shards.initial_for(2, capacity)), [8, 8, 512, 1024]);
    policy.shards.min = Some(16);
    assert_eq!(policy.shards.initial_for(2, 0), 16);
    policy.shards.max = 1;
    assert_eq!(policy.shards.initial_for(2, 0), 1, "fields set to a contradiction cause no panic");
}

#[test]
fn environment_variables_are_derived_from_keys() {
    let variable = |key| knob(key).expect("it is a knob").environment_variable();
    assert_eq!(variable("hot_keys.sample_every"), "AUTOSHARD_HOT_KEYS_SAMPLE_EVERY");
    assert_eq!(variable("profile"), "AUTOSHARD_PROFILE");
}

#[cfg(not(feature = "policy-file"))]
#[test]
fn without_the_parser_files_and_profiles_are_refused_by_name() {
    let mut layers = PolicyLayers::new();
    layers.file("policy.toml", "");
    assert!(messages(&layers)[0].contains("feature `policy-file`"));
    let mut layers = PolicyLayers::new();
    layers.set("profile", "skewed");
    assert!(messages(&layers)[0].contains("feature `policy-file`"));
    assert!(PolicyLayers::new().set("profile", "default").resolve().is_ok());
}

#[cfg(feature = "policy-file")]
mod file {
    use autoshard_tuning::{MigrationMode, Profile};

    use super::*;

    fn of_file(text: &str) -> PolicyLayers {
        let mut layers = PolicyLayers::new();
        layers.file("policy.toml", text);
        layers
    }

    #[test]
    fn a_file_is_above_code_and_below_the_environment() {
        let mut layers =
            of_file("version = 1\n[shards]\nmax = 64\ninitial = \"auto\"\n[migration]\nmode = 'hand_over'\n");
        layers.set("shards.max", 512).environment([("AUTOSHARD_MIGRATION_MODE", "dual_write")]);
        let effective = layers.resolve().expect("it is valid");
        assert_eq!(effective.policy.shards.max, 64);
        assert_eq!(effective.policy.migration.mode, MigrationMode::DualWrite);
        let here = Origin::File { name: "policy.toml".into(), line: 3, column: 7 };
        assert_eq!(effective.origin("shards.max"), Some(&here));
    }

    #[test]
    fn a_profile_is_below_code_and_the_highest_layer_names_it() {
        let mut layers = of_file("profile = 'skewed'");
        layers.set("profile", "frozen").set("hot_keys.top_k", 33);
        let effective = layers.resolve().expect("it is valid");
        assert_eq!(effective.policy.profile, Profile::Skewed);
        assert!(effective.policy.tuner.enabled, "nothing is left of the profile that was outvoted");
        assert_eq!(effective.policy.hot_keys.top_k, 33);
        assert_eq!(effective.policy.shards.slots, 16_384);
        assert_eq!(effective.origin("shards.slots"), Some(&Origin::Profile(Profile::Skewed)));
        layers.environment([("AUTOSHARD_PROFILE", "frozen")]);
        assert!(!layers.resolve().expect("it is valid").policy.tuner.enabled);
    }

    #[test]
    fn a_file_without_version_is_of_the_current_one() {
        assert_eq!(of_file("").resolve().expect("it is valid").policy, Policy::default());
    }

    #[test]
    fn an_unknown_version_is_refused() {
        let expected = "policy.toml:1:11: version is the number 2, but this library knows only version 1 of the policy";
        assert_eq!(messages(&of_file("version = 2")), [expected]);
    }

    #[test]
    fn everything_wrong_in_a_file_is_reported_from_top_to_bottom() {
        let text = "profile = 'skewd'\ntuner = 3\n[shards]\nmaxx = 4\nmax = 70_000\nmin = '1'\n\
                    [migrations]\nbatch = 1\n[hot_keys]\ntop_k = 1.5\n";
        let expected = [
            "policy.toml:2:9: tuner takes a table (enabled, strategy, window_ms, ",
            "policy.toml:4:1: there is no shards.maxx; did you mean shards.max?",
            "policy.toml:7:2: there is no migrations; did you mean migration?",
            "policy.toml:1:11: profile may be \"default\", ",
            "policy.toml:5:7: shards.max may be 1 to 32768 shards, but is the number 70000",
            "policy.toml:6:7: shards.min takes \"auto\" or 1 to 32768 shards, but is the text \"1\"",
            "policy.toml:10:9: hot_keys.top_k takes a whole number, 1 to 1024 keys, but is the number 1.5",
        ];
        let messages = messages(&of_file(text));
        for message in &messages {
            assert!(expected.iter().any(|start| message.starts_with(start)), "unexpected: {message}");
        }
        assert_eq!(messages.len(), expected.len());
        let places: Vec<_> = messages.iter().map(|message| line_of(message)).collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    fn line_of(message: &str) -> usize {
        message.split(':').nth(1).and_then(|line| line.parse().ok()).expect("a message names its line")
    }

    #[test]
    fn a_syntax_error_names_its_place_and_nothing_else_is_said() {
        let messages = messages(&of_file("[shards]\nmax = = 3\nmaxx = 4\n"));
        assert!(messages[0].starts_with("policy.toml:2:7: this is not valid TOML: "), "{messages:?}");
        assert!(
            messages.iter().all(|message| message.contains("not valid TOML") && !message.contains('\n')),
            "{messages:?}"
        );
    }

    #[test]
    fn a_key_or_table_given_twice_is_a_syntax_error() {
        let texts = ["[shards]\nmax = 3\nmax = 4\n", "[shards]\nmax = 3\n[shards]\nmin = 1\n"];
        for text in texts {
            let messages = messages(&of_file(text));
            assert!(messages[0].starts_with("policy.toml:3:"), "{messages:?}");
        }
    }

    #[test]
    fn odd_values_are_refused_with_their_type() {
        let values =
            ["[]", "{}", "1979-05-27", "99999999999999999999999999999999999999999", "inf", "nan", "0x1_0000_0000"];
        for value in values {
            for key in ["shards.max", "hot_keys.share_threshold", "tuner.enabled", "migration.mode", "shards.initial"] {
                let messages = messages(&of_file(&format!("{key} = {value}")));
                assert!(messages[0].starts_with("policy.toml:1:"), "{messages:?}");
            }
        }
    }

    #[test]
    fn columns_are_counted_in_characters() {
        let messages = messages(&of_file("\u{feff}[shards]\n\"größe\" = 1\nmax = 'ä'\n"));
        assert_eq!(messages.iter().map(|message| line_of(message)).collect::<Vec<_>>(), [2, 3]);
        assert!(messages[1].starts_with("policy.toml:3:7:"), "{messages:?}");
    }

    #[test]
    fn every_profile_is_valid_and_sets_what_it_says() {
        for name in Profile::NAMES {
            let effective = PolicyLayers::new().set("profile", name).resolve();
            let effective = effective.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(effective.policy.profile.name(), *name);
            let set = effective.iter().filter(|(_, origin)| matches!(origin, Origin::Profile(_))).count();
            assert_eq!(set > 0, *name != "default", "{name}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        let shown = PolicyLayers::new().set("profile", "skewed").resolve().expect("it is valid");
        let again = of_file(&shown.show()).resolve().expect("it is valid");
        assert_eq!(again.policy, shown.policy);
        assert!(shown.show().contains("# profile skewed"), "{}", shown.show());
    }

    /// The profile `default` is the table of knobs, written out for people to start their own from; here it is written.
    #[test]
    fn the_default_profile_documents_every_knob() {
        let mut text = String::from("# The defaults: every knob there is, to start your own policy from.\n");
        let mut table_shown = "";
        for knob in knobs() {
            let (table, name) = knob.key.split_once('.').unwrap_or(("", knob.key));
            if table != table_shown {
                text.push_str(&format!("\n[{table}]\n"));
                table_shown = table;
            }
            text.push_str(&format!(
                "# {}\n# Allowed: {}; {}.\n# {}\n{name} = {}\n",
                knob.meaning,
                knob.allowed_text(),
                knob.application.name(),
                knob.reason,
                knob.default_value()
            ));
        }
        let file = include_str!("../profiles/default.toml");
        assert!(file == text, "profiles/default.toml is not what the table of knobs says, which is:\n{text}");
        assert_eq!(of_file(file).resolve().expect("it is valid").policy, Policy::default());
    }
}
