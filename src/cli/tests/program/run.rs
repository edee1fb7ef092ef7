//! Short runs from start to end. Nothing here depends on how much was done in the time.

use std::fs;

use crate::harness::Program;
use serde_json::Value;

/// Runs the program, asserts that nothing was lost, and gives its JSON.
fn run(program: &Program, arguments: &str) -> Value {
    let output = program.run(&format!("{arguments} --json result.json"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}\n{stderr}");
    assert!(stdout.contains("lost updates: 0"), "{stdout}");
    let text = fs::read_to_string(program.path("result.json")).expect("the report was written");
    serde_json::from_str(&text).expect("the report is JSON")
}

#[test]
fn the_default_scenario_writes_all_that_its_json_promises() {
    let program = Program::new();
    let result = run(&program, "run --seconds 1.2 --keys 500 --threads 2");
    assert_eq!((&result["lost_updates"], &result["lost_entries"]), (&0.into(), &0.into()));
    assert!(result["operations"].as_u64().is_some_and(|operations| operations > 0));
    for key in ["seconds", "throughput_ops_per_s"] {
        assert!(result[key].as_f64().is_some_and(|number| number > 0.0), "{key}");
    }
    let numbers = [
        ("latency_ns", ["p50", "p99", "p99_9", "p99_99", "max"].as_slice()),
        ("shards", &["initial", "min", "max", "final"]),
        ("biases", &["neutral", "fenced", "asymmetric", "owned", "changes"]),
        (
            "migrations",
            &[
                "started",
                "completed",
                "aborted",
                "entries_copied",
                "dual_writes",
                "verified_entries",
                "exclusive_hold_ns_max",
            ],
        ),
    ];
    for (table, keys) in numbers {
        keys.iter().for_each(|key| assert!(result[table][key].is_u64(), "{table}.{key}"));
    }
    for hot in result["hot_keys"].as_array().expect("a list") {
        assert!(hot["key"].is_string());
        let bound = |key: &str| hot[key].as_f64().unwrap_or_else(|| panic!("{key} is no number"));
        assert!(bound("share_lower") <= bound("share") && bound("share") <= bound("share_upper"), "{hot}");
    }
    for decision in result["decisions"].as_array().expect("a list") {
        assert!(decision["at_ms"].is_u64() && decision["action"].is_string(), "{decision}");
        assert!(decision["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{decision}");
    }
    for finding in result["diagnosis"].as_array().expect("a list") {
        assert!(finding["condition"].is_string() && finding["figures"].is_object(), "{finding}");
    }
    assert_eq!(result["phases"].as_array().map(Vec::len), Some(6));
}

#[test]
fn no_command_at_all_is_run() {
    let program = Program::new();
    let help = |arguments| String::from_utf8(program.run(arguments).stdout).expect("help is text");
    assert!(help("--help").contains("policy"));
    assert!(help("run --help").contains("--time-scale"));
    // Without arguments the default scenario would take its 20 seconds; a policy that cannot be read shows that it begins.
    let output = program.run_with("", &[("AUTOSHARD_POLICY", "missing.toml")]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("missing.toml"));
}

#[test]
fn what_was_wrong_in_a_run_is_said_at_its_end() {
    let program = Program::new();
    // Every second access is for one key, whatever the speed.
    program.file("made.txt", (0..100).map(|key| format!("popular\nkey{key}\n")).collect::<String>());
    let output = program.run("run --trace made.txt --seconds 1.5 --threads 2 --json result.json");
    let text = String::from_utf8_lossy(&output.stdout);
    let (_, said) = text.split_once("diagnosis, of the worst that was seen\n").expect("it is said in any case");
    let report = fs::read_to_string(program.path("result.json")).expect("the report was written");
    let result: Value = serde_json::from_str(&report).expect("the report is JSON");
    let findings = result["diagnosis"].as_array().expect("a list");
    // A machine may be too slow for samples enough; then nothing is found, and that is said.
    assert_eq!(findings.is_empty(), said.trim_start().starts_with("nothing is wrong"), "{text}");
    for finding in findings {
        assert!(said.contains(finding["evidence"].as_str().expect("a sentence")), "{finding}: {text}");
    }
}

#[test]
fn compressed_clocks_are_said() {
    let program = Program::new();
    let output = program.run("run --seconds 0.2 --keys 100 --time-scale 50 --scenario zipf");
    assert!(String::from_utf8_lossy(&output.stdout).contains("clocks run 50 times as fast"));
    let output = program.run("run --seconds 0.2 --keys 100 --scenario zipf");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("clocks"));
}

#[test]
fn traces_of_all_formats_are_replayed() {
    let program = Program::new();
    let lines = "1 3 0 0\n7 2 0 0\n1 1 0 0\n";
    program.file("made.csv", "op,lbn\n2a,1\n28,2\n28,1\n");
    program.file("made.lis", lines);
    program.file("made.lis.zst", zstd::encode_all(lines.as_bytes(), 3).expect("compression into memory"));
    program.file("made.txt", "alice\nbob\nalice\n");
    for (name, top) in [("made.csv", "1"), ("made.lis", "1"), ("made.lis.zst", "1"), ("made.txt", "alice")] {
        let result = run(&program, &format!("run --trace {name} --seconds 0.3 --threads 2"));
        assert_eq!(result["lost_updates"], 0, "{name}");
        assert!(result["hot_keys_agreement"]["exact_compared"].is_u64(), "{name}");
        // Which keys the threads got to most is a matter of timing; that this one is among them is not.
        let exact = result["hot_keys_exact"].as_array().expect("a list");
        assert!(exact.iter().any(|key| key["key"] == top), "{name}: {exact:?}");
    }
}

#[test]
fn the_html_report_is_one_page_with_its_plots() {
    let program = Program::new();
    let output = program.run("run --seconds 0.6 --keys 100 --html report.html");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(program.path("report.html")).expect("the report was written");
    assert!(page.starts_with("<!DOCTYPE html>"));
    for part in [
        "Throughput",
        "Shards",
        "Latency",
        "Load per shard",
        "Diagnosis",
        "Phases and hot keys",
        "Decisions and migrations",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.matches("<svg").count() >= 4);
    // Self-contained: nothing is fetched.
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("@import"));
}
