//! A policy that changes while its store runs: by its file, and in code.
#![cfg(feature = "policy-file")]
#![forbid(unsafe_code)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use autoshard::{Store, telemetry::EventKind};
use autoshard_tuning::{BiasChoice, MigrationMode, Strategy};

/// After so long, what was waited for is not coming: a hundred times what it should take, for machines that have much else to do.
const PATIENCE: Duration = Duration::from_secs(100);

/// A folder that is removed again.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("autoshard-policy-{}-{number}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        // Whole at every moment, however long this thread is kept from going on.
        let (draft, path) = (self.0.join("draft"), self.0.join(name));
        fs::write(&draft, text).unwrap();
        fs::rename(draft, &path).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn store(file: &Path) -> Store<u64, u64> {
    Store::builder()
        .set("shards.slots", 64)
        .set("shards.max", 64)
        .policy_file(file)
        .build()
        .expect("the policy is valid")
}

/// Uses the store until its window is so long.
fn use_until_window(store: &Store<u64, u64>, window_ms: u64) {
    use_until(store, |store| store.policy().tuner.window_ms == window_ms);
}

fn use_until(store: &Store<u64, u64>, is_so: impl Fn(&Store<u64, u64>) -> bool) {
    let start = Instant::now();
    while !is_so(store) {
        (0..10_000).for_each(|key| store.upsert(key % 64, || key, |value| *value += 1));
        assert!(start.elapsed() < PATIENCE, "the change did not come into force");
    }
}

/// What events say of policies.
fn news(store: &Store<u64, u64>) -> Vec<String> {
    let told = |kind| match kind {
        EventKind::PolicyReloaded { changed, waiting, .. } => Some(format!("{changed:?} {waiting:?}")),
        EventKind::PolicyRejected { message, .. } => Some(message),
        _ => None,
    };
    let mut events = store.events();
    std::iter::from_fn(|| events.try_next()).filter_map(|event| told(event.kind)).collect()
}

