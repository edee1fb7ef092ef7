//! `autoshard policy …`

use crate::harness::Program;

fn text(program: &Program, arguments: &str, variables: &[(&str, &str)]) -> String {
    let output = program.run_with(arguments, variables);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the output is text")
}

#[test]
fn check_accepts_a_valid_file() {
    let program = Program::new();
    program.file("good.toml", "version = 1\n[shards]\nmax = 64\n");
    assert!(text(&program, "policy check good.toml", &[]).contains("good.toml is a valid policy"));
}

#[test]
fn show_tells_where_each_value_came_from() {
    let program = Program::new();
    program.file("good.toml", "[shards]\nmax = 64\n");
    let variables = [("AUTOSHARD_TUNER_WINDOW_MS", "70")];
    let shown = text(&program, "policy show --policy good.toml --profile skewed", &variables);
    let origin = |assignment: &str| shown.lines().find(|line| line.starts_with(assignment)).unwrap_or(&shown);
    assert!(origin("max = 64").contains("good.toml:2"), "{shown}");
    assert!(origin("window_ms = 70").contains("AUTOSHARD_TUNER_WINDOW_MS"), "{shown}");
    assert!(shown.contains("default"), "{shown}");
    // The policy that the environment names is shown where no other is asked for.
    assert!(text(&program, "policy show", &[("AUTOSHARD_POLICY", "good.toml")]).contains("good.toml:2"));
    // What is shown can be used as a policy.
    program.file("shown.toml", &shown);
    text(&program, "policy check shown.toml", &[]);
}

#[test]
fn explain_tells_the_value_in_force() {
    let program = Program::new();
    program.file("good.toml", "[shards]\nmax = 64\n");
    let explained = text(&program, "policy explain shards.max --policy good.toml", &[]);
    assert!(explained.contains("in force     64 shards (from: good.toml:2:7)"), "{explained}");
}

#[test]
fn the_schema_is_json() {
    let schema = text(&Program::new(), "policy schema", &[]);
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("it is JSON");
    assert_eq!(schema["properties"]["shards"]["properties"]["max"]["maximum"], 32_768);
}

#[test]
fn explain_knows_each_knob_and_lists_them() {
    let program = Program::new();
    let listed = text(&program, "policy explain", &[]);
    for knob in autoshard_tuning::knobs() {
        assert!(listed.contains(knob.key), "{}", knob.key);
        assert!(text(&program, &format!("policy explain {}", knob.key), &[]).contains(knob.reason), "{}", knob.key);
    }
}
