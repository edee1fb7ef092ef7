//! A store that is first used by a thread that is pinned to a core knows all of the process's, and so may its tuner.
//!
//! In a process of its own, for cores are counted once.
#![cfg(target_os = "linux")]

use std::{fs, thread};

use autoshard::Store;

/// Shards of a fresh store for each core, up to a power of two.
const SHARDS_OF_A_CORE: usize = 4;

/// The cores that a thread of this process may use, as the system writes them.
fn cores_of(thread: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/self/task/{thread}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    Some(line.trim().to_owned())
}

/// The number of the tuner's thread.
fn tuner() -> Option<String> {
    let threads = fs::read_dir("/proc/self/task").ok()?;
    let number = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    let is_tuner = |number: &String| {
        fs::read_to_string(format!("/proc/self/task/{number}/comm")).is_ok_and(|name| name.trim() == "autoshard-tuner")
    };
    threads.filter_map(Result::ok).filter_map(number).find(is_tuner)
}

#[test]
fn a_pinned_thread_does_not_hide_the_other_cores() {
    // The main thread's, which nobody pins here.
    let process = std::process::id().to_string();
    let all = core_affinity::get_core_ids().unwrap_or_default();
    let store = thread::spawn(move || {
        // Where affinity is refused, there is nothing that could be hidden.
        all.first().map(|core| core_affinity::set_for_current(*core));
        let store = Store::new();
        for key in 0_u64..100_000 {
            store.insert(key, key);
        }
        (store, all.len().max(1))
    });
    let (store, cores) = store.join().expect("nothing panics in it");
    assert!(store.shard_count() >= (SHARDS_OF_A_CORE * cores).next_power_of_two(), "{} shards", store.shard_count());
    // It begins with the store's first sample that is kept, and takes a moment to move.
    let Some(tuner) = tuner() else { return };
    for _ in 0..1000 {
        if cores_of(&tuner) == cores_of(&process) {
            return;
        }
        thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("the tuner may use {:?}, the process {:?}", cores_of(&tuner), cores_of(&process));
}
