//! The program as its user meets it: options, files, exit codes, and a map that hangs.

use std::{
    fs,
    process::{Command, Output},
};

/// Of bad options, as clap has it.
const BAD_OPTIONS: i32 = 2;

fn compare(options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autoshard-compare"));
    command.arg("compare").args(options).output().expect("the program starts")
}

#[test]
fn bad_options_are_named_and_refused() {
    let options = [
        (&["--map", "dasmap"][..], "dasmap"),
        (&["--workload", "gets"], "families are mixes"),
        (&["--threads", "0"], "--threads"),
        (&["--seconds-per-round", "0"], "--seconds-per-round takes a number of seconds above zero, but is 0."),
        (&["--workload", "ycsb-d", "--distribution", "uniform"], "--distribution"),
        (&["--workload", "trace"], "--traces"),
        (&["--workload", "trace", "--traces", "no/such/folder"], "no/such/folder cannot be read"),
    ];
    for (options, message) in options {
        let output = compare(options);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(BAD_OPTIONS), "{options:?}: {error}");
        assert!(error.contains(message), "{options:?}: {error}");
    }
}

#[test]
fn results_are_shown_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let [json, html, trace] = ["rows.json", "page.html", "made.lis"].map(|name| folder.path().join(name));
    fs::write(&trace, "1 3 0 0\n2 5 0 0\n").unwrap();
    let output = compare(&[
        "--workload=get,single-key-update,trace,iteration,parallel-iteration",
        "--traces",
        folder.path().to_str().unwrap(),
        "--keys=100",
        "--threads=2",
        "--map=autoshard,autoshard-neutral,dashmap,limit",
        "--rounds=1",
        "--seconds-per-round=0.01",
        "--warm-up=0",
        "--json",
        json.to_str().unwrap(),
        "--html",
        html.to_str().unwrap(),
    ]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("Lost cells") && text.contains("geometric means"), "{text}");
    let rows: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let rows = rows.as_array().unwrap();
    // Two distributions of `get`, and one cell each of the others; maps may have been met by different regimes.
    assert_eq!(rows.len(), 6 * 4, "{text}");
    assert_eq!(rows.iter().filter(|row| row["map"] == "autoshard-neutral").count(), 6, "{text}");
    assert!(rows.iter().any(|row| row["workload"] == "trace" && row["keys"] == 6), "{text}");
    for row in rows {
        let mops = |field: &str| row[field].as_f64().unwrap();
        assert!(mops("mops_min") > 0.0 && mops("mops_min") <= mops("mops_median"), "{row}");
    }
    assert!(fs::read_to_string(html).unwrap().contains("<svg"));
}

#[test]
fn staged_inserts_are_held_against_direct_ones() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("rows.json");
    let output = compare(&[
        "--workload=staging",
        "--distribution=zipf",
        "--keys=100",
        "--threads=1",
        "--map=autoshard,dashmap",
        "--rounds=1",
        "--seconds-per-round=0.05",
        "--warm-up=0",
        "--json",
        json.to_str().unwrap(),
    ]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let rows: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let of_ours = |workload: &str| {
        let mut rows = rows.as_array().unwrap().iter();
        rows.find(|row| row["workload"] == workload && row["map"] == "autoshard").unwrap()
    };
    let staged = of_ours("staged");
    for cost in ["stage_p99_ns", "insert_p99_ns", "visible_p99_ns", "worker_update_owned_ns"] {
        assert!(staged["costs"][cost]["median"].as_f64().unwrap() > 0.0, "{cost}: {staged}");
    }
    assert!(staged["notes"]["staged_over_direct"]["median"].as_f64().unwrap() > 0.0, "{staged}");
    let durable = of_ours("staged-durable");
    assert!(durable["notes"]["over_transaction_per_write"]["median"].as_f64().unwrap() > 0.0, "{durable}");
    assert!(rows.as_array().unwrap().iter().any(|row| row["map"] == "dashmap" && row["mops_median"].is_number()));
}

#[test]
fn tasks_of_a_service_lose_nothing() {
    let options =
        ["--workload=service", "--keys=100", "--threads=50", "--rounds=1", "--seconds-per-round=0.05", "--warm-up=0"];
    let output = compare(&[&options[..], &["--map=autoshard,rwlock,fixed-64,dashmap,papaya,limit"]].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("service, zipf, 100 keys, 50 threads") && text.contains("update_p99.9_ns"), "{text}");
}

#[test]
fn a_map_that_hangs_is_reported_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("rows.json");
    // Nothing is heard of a map while it warms up, for longer than anybody's patience here.
    let options = ["--workload=single-key-get", "--threads=1", "--map=dashmap,scc", "--patience=3", "--warm-up=600"];
    let output = compare(&[&options[..], &["--json", json.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(1));
    let rows: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let failed: Vec<&str> = rows.as_array().unwrap().iter().filter_map(|row| row["failure"].as_str()).collect();
    assert_eq!(failed.len(), 2, "{rows}");
    assert!(failed.iter().all(|reason| reason.contains("hung")), "{failed:?}");
}
