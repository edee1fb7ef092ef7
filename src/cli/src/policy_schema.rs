//! A JSON Schema of policy files, for editors that complete and check TOML by one.

use autoshard_tuning::{Allowed, Knob, knobs};
use serde_json::{Map, Value, json};

/// The schema, as text. It says of each key what the table of knobs does; what two knobs must fulfil together, only
/// `autoshard policy check` can tell.
pub(crate) fn text() -> String {
    format!("{:#}\n", schema())
}

fn schema() -> Value {
    let mut root = Map::new();
    let mut tables: Vec<(&str, Map<String, Value>)> = Vec::new();
    for knob in knobs() {
        let Some((table, name)) = knob.key.split_once('.') else {
            root.insert(knob.key.to_owned(), of_knob(knob));
            continue;
        };
        if tables.last().is_none_or(|(last, _)| *last != table) {
            tables.push((table, Map::new()));
        }
        if let Some((_, keys)) = tables.last_mut() {
            keys.insert(name.to_owned(), of_knob(knob));
        }
    }
    root.extend(tables.into_iter().map(|(table, keys)| (table.to_owned(), object(keys))));
    let mut schema = object(root);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Policy of an autoshard store");
    schema
}

fn object(keys: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": keys, "additionalProperties": false })
}

fn of_knob(knob: &Knob) -> Value {
    let mut schema = of_values(&knob.allowed);
    schema["description"] = json!(format!(
        "{} Allowed: {}; takes effect {}. {}",
        knob.meaning,
        knob.allowed_text(),
        knob.application.name(),
        knob.reason
    ));
    schema["default"] = default_of(knob);
    if !knob.unit.is_empty() {
        schema["x-unit"] = json!(knob.unit);
    }
    schema["x-takes-effect"] = json!(knob.application.name());
    schema["x-environment"] = json!(knob.environment_variable());
    schema
}

/// The values that a knob takes.
fn of_values(allowed: &Allowed) -> Value {
    match *allowed {
        Allowed::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Allowed::IntegerOrAuto { min, max } => {
            json!({ "anyOf": [{ "const": "auto" }, { "type": "integer", "minimum": min, "maximum": max }] })
        }
        Allowed::PowerOfTwo { min, max } => {
            let powers: Vec<i64> =
                (0..63).map(|exponent| 1 << exponent).filter(|power| (min..=max).contains(power)).collect();
            json!({ "type": "integer", "enum": powers })
        }
        Allowed::Real { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
        Allowed::Flag => json!({ "type": "boolean" }),
        Allowed::Choice(names) => json!({ "type": "string", "enum": names }),
        // A kind of value that this program is older than: the library checks it in any case.
        _ => json!({}),
    }
}

/// What TOML writes of a knob's default (a number, a flag or a plain string) is JSON as well.
fn default_of(knob: &Knob) -> Value {
    let text = knob.default_value();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use autoshard_tuning::{PolicyLayers, Profile};

    use super::*;

    fn is_valid(policy: &str) -> bool {
        let policy: Value = toml::from_str(policy).expect("it is TOML");
        jsonschema::validator_for(&schema()).expect("the schema is one").is_valid(&policy)
    }

    fn is_accepted(policy: &str) -> bool {
        PolicyLayers::new().file("policy.toml", policy).resolve().is_ok()
    }

    #[test]
    fn every_profile_is_valid_and_so_is_what_it_comes_to() {
        for name in Profile::NAMES {
            let file = format!("{}/../../tuning/profiles/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            assert!(is_valid(&std::fs::read_to_string(file).expect("the profile is there")), "{name}");
            let effective = PolicyLayers::new().set("profile", name).resolve().expect("the profile is in order");
            assert!(is_valid(&effective.show()), "{name}");
        }
    }

    #[test]
    fn the_schema_refuses_what_the_library_refuses() {
        let wrong = [
            "shards.max = 'many'",
            "shards.max = 0",
            "shards.max = 70_000",
            "shards.min = 'all'",
            "shards.min = -1",
            "shards.slots = 1000",
            "shards.maxx = 4",
            "shards = 4",
            "sharts.max = 4",
            "tuner.enabled = 1",
            "tuner.strategy = 'best'",
            "tuner.shrink_fill = 0.5",
            "hot_keys.top_k = 1.5",
            "hot_keys.share_threshold = 0",
            "version = 2",
            "profile = 'skewd'",
        ];
        for policy in wrong {
            assert!(!is_accepted(policy) && !is_valid(policy), "{policy}");
        }
    }

    #[test]
    fn the_schema_takes_what_the_library_takes() {
        let right = [
            "",
            "version = 1\nprofile = 'frozen'",
            "[shards]\nmin = 'auto'\nmax = 64\ninitial = 8\nslots = 64",
            "tuner.horizon_s = 2\ntuner.shrink_fill = 0.4",
            "contention.shrink_score = -1",
        ];
        for policy in right {
            assert!(is_accepted(policy) && is_valid(policy), "{policy}");
        }
    }

    /// Each end of each range, and what is just beyond.
    #[test]
    fn limits_are_the_librarys() {
        for knob in knobs() {
            let (min, max) = match knob.allowed {
                Allowed::Integer { min, max } | Allowed::IntegerOrAuto { min, max } => (min, max),
                _ => continue,
            };
            for (value, is_within) in [(min, true), (max, true), (min - 1, false), (max + 1, false)] {
                assert_eq!(is_valid(&format!("{} = {value}", knob.key)), is_within, "{} = {value}", knob.key);
            }
        }
    }

    #[test]
    fn every_knob_is_described_with_its_default() {
        let schema = schema();
        for knob in knobs() {
            let place = format!("/properties/{}", knob.key.replace('.', "/properties/"));
            let of_knob = schema.pointer(&place).unwrap_or_else(|| panic!("{} is missing", knob.key));
            assert!(of_knob["description"].as_str().is_some_and(|text| text.starts_with(knob.meaning)), "{}", knob.key);
            assert!(!of_knob["default"].is_null(), "{}", knob.key);
        }
    }
}
