//! A process that is killed, again and again, loses nothing that was confirmed.

use std::{
    collections::HashMap,
    env, fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use autoshard::Store;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::builder;

const NAME: &str = "kill::nothing_that_was_confirmed_is_lost";
/// Set for the process that is to be killed: the file, and its first number.
const FILE: &str = "DURABLE_TEST_FILE";
const FIRST: &str = "DURABLE_TEST_FIRST";
const CONFIRMED: &str = "confirmed ";

const KILLS: u32 = 60;
/// Of processes that make their file first.
const EARLY_KILLS: u32 = 30;
const KEYS: u64 = 50;
/// Writes between two confirmations, at most: more than fit into queues and batches, so that several transactions are under way.
const BURST: u64 = 40;

/// What a number writes: to which key, and whether the key is there afterwards. The value is the number.
fn write_of(number: u64) -> (u64, bool) {
    (number * 7919 % KEYS, !number.is_multiple_of(5))
}

fn stage(store: &Store<u64, u64>, number: u64) {
    let (key, stays) = write_of(number);
    let is_staged = match (stays, number % 3) {
        (false, _) => store.stage_remove(key).is_ok(),
        (true, 0) => store.stage_upsert(key, number, move |value| *value = number).is_ok(),
        (true, _) => store.stage(key, number).is_ok(),
    };
    assert!(is_staged, "a full queue blocks");
}

fn open(path: &Path) -> Store<u64, u64> {
    builder().build_durable(path).unwrap_or_else(|error| panic!("{error}"))
}

/// Writes and confirms for as long as it lives.
fn write_until_killed(path: &Path, first: u64) {
    let store = open(path);
    let mut random = SmallRng::seed_from_u64(first);
    let mut next = first;
    loop {
        for _ in 0..random.random_range(1..=BURST) {
            stage(&store, next);
            next += 1;
        }
        store.flush_durable().unwrap();
        // In one piece, and past the harness, which captures what macros print.
        let line = format!("{CONFIRMED}{}\n", next - 1);
        io::stdout().write_all(line.as_bytes()).and_then(|()| io::stdout().flush()).expect("the parent listens");
    }
}

/// A process that writes to a file from a number on.
fn start(path: &Path, first: u64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(FILE, path)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills a process after so many confirmations and then so long; says what the last number is that it has confirmed.
fn kill_after(mut child: Child, confirmations: u32, then: Duration) -> Option<u64> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut last = None;
    // What the harness prints is in other lines, or before it in the first one.
    let mut hear = |line: String| match line.split_once(CONFIRMED) {
        Some((_, number)) => {
            last = Some(number.parse().unwrap());
            1
        }
        None => 0,
    };
    let mut heard = 0;
    while heard < confirmations {
        let Some(line) = lines.next() else { break };
        heard += hear(line);
    }
    thread::sleep(then);
    child.kill().unwrap();
    // What it had said before it was gone counts as well.
    lines.for_each(|line| {
        hear(line);
    });
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_none(), "it ended by itself, with {}: {said}", output.status);
    last
}

/// Numbers that a process has staged, or may have: from the first to the last that it confirmed, and the most that it can have staged beyond.
struct Round {
    first: u64,
    confirmed: Option<u64>,
}

impl Round {
    /// The first number that was certainly not staged.
    fn end(&self) -> u64 {
        self.confirmed.map_or(self.first, |last| last + 1) + BURST
    }

    /// What a key may be after the round: what the last confirmed write left there, or any later one.
    fn allows(&self, key: u64, before: Option<u64>) -> Vec<Option<u64>> {
        let mut allowed = vec![before];
        for number in self.first..self.end() {
            let (written, stays) = write_of(number);
            if written != key {
                continue;
            }
            if self.confirmed.is_some_and(|last| number <= last) {
                allowed.clear();
            }
            allowed.push(stays.then_some(number));
        }
        allowed
    }
}

fn content(store: &Store<u64, u64>) -> HashMap<u64, u64> {
    store.iter().map(|entry| (*entry.key(), *entry.value())).collect()
}

#[test]
fn a_file_is_made_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = rand::rng();
    let mut made = 0;
    for kill in 0..EARLY_KILLS {
        let path = folder.path().join(kill.to_string());
        let then = Duration::from_micros(random.random_range(0..20_000));
        kill_after(start(&path, 1), 0, then);
        made += u32::from(path.exists());
        drop(open(&path));
    }
    println!("{made} of {EARLY_KILLS} were made");
}

#[test]
fn nothing_that_was_confirmed_is_lost() {
    if let Some(path) = env::var_os(FILE) {
        let first = env::var(FIRST).unwrap().parse().unwrap();
        return write_until_killed(&PathBuf::from(path), first);
    }
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let (mut before, mut first, mut confirmed) = (HashMap::new(), 1, 0);
    for kill in 0..KILLS {
        // Some before it has confirmed anything: while it opens the file, or makes it.
        let confirmations = random.random_range(0..12_u32).saturating_sub(2);
        let then = Duration::from_micros(random.random_range(0..10_000));
        let round = Round { first, confirmed: kill_after(start(&path, first), confirmations, then) };
        // A copy is looked at, so that the next one has to open the file as the killed one left it.
        let after = if path.exists() {
            fs::copy(&path, &copy).unwrap();
            content(&open(&copy))
        } else {
            assert_eq!(round.confirmed, None);
            HashMap::new()
        };
        for key in 0..KEYS {
            let (was, is) = (before.get(&key).copied(), after.get(&key).copied());
            let allowed = round.allows(key, was);
            assert!(
                allowed.contains(&is),
                "kill {kill}, key {key}: {is:?}, not one of {allowed:?}; confirmed up to {:?}, from {first} on",
                round.confirmed
            );
        }
        confirmed += u64::from(round.confirmed.is_some());
        (before, first) = (after, round.end());
    }
    println!("{KILLS} kills, {confirmed} of processes that had confirmed something, {first} numbers");
    assert!(confirmed > u64::from(KILLS / 4), "kills come too early to mean anything");
}
