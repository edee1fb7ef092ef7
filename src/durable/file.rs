//! The file: a database of redb's, with a table of entries, and one that says that they are a store's.
#![forbid(unsafe_code)]

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle, WriteTransaction};

use super::{DurableFileError, codec::Encoded};
use crate::sync::Mutex;

const ENTRIES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("autoshard.entries");

/// What tells the file from other databases, and its version.
const FORMAT: TableDefinition<&str, u64> = TableDefinition::new("autoshard.format");
const VERSION_KEY: &str = "version";
const VERSION: u64 = 1;

/// A guess: the store has the entries in memory already, so what is kept here is for the pages on the way to them.
const CACHE_BYTES: usize = 64 << 20;

pub(super) struct File {
    path: PathBuf,
    /// None after an error, for redb does nothing more with a file that it could not write; the next one who wants to opens it anew.
    database: Mutex<Option<Database>>,
}

impl File {
    /// Opens it, and makes it if it is not there, or empty.
    pub(super) fn open(path: &Path) -> Result<Self, DurableFileError> {
        let database = open(path).map_err(|error| explain(error, path))?;
        Ok(Self { path: path.to_owned(), database: Mutex::new(Some(database)) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes entries in one transaction, and returns when it is on disk.
    pub(super) fn write(&self, entries: &[Encoded]) -> Result<(), DurableFileError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            put(&transaction, entries)?;
            transaction.commit()?;
            Ok(())
        })
    }

    /// Calls this with each entry of this moment, and says how many there are.
    pub(super) fn for_each<E>(
        &self,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<Result<u64, E>, DurableFileError> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(ENTRIES)?;
            let mut count = 0;
            for entry in table.iter()? {
                let (key, value) = entry?;
                if let Err(error) = visit(key.value(), value.value()) {
                    return Ok(Err(error));
                }
                count += 1;
            }
            Ok(Ok(count))
        })
    }

    /// Does something with the database, which is put back only if that goes well.
    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, DurableFileError> {
        let mut place = self.database.lock();
        let attempt = || {
            // One that was there already is not made again: without it, all that it had is gone.
            let database = place.take().map_or_else(|| open_existing(&self.path), Ok)?;
            let result = work(&database)?;
            *place = Some(database);
            Ok(result)
        };
        attempt().map_err(|error| explain(error, &self.path))
    }
}

fn put(transaction: &WriteTransaction, entries: &[Encoded]) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(ENTRIES)?;
    for (key, value) in entries {
        match value {
            Some(value) => drop(table.insert(&**key, &**value)?),
            None => drop(table.remove(&**key)?),
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<Database, redb::Error> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        Ok(file) if file.is_file() && file.len() == 0 => prepare(&builder().create(path)?)?,
        _ => (),
    }
    open_existing(path)
}

/// Makes the file under another name, so that one that a kill has left half made is not met under this one. Not by renaming, which would replace a file
/// that another process has made meanwhile; unless the file system has no other way.
fn make(path: &Path) -> Result<(), redb::Error> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = Path::new(&draft);
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => prepare(&builder().create(draft)?)?,
    }
    match fs::hard_link(draft, path) {
        Ok(()) => Ok(fs::remove_file(draft)?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(fs::remove_file(draft)?),
        Err(_) => Ok(fs::rename(draft, path)?),
    }
}

/// Makes the tables.
fn prepare(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(FORMAT)?.insert(VERSION_KEY, VERSION)?;
    transaction.open_table(ENTRIES)?;
    Ok(transaction.commit()?)
}

/// Opens a file that has the tables.
fn open_existing(path: &Path) -> Result<Database, redb::Error> {
    let database = builder().open(path)?;
    let transaction = database.begin_read()?;
    if !transaction.list_tables()?.any(|table| table.name() == FORMAT.name()) {
        return Err(foreign("it is a database of another program"));
    }
    match transaction.open_table(FORMAT)?.get(VERSION_KEY)?.map(|version| version.value()) {
        Some(VERSION) => Ok(()),
        Some(version) => Err(foreign(&format!("its version is {version}, and this program knows version {VERSION}"))),
        None => Err(redb::Error::Corrupted("it has no version".to_owned())),
    }?;
    drop(transaction);
    Ok(database)
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    // All is read at a start anyhow, so all is checked.
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    builder
}

/// As redb has it for files that are none of its own.
fn foreign(message: &str) -> redb::Error {
    redb::Error::Io(io::Error::new(io::ErrorKind::InvalidData, message))
}

fn explain(error: redb::Error, path: &Path) -> DurableFileError {
    let path = path.to_owned();
    match error {
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            DurableFileError::Foreign { path, message: error.to_string() }
        }
        redb::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            DurableFileError::Damaged { path, message: "it ends too early".to_owned() }
        }
        redb::Error::UpgradeRequired(_) => DurableFileError::Foreign { path, message: error.to_string() },
        redb::Error::Io(error) => DurableFileError::Inaccessible { path, error },
        redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => DurableFileError::InUse { path },
        redb::Error::Corrupted(message) => DurableFileError::Damaged { path, message },
        other => DurableFileError::Inaccessible { path, error: io::Error::other(other) },
    }
}
