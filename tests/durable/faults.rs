//! Files that are damaged, somebody else's, in use, of other types, or cannot be written.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use autoshard::{BuildError, DurableFileError, DurableSink, Store};
use redb::{Database, TableDefinition};

use super::builder;

fn open(path: &Path) -> Result<DurableSink<u64, String>, DurableFileError> {
    DurableSink::open(path)
}

/// A file with entries whose values take some pages.
fn make(path: &Path, entries: u64) {
    let store = builder().set("workers.batch", 64).set("workers.queue", 256).build_durable(path).unwrap();
    (0..entries).for_each(|key| store.stage(key, value_of(key)).unwrap());
    store.flush_durable().unwrap();
}

fn value_of(key: u64) -> String {
    format!("{key}, ").repeat(20)
}

/// Refused, with this in the message, and left as it was.
fn is_refused(path: &Path, means: &str, is_kind: impl Fn(&DurableFileError) -> bool) {
    let before = fs::read(path).unwrap();
    let error = open(path).unwrap_err();
    assert!(is_kind(&error), "{error:?}");
    let message = error.to_string();
    assert!(message.starts_with(&path.display().to_string()) && message.contains(means), "{message}");
    assert!(fs::read(path).unwrap() == before, "{message}");
}

#[test]
fn the_files_of_others_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter");
    for content in [&b"Dear Sir or Madam"[..], &[0; 100_000], &[0xff; 5]] {
        fs::write(&path, content).unwrap();
        is_refused(&path, "this is no store's file", |error| matches!(error, DurableFileError::Foreign { .. }));
    }

    let path = folder.path().join("database");
    let table: TableDefinition<u64, u64> = TableDefinition::new("accounts");
    let database = Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert(1, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = open(&path).unwrap_err();
    assert!(matches!(error, DurableFileError::Foreign { .. }), "{error:?}");
    let database = Database::open(&path).unwrap();
    let transaction = redb::ReadableDatabase::begin_read(&database).unwrap();
    assert_eq!(transaction.open_table(table).unwrap().get(1).unwrap().unwrap().value(), 2);
    assert_eq!(transaction.list_tables().unwrap().count(), 1);
}

#[test]
fn a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    make(&path, 1);
    let database = Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let format: TableDefinition<&str, u64> = TableDefinition::new("autoshard.format");
    transaction.open_table(format).unwrap().insert("version", 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let message = open(&path).unwrap_err().to_string();
    assert!(message.contains("its version is 2, and this program knows version 1"), "{message}");
}

#[test]
fn places_where_no_file_can_be_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing").join("store")] {
        let error = open(&path).unwrap_err();
        assert!(matches!(error, DurableFileError::Inaccessible { .. }), "{error:?}");
        assert!(error.to_string().contains("cannot be used"), "{error}");
    }
}

#[test]
fn an_empty_file_becomes_a_stores_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    make(file.path(), 3);
    assert_eq!(open(file.path()).unwrap().restore(&Store::new()).unwrap(), 3);
}

#[test]
fn a_file_serves_one_store_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store: Store<u64, String> = builder().build_durable(&path).unwrap();
    let error = builder().build_durable::<u64, String>(&path).unwrap_err();
    assert!(matches!(error, BuildError::DurableFile(DurableFileError::InUse { .. })), "{error:?}");
    assert!(error.to_string().contains("is open already"), "{error}");
    drop(store);
    open(&path).unwrap();
}

#[test]
fn other_types_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    make(&path, 3);
    let error = builder().build_durable::<u64, u64>(&path).unwrap_err();
    assert!(matches!(error, BuildError::DurableFile(DurableFileError::OtherTypes { .. })), "{error:?}");
    let error = builder().build_durable::<(u64, u64), String>(&path).unwrap_err();
    assert!(error.to_string().contains("a key cannot be read"), "{error}");
    assert_eq!(open(&path).unwrap().restore(&Store::new()).unwrap(), 3);
}

/// A bit that has turned anywhere is noticed, or makes no difference.
#[test]
fn damage_is_told_and_never_read() {
    const ENTRIES: u64 = 300;
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
    make(&path, ENTRIES);
    let whole = fs::read(&path).unwrap();
    let used: Vec<usize> = (0..whole.len()).filter(|&at| whole[at] != 0).collect();
    let (mut noticed, mut harmless) = (0, 0);
    for at in used.iter().step_by(used.len() / 100) {
        let mut damaged = whole.clone();
        damaged[*at] ^= 0x10;
        fs::write(&copy, &damaged).unwrap();
        let store = Store::new();
        let outcome = catch_unwind(AssertUnwindSafe(|| open(&copy)?.restore(&store)));
        match outcome.unwrap_or_else(|_| panic!("a panic, by byte {at}")) {
            Ok(count) => {
                assert_eq!(count, ENTRIES, "byte {at}");
                assert!((0..ENTRIES).all(|key| store.get_cloned(&key) == Some(value_of(key))), "byte {at}");
                harmless += 1;
            }
            Err(DurableFileError::Damaged { .. } | DurableFileError::Foreign { .. }) => {
                noticed += 1;
                assert!(fs::read(&copy).unwrap() == damaged, "byte {at}: the file was changed");
            }
            Err(error) => panic!("byte {at}: {error}"),
        }
    }
    println!("{noticed} noticed, {harmless} harmless");
    // The others are of pages that no commit has any more.
    assert!(noticed > harmless / 5, "{noticed} noticed, {harmless} harmless");
    is_refused_when_cut(&path);
}

fn is_refused_when_cut(path: &Path) {
    let whole = fs::read(path).unwrap();
    for length in [100, 5_000, whole.len() / 4] {
        fs::write(path, &whole[..length]).unwrap();
        let error = open(path).unwrap_err();
        assert!(
            matches!(error, DurableFileError::Damaged { .. } | DurableFileError::Foreign { .. }),
            "{length}: {error:?}"
        );
    }
}
