//! A disk that is full for a while.

use std::{env, fs::metadata, path::Path, process::Command, thread, time::Duration};

use autoshard::{DurableSink, Sinks, Store};

use super::builder;

/// Set for the process of its own that the limit is for: the file.
const FILE: &str = "DURABLE_TEST_FULL";

#[test]
fn a_write_that_fails_comes_again_when_there_is_room() {
    if let Some(path) = env::var_os(FILE) {
        return write_past_limit(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let name = "full::a_write_that_fails_comes_again_when_there_is_room";
    let output = Command::new(env::current_exe().unwrap()).args([name, "--exact"]).env(FILE, &path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let store: Store<u64, Vec<u8>> = builder().build_durable(&path).unwrap();
    assert_eq!(store.len(), 60);
    assert!(store.iter().all(|entry| **entry == value_of(*entry.key())));
}

fn value_of(key: u64) -> Vec<u8> {
    vec![key as u8; 100_000]
}

fn write_past_limit(path: &Path) {
    let sink = DurableSink::open(path).unwrap();
    let sinks = Sinks::new(move |_| sink.clone()).attempts(100_000).pause(Duration::ZERO, Duration::from_millis(1));
    let store = builder().build_with_sinks(sinks).unwrap();
    store.stage(0, value_of(0)).unwrap();
    assert_eq!(store.flush_durable(), Ok(()));

    let failures = || store.workers().iter().map(|worker| worker.sink_failures).sum::<u64>();
    limit_files(metadata(path).unwrap().len());
    thread::scope(|scope| {
        // Waits, once the queues are full.
        scope.spawn(|| (1..60).for_each(|key| store.stage(key, value_of(key)).unwrap()));
        while failures() < 3 {
            thread::yield_now();
        }
        limit_files(libc::RLIM_INFINITY);
    });
    assert_eq!(store.flush_durable(), Ok(()));
    assert!(store.workers().iter().all(|worker| worker.dead_letters == 0));
}

/// No file of this process may grow beyond so many bytes.
fn limit_files(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the signal is ignored in place of ending the process, and the pointer is to a variable of ours.
    let done = unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit)
    };
    assert_eq!(done, 0);
}
