//! What the program refuses: a sentence with the place, exit code 2, nothing started.

use crate::harness::Program;

#[test]
fn traces_that_cannot_be_replayed() {
    let program = Program::new();
    let whole = zstd::encode_all(&b"1 1 0 0\n2 64 0 0\n".repeat(100)[..], 3).expect("compression into memory");
    let cases: [(&str, &[u8], &[&str]); 9] = [
        ("empty.lis", b"", &["empty.lis", "is empty"]),
        ("header.csv", b"op,lbn\n", &["header.csv:1", "no access"]),
        ("cut.csv", b"op,lbn\n2a,70\n28,7", &["cut.csv:3", "truncated"]),
        ("cut.lis.zst", &whole[..whole.len() - 3], &["cut.lis.zst:", "truncated"]),
        ("unknown.csv", b"time,size\n1,2\n", &["unknown.csv:1", "unknown format", "lbn"]),
        ("unknown.bin", b"\x7fELF\x02\x01\x00\n", &["unknown.bin:1", "unknown format"]),
        ("bad.csv", b"op,lbn\n2a,70\n2a,seven\n28,71\n", &["bad.csv:3", "\"seven\""]),
        ("bad.lis", b"1 1 0 0\n1 1 0\n1 1 0 0\n", &["bad.lis:2", "3 fields"]),
        ("bad.txt", b"alice\nbob\n\ncarol\n", &["bad.txt:3", "0 words"]),
    ];
    for (name, content, parts) in cases {
        program.file(name, content);
        program.assert_refused(&format!("run --trace {name} --json result.json"), parts);
        assert!(!program.path("result.json").exists(), "{name}: no result of a trace that was refused");
    }
    program.assert_refused("run --trace missing.csv", &["missing.csv", "cannot read"]);
    program.assert_refused("run --trace .", &["is a directory"]);
}

#[test]
fn policies_that_cannot_be_obeyed() {
    let program = Program::new();
    let cases: [(&str, &str, &[&str]); 5] = [
        ("misspelt.toml", "[shards]\nmaxx = 8\n", &["misspelt.toml:2", "maxx", "max"]),
        ("range.toml", "[shards]\n\nmax = 0\n", &["range.toml:3", "shards.max", "0"]),
        ("type.toml", "[tuner]\nenabled = \"perhaps\"\n", &["type.toml:2", "tuner.enabled", "true or false"]),
        ("syntax.toml", "[shards]\nmax = = 8\n", &["syntax.toml:2"]),
        ("conflict.toml", "[shards]\nmin = 9\nmax = 8\n", &["shards.min", "shards.max", "conflict.toml:2"]),
    ];
    for (name, content, parts) in cases {
        program.file(name, content);
        program.assert_refused(&format!("run --policy {name} --seconds 1"), parts);
        program.assert_refused(&format!("policy check {name}"), parts);
        program.assert_refused(&format!("policy show --policy {name}"), parts);
    }
    for command in ["run --policy", "policy check"] {
        program.assert_refused(&format!("{command} missing.toml"), &["missing.toml", "cannot read"]);
        program.assert_refused(&format!("{command} ."), &["is a directory"]);
    }
}

#[test]
fn a_bad_environment() {
    let program = Program::new();
    let refused = |name: &str, value: &str, part: &str| {
        let output = program.run_with("run --seconds 1", &[(name, value)]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{message}");
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    };
    refused("AUTOSHARD_SHARD_MAX", "8", "AUTOSHARD_SHARDS_MAX");
    refused("AUTOSHARD_SHARDS_MAX", "many", "AUTOSHARD_SHARDS_MAX");
    refused("AUTOSHARD_POLICY", "missing.toml", "missing.toml");
}

#[test]
fn reports_that_could_not_be_written() {
    let program = Program::new();
    program.assert_refused("run --json nowhere/result.json", &["nowhere/result.json", "not a directory"]);
    program.assert_refused("run --html .", &["is a directory"]);
}

#[test]
fn mistyped_arguments() {
    let program = Program::new();
    program.assert_refused("run --scenario uniformly", &["uniformly", "uniform"]);
    program.assert_refused("run --threads none", &["--threads"]);
    program.assert_refused("run --profile skewd", &["skewd", "skewed"]);
    program.assert_refused("policy explain shards.mx", &["shards.mx", "shards.max"]);
}
