//! What each format accepts, and the sentence for each thing that it does not.

use std::path::PathBuf;

use super::*;
use crate::workload::Kind;

fn parse(content: &str, format: Option<Format>) -> Result<Trace, TraceError> {
    Trace::parse(&Text::from_bytes("made".to_owned(), content.into())?, format)
}

fn refusal(content: &str) -> String {
    parse(content, None).unwrap_err().to_string()
}

#[test]
fn csv_takes_key_and_kind_from_the_columns_that_the_header_names() {
    let trace = parse("version,time,op,size,lbn\n1,5,2a,512,70\n1,5,28,512,71\n1,6,28,512,70\n", None).unwrap();
    assert_eq!(trace.keys, [Key::Number(70), Key::Number(71)]);
    let kinds: Vec<_> = trace.operations.iter().map(|operation| (operation.key, operation.kind)).collect();
    assert_eq!(kinds, [(0, Kind::Update), (1, Kind::Read), (0, Kind::Read)]);
    assert!(trace.kinds_recorded);
}

#[test]
fn csv_keys_may_be_text_where_the_column_is_not_of_blocks() {
    let trace = parse("time,obj_id\n1,alice\n2,7\n", None).unwrap();
    assert_eq!(trace.keys, [Key::Text("alice".into()), Key::Number(7)]);
    assert!(!trace.kinds_recorded);
}

#[test]
fn arc_expands_consecutive_blocks() {
    let trace = parse("10 3 0 0\n11 1 0 0\n", None).unwrap();
    assert_eq!(trace.keys, [Key::Number(10), Key::Number(11), Key::Number(12)]);
    let keys: Vec<_> = trace.operations.iter().map(|operation| operation.key).collect();
    assert_eq!(keys, [0, 1, 2, 1]);
}

#[test]
fn plain_takes_a_line_as_a_key_whatever_its_line_end() {
    let trace = parse("alice\r\nbob\r\nalice\r\n", None).unwrap();
    assert_eq!(trace.keys, [Key::Text("alice".into()), Key::Text("bob".into())]);
    assert_eq!(trace.operations.len(), 3);
}

#[test]
fn a_bad_line_in_the_middle_is_named() {
    let cases = [
        ("op,lbn\n2a,1\n2a,x\n28,3\n", "made:3", "\"x\" is not a block number"),
        ("op,lbn\n2a,1\n99,2\n28,3\n", "made:3", "\"99\" is no kind of access"),
        ("op,lbn\n2a,1\n2a\n28,3\n", "made:3", "1 fields where the header has 2"),
        ("1 1 0 0\n2 x 0 0\n3 1 0 0\n", "made:2", "\"x\" is not a number"),
        ("1 1 0 0\n2 1 0\n3 1 0 0\n", "made:2", "3 fields"),
        ("1 1 0 0\n2 0 0 0\n3 1 0 0\n", "made:2", "count of blocks is 0"),
        ("1 1 0 0\n18446744073709551615 2 0 0\n", "made:2", "beyond 64 bits"),
        ("a\nb\n\nc\n", "made:3", "0 words"),
        ("a\nb\nc d\n", "made:3", "2 words"),
    ];
    for (content, place, problem) in cases {
        let message = refusal(content);
        assert!(message.contains(place) && message.contains(problem), "{message}");
    }
}

#[test]
fn a_header_alone_is_no_trace() {
    assert!(refusal("op,lbn\n").contains("no access"));
}

#[test]
fn a_trace_that_would_not_fit_is_refused() {
    let message = refusal("1 1 0 0\n1 999999999999 0 0\n");
    assert!(message.contains("made:2") && message.contains("200000000"), "{message}");
}

#[test]
fn a_chosen_format_overrides_the_content() {
    let trace = parse("12\n13\n", Some(Format::Plain)).unwrap();
    assert_eq!(trace.format, Format::Plain);
    let message = parse("12\n13\n", Some(Format::Arc)).unwrap_err().to_string();
    assert!(message.contains("made:1") && message.contains("1 fields"), "{message}");
    let message = parse("12\n13\n", Some(Format::Csv)).unwrap_err().to_string();
    assert!(message.contains("made:1") && message.contains("no key column"), "{message}");
}

#[test]
fn the_real_traces_are_read_whole() {
    let directory = std::env::var_os("AUTOSHARD_TRACES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces"), PathBuf::from);
    for (name, requests, keys) in [("cloudphysics-io.csv", 113_872, 48_974), ("arc-oltp.lis.zst", 914_145, 186_880)] {
        let path = directory.join(name);
        if !path.exists() {
            eprintln!("skipped: the trace {name} is not here");
            continue;
        }
        let trace = Trace::load(&path, None).unwrap();
        assert_eq!((trace.operations.len(), trace.keys.len()), (requests, keys));
    }
}
