//! `autoshard simulate`

use std::fs;

use crate::harness::Program;

/// Half a second of a mix on two cores.
const SHORT: &str = "simulate --cores 2 --workload get-95 --phase-seconds 0.5";

fn output(program: &Program, arguments: &str) -> (Option<i32>, String, String) {
    let output = program.run_with(arguments, &[]);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let program = Program::new();
    let [(code, first, _), (_, second, _), (_, other, _)] =
        [SHORT, SHORT, &format!("{SHORT} --seed 2")].map(|arguments| output(&program, arguments));
    // Half a second is too short to settle, or it is not: either is a verdict.
    assert!(matches!(code, Some(0 | 1)) && first.contains("Verdict: "), "{first}");
    assert!(first == second && first != other, "{first}\n{other}");
}

#[test]
fn reports_have_the_run_and_what_it_is_held_against() {
    let program = Program::new();
    let (_, text, error) = output(&program, &format!("{SHORT} --json run.json --html run.html"));
    assert!(text.contains("fixed shards: Mop/s 1: "), "{text}{error}");
    let read = |name: &str| fs::read_to_string(program.path(name)).expect("it was written");
    let json: serde_json::Value = serde_json::from_str(&read("run.json")).expect("it is JSON");
    assert_eq!(json["windows"].as_array().map(Vec::len), Some(5));
    assert_eq!(json["evaluation"]["scores"].as_array().map(Vec::len), Some(3));
    assert!(json["windows"][4]["mops"].as_f64().is_some_and(|mops| mops > 0.0));
    assert!(read("run.html").contains("Nothing here was measured"));
}

#[test]
fn a_trace_can_be_simulated() {
    let program = Program::new();
    let accesses: String = (0..2_000).map(|access| format!("key{}\n", access % 50)).collect();
    program.file("trace.txt", &accesses);
    let (code, text, error) =
        output(&program, "simulate --cores 2 --trace trace.txt --format plain --phase-seconds 0.3");
    assert!(matches!(code, Some(0 | 1)) && text.contains("trace trace.txt"), "{text}{error}");
}

#[test]
fn what_cannot_be_is_refused() {
    let program = Program::new();
    for arguments in [
        "simulate --cores 0",
        "simulate --workload nothing",
        "simulate --held-out",
        "simulate --phase-seconds never",
        "simulate --trace missing.txt",
        "simulate --json no/such/folder/run.json",
    ] {
        let (code, _, error) = output(&program, arguments);
        assert!(code == Some(2) && !error.is_empty(), "{arguments}: {code:?} {error}");
    }
}