#[test]
fn a_changed_file_comes_into_force_while_the_store_is_used() {
    let folder = Folder::new();
    let file = folder.write("policy.toml", "tuner.window_ms = 50\n");
    let store = store(&file);
    assert_eq!(store.policy().tuner.window_ms, 50);
    use_until_window(&store, 50);
    folder.write("policy.toml", "tuner.window_ms = 51\nshards.max = 32\n");
    use_until_window(&store, 51);
    assert_eq!(store.policy().shards.max, 64, "that was fixed when the store was built");
    use_until(&store, |store| !news(store).is_empty());
    assert_eq!(news(&store), [r#"["tuner.window_ms"] ["shards.max"]"#]);
    // In place, as editors write.
    fs::write(&file, "tuner.window_ms = 52\n").unwrap();
    use_until_window(&store, 52);
}

#[cfg(unix)]
#[test]
fn a_file_may_be_replaced_by_name_or_by_a_link_on_its_path() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    for (name, window) in [("one", 60), ("other", 61)] {
        fs::create_dir(folder.0.join(name)).unwrap();
        folder.write(&format!("{name}/policy.toml"), &format!("tuner.window_ms = {window}\n"));
    }
    let current = folder.0.join("current");
    symlink("one", &current).unwrap();
    let store = store(&current.join("policy.toml"));
    assert_eq!(store.policy().tuner.window_ms, 60);

    symlink("other", folder.0.join("next")).unwrap();
    fs::rename(folder.0.join("next"), &current).unwrap();
    use_until_window(&store, 61);

    folder.write("other/policy.toml", "tuner.window_ms = 62\n");
    use_until_window(&store, 62);
}

/// Set for the process of its own in which a test runs.
const CHILD: &str = "POLICY_TEST_CHILD";

/// The environment is the process's, so this takes one of its own.
#[test]
fn stores_that_are_built_without_a_builder_follow_the_file_of_the_environment() {
    if env::var_os(CHILD).is_some() {
        let file = env::var_os("AUTOSHARD_POLICY").expect("the parent has set it");
        return follow_file_of_environment(Path::new(&file));
    }
    let folder = Folder::new();
    let file = folder.write("policy.toml", "tuner.window_ms = 60\n");
    let name = "stores_that_are_built_without_a_builder_follow_the_file_of_the_environment";
    let child = process::Command::new(env::current_exe().unwrap())
        .args([name, "--exact"])
        .env("AUTOSHARD_POLICY", file)
        .env(CHILD, "")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
}

fn follow_file_of_environment(file: &Path) {
    let stores = [Store::new(), Store::new()];
    assert!(stores.iter().all(|store| store.policy().tuner.window_ms == 60));
    let draft = file.with_extension("draft");
    fs::write(&draft, "tuner.window_ms = 61\nshards.max = 32\n").unwrap();
    fs::rename(draft, file).unwrap();
    stores.iter().for_each(|store| use_until_window(store, 61));
    assert!(stores.iter().all(|store| store.policy().shards.max != 32), "that waits for the next store");
    let (next, copy) = (Store::<u64, u64>::new(), stores[0].clone());
    assert_eq!((next.policy().tuner.window_ms, next.policy().shards.max), (61, 32));
    assert_eq!(copy.policy(), stores[0].policy());
    // Each was told of it, once.
    stores.iter().for_each(|store| use_until(store, |store| !news(store).is_empty()));
    assert_eq!(stores.each_ref().map(|store| news(store).len()), [1, 1]);
}

#[test]
fn a_file_that_is_wrong_or_gone_leaves_the_policy_and_is_told_of_once() {
    let folder = Folder::new();
    let file = folder.write("policy.toml", "tuner.window_ms = 70\n");
    let store = store(&file);
    folder.write("policy.toml", "tuner.window_ms = 'long'\n");
    use_until(&store, |store| !news(store).is_empty());
    fs::remove_file(&file).unwrap();
    use_until(&store, |store| news(store).len() > 1);
    assert_eq!(store.policy().tuner.window_ms, 70);
    folder.write("policy.toml", "tuner.window_ms = 71\n");
    use_until_window(&store, 71);
    use_until(&store, |store| news(store).len() > 2);
    let news = news(&store);
    assert_eq!(news.len(), 3, "{news:?}");
    assert!(news[0].contains("policy.toml:1:19: tuner.window_ms takes a whole number"), "{news:?}");
    assert!(news[1].contains("there is no such policy file"), "{news:?}");
}

#[test]
fn a_file_can_be_read_on_demand() {
    let folder = Folder::new();
    let file = folder.write("policy.toml", "lock.bias = 'fenced'\n");
    let store = Store::builder().policy_file(&file).build_by_hand_over::<u64, u64>().unwrap();
    folder.write("policy.toml", "lock.bias = 'neutral'\nmigration.mode = 'dual_write'\nhot_keys.top_k = 3\n");
    let change = store.reload_policy().unwrap();
    // Its entries cannot be cloned, whatever the file says.
    assert_eq!((&change.changed[..], &change.waiting[..]), (&["lock.bias"][..], &["hot_keys.top_k"][..]));
    assert_eq!(store.policy().lock.bias, BiasChoice::Neutral);
    assert_eq!(store.policy().migration.mode, MigrationMode::HandOver);

    folder.write("policy.toml", "lock.bias = 'biased'\n");
    let error = store.reload_policy().unwrap_err().to_string();
    assert!(error.contains("policy.toml:1:13: lock.bias may be"), "{error}");
    assert_eq!(store.policy().lock.bias, BiasChoice::Neutral);
    assert_eq!(news(&store).len(), 2);
}

#[test]
fn what_is_set_in_code_yields_to_the_file_and_outlives_its_changes() {
    let folder = Folder::new();
    let file = folder.write("policy.toml", "tuner.window_ms = 80\n");
    let store = store(&file);
    let change = store.set_policy([("tuner.window_ms", "90"), ("tuner.strategy", "formula")]).unwrap();
    assert_eq!(change.changed, ["tuner.strategy"]);
    assert_eq!((store.policy().tuner.window_ms, store.policy().tuner.strategy), (80, Strategy::Formula));

    folder.write("policy.toml", "tuner.strategy = 'fixed'\n");
    store.reload_policy().unwrap();
    assert_eq!((store.policy().tuner.window_ms, store.policy().tuner.strategy), (90, Strategy::Fixed));
}

#[test]
fn settings_in_code_are_taken_together_or_not_at_all() {
    let store: Store<u64, u64> = Store::builder().set("shards.max", 64).set("shards.slots", 64).build().unwrap();
    let before = store.policy();
    for wrong in [("shards.min", "65"), ("tuner.windw_ms", "5"), ("lock.bias", "none")] {
        store.set_policy([("tuner.window_ms", "5"), wrong]).unwrap_err();
        assert_eq!(store.policy(), before, "{wrong:?}");
    }
    // A limit that fits the new maximum, which waits, and not the old one.
    let change = store.set_policy([("shards.max", 4096), ("shards.min", 100), ("shards.slots", 4096)]).unwrap();
    assert_eq!(
        (change.changed, change.waiting),
        (vec!["shards.min"], vec!["shards.max", "shards.slots", "shards.min"])
    );
    assert_eq!((store.policy().shards.min, store.policy().shards.max), (Some(64), 64));
}

#[test]
fn a_policy_set_in_one_store_is_no_others() {
    let (one, other) = (Store::<u64, u64>::new(), Store::<u64, u64>::new());
    one.set_policy([("tuner.window_ms", 7)]).unwrap();
    let copy = one.clone();
    one.set_policy([("tuner.window_ms", 8)]).unwrap();
    let windows = [&one, &other, &copy].map(|store| store.policy().tuner.window_ms);
    assert_eq!(windows, [8, autoshard::Policy::default().tuner.window_ms, 7]);
}

#[test]
fn limits_and_modes_that_are_set_are_put_in_place() {
    let store: Store<u64, u64> = Store::builder()
        .set("shards.slots", 64)
        .set("shards.max", 64)
        .set("tuner.samples_min", 1)
        .set("tuner.settle_windows", 0)
        .set("tuner.cool_down_factor", 0)
        .set("tuner.window_ms", 60_000)
        .build()
        .unwrap();
    (0..10_000).for_each(|key| store.upsert(key % 64, || key, |value| *value += 1));
    store.reshard(4).unwrap();
    store.set_policy([("shards.min", "16"), ("lock.bias", "fenced")]).unwrap();
    // Until what was there before is worked off, and what the policy wants is carried out.
    use_until(&store, |store| {
        store.tune_now();
        let telemetry = store.telemetry();
        telemetry.shards.len() >= 16 && telemetry.biases.fenced as usize == telemetry.shards.len()
    });
    store.set_policy([("lock.bias", "neutral"), ("tuner.enabled", "false")]).unwrap();
    use_until(&store, |store| {
        store.tune_now();
        store.telemetry().biases.fenced == 0
    });
}
